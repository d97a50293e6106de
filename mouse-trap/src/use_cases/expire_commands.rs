//! End the commands whose time is over.

use super::MouseTrap;
use crate::domain::announcement::{Announcement, News};
use crate::domain::command::{Progress, TrapCommand};
use crate::storage::{Recording, StorageError, TrapChange, Write};

/// At most this many commands end in one sweep; the next sweep goes on.
pub const MOST_PER_SWEEP: u32 = 500;

/// Expires overdue commands; answers how many.
pub async fn expire_commands(app: &MouseTrap) -> Result<usize, StorageError> {
    let mut expired = 0;
    for command in app
        .storage
        .overdue_commands(app.clock.now(), MOST_PER_SWEEP)
        .await?
    {
        expired += usize::from(expire(app, command).await?);
    }
    if expired > 0 {
        app.relay.notify_one();
    }
    Ok(expired)
}

/// A conflict means that the trap is busy answering: the next sweep sees how it ended.
async fn expire(app: &MouseTrap, mut command: TrapCommand) -> Result<bool, StorageError> {
    let now = app.clock.now();
    let Some(mut trap) = app.storage.trap(&command.trap).await? else {
        return Ok(false);
    };
    if !command.expire(now) {
        return Ok(false);
    }
    let Progress::Settled(settlement) = command.progress.clone() else {
        return Ok(false);
    };
    let expected_version = trap.version;
    let sequence = trap.next_version();
    let jurisdiction = trap.jurisdiction.clone();
    let news = News::CommandSettled {
        command: Box::new(command.clone()),
        settlement,
        jurisdiction,
    };
    let recording = Recording {
        traps: vec![TrapChange {
            expected_version,
            trap,
        }],
        settled: vec![command],
        events: app.events(&[Announcement {
            sequence,
            recorded_at: now,
            news,
        }]),
        ..Recording::default()
    };
    Ok(app.storage.record(recording).await? == Write::Done)
}
