//! Mark traps offline that were silent for too long.

use super::MouseTrap;
use crate::domain::announcement::{Announcement, News};
use crate::domain::trap::Trap;
use crate::storage::{StorageError, TrapChange, Write};
use chrono::TimeDelta;
use shared_events::events::TrapState;

/// At most this many traps are marked in one sweep; the next sweep goes on.
pub const MOST_PER_SWEEP: u32 = 500;

/// Marks the traps that said nothing for `silence`; answers how many.
pub async fn mark_silent_traps(app: &MouseTrap, silence: TimeDelta) -> Result<usize, StorageError> {
    let now = app.clock.now();
    let mut marked = 0;
    for trap in app
        .storage
        .silent_traps(now - silence, MOST_PER_SWEEP)
        .await?
    {
        marked += usize::from(mark(app, trap).await?);
    }
    if marked > 0 {
        app.relay.notify_one();
    }
    Ok(marked)
}

/// A conflict means that the trap just spoke: it is not silent.
async fn mark(app: &MouseTrap, mut trap: Trap) -> Result<bool, StorageError> {
    let now = app.clock.now();
    let expected_version = trap.version;
    if !trap.status.observe_state(TrapState::Offline, now) {
        return Ok(false);
    }
    let sequence = trap.next_version();
    let news = News::TrapStateChanged {
        trap: Box::new(trap.clone()),
        state: TrapState::Offline,
        at: now,
    };
    let events = app.events(&[Announcement {
        sequence,
        recorded_at: now,
        news,
    }]);
    Ok(app
        .storage
        .update_trap(
            TrapChange {
                expected_version,
                trap,
            },
            events,
        )
        .await?
        == Write::Done)
}
