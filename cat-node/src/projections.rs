//! The Parse classes that cat-node keeps from the other services' events: `Trap`, `Capture`, `Lot`, `Trade`, `Order`,
//! `Market`. Only events write them; clients read them under their access lists.

mod cadaver_exchange;
pub mod class;
pub mod forget;
pub mod from_event;
mod mouse_trap;
mod value;
pub mod write;

pub use write::{Facet, ProjectionWrite};
