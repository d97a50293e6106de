//! Take a command to a trap from the bus: once, however often it is delivered. What must not be is refused at once.

use super::record_reports::MOST_OPEN_COMMANDS;
use super::{MOST_ATTEMPTS, MouseTrap};
use crate::domain::access::Caller;
use crate::domain::announcement::{Announcement, News};
use crate::domain::command::{CommandOutcome, Settlement, TrapCommand, refusal};
use crate::domain::report::AnswerDetail;
use crate::domain::site::Jurisdiction;
use crate::storage::{StorageError, TrapChange, Write};
use thiserror::Error;

/// Why a command was neither queued nor refused.
#[derive(Debug, Error)]
pub enum AddCommandError {
    /// Other writes kept coming first.
    #[error("the trap of command {0} is too busy")]
    Contended(shared_events::id::CommandId),
    /// The database did not serve.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Queues a command, or settles it at once as refused or expired. A repeat changes nothing. `home` is the jurisdiction to
/// answer under when the trap is unknown.
pub async fn add_command(
    app: &MouseTrap,
    caller: &Caller,
    command: &TrapCommand,
    home: &Jurisdiction,
) -> Result<(), AddCommandError> {
    for _ in 0..MOST_ATTEMPTS {
        if app.storage.command(&command.id).await?.is_some() {
            return Ok(());
        }
        let (mut command, now) = (command.clone(), app.clock.now());
        let trap = app.storage.trap(&command.trap).await?;
        let open = app
            .storage
            .open_commands(&command.trap, MOST_OPEN_COMMANDS)
            .await?;
        let refused = match &trap {
            None => Some("there is no such trap"),
            Some(_) if open.len() >= MOST_OPEN_COMMANDS as usize => {
                Some("the trap has too many commands waiting")
            }
            Some(trap) => refusal(trap, caller),
        };
        let settlement = match refused {
            Some(why) => Some(Settlement {
                at: now,
                outcome: CommandOutcome::Refused,
                detail: AnswerDetail::new(why).ok(),
            }),
            None if now >= command.expires_at => Some(Settlement {
                at: now,
                outcome: CommandOutcome::Expired,
                detail: None,
            }),
            None => None,
        };
        let (mut change, mut events) = (None, Vec::new());
        if let Some(settlement) = settlement {
            command.settle(settlement.clone());
            let jurisdiction = trap
                .as_ref()
                .map_or(home, |trap| &trap.jurisdiction)
                .clone();
            let mut sequence = 1;
            change = trap.map(|mut trap| {
                let expected_version = trap.version;
                sequence = trap.next_version();
                TrapChange {
                    expected_version,
                    trap,
                }
            });
            let news = News::CommandSettled {
                command: Box::new(command.clone()),
                settlement,
                jurisdiction,
            };
            events = app.events(&[Announcement {
                sequence,
                recorded_at: now,
                news,
            }]);
        }
        if app.storage.add_command(command, change, events).await? == Write::Done {
            app.relay.notify_one();
            return Ok(());
        }
    }
    Err(AddCommandError::Contended(command.id.clone()))
}
