//! What mouse-trap does, a file for each thing: load, decide (domain), store together with the events.

pub mod add_command;
pub mod expire_commands;
pub mod fetch_commands;
pub mod import_portal;
pub mod list_catches;
pub mod mark_silent_traps;
pub mod record_reports;
pub mod register_site;
pub mod register_trap;
pub mod renew_all_credentials;
pub mod renew_credential;
pub mod retire_trap;
pub mod void_capture;

use crate::counts::Counts;
use crate::domain::announcement::Announcement;
use crate::events::outgoing::outgoing_all;
use crate::storage::Storage;
use service_chassis::clock::Clock;
use shared_events::OutgoingEvent;
use std::sync::Arc;
use tokio::sync::Notify;

/// A write that others keep overtaking is given up after so many attempts.
pub const MOST_ATTEMPTS: u32 = 16;

/// What every use case works with.
#[derive(Clone, Debug)]
pub struct MouseTrap {
    /// Where things are kept.
    pub storage: Arc<dyn Storage>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What it counts of its work.
    pub counts: Counts,
    /// Rouses the relay when there is something to publish.
    pub relay: Arc<Notify>,
}

impl MouseTrap {
    /// The events of announcements, to be stored in the write that causes them.
    #[must_use]
    pub fn events(&self, announcements: &[Announcement]) -> Vec<OutgoingEvent> {
        outgoing_all(announcements, None)
    }
}
