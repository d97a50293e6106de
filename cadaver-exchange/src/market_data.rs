//! What everyone may know of the markets, as it happens: the engine publishes each batch's net change once it is in the
//! journal, and whoever follows a market reads on from where it is. Sequence numbers are journal positions, so that there
//! is one counter for books over HTTP, for the feed, for state hashes, and across restarts.

pub mod candle;
mod changes;
mod checksum;
mod hub;
mod merge;
mod statistics;
mod update;

pub use changes::Changes;
pub use checksum::{TOP_LEVELS, checksum};
pub use hub::{Hub, Missed, Since};
pub use merge::merge;
pub use statistics::Statistics;
pub use update::{Texts, Top, Update};
