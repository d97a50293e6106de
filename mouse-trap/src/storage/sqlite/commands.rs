//! Commands in SQLite. Their progress is told by which times are set.

use super::rows::{millis, optional_time, parsed, parsed_optional, time, word};
use super::{SqliteStorage, Undo, changed_one, traps};
use crate::domain::command::{Progress, Settlement, TrapCommand};
use crate::domain::report::AnswerDetail;
use crate::storage::words;
use crate::storage::{CommandStorage, StorageError, TrapChange, Write};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use service_chassis::outbox::sqlite as outbox;
use shared_events::OutgoingEvent;
use shared_events::id::{CatId, CommandId, TrapId};

#[async_trait]
impl CommandStorage for SqliteStorage {
    async fn add_command(
        &self,
        command: TrapCommand,
        change: Option<TrapChange>,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError> {
        self.write("add a command", move |tx| {
            if let Some(change) = &change {
                traps::update(tx, change)?;
            }
            insert(tx, &command)?;
            Ok(outbox::append(tx, &events)?)
        })
        .await
    }

    async fn command(&self, id: &CommandId) -> Result<Option<TrapCommand>, StorageError> {
        let id = id.clone();
        self.read("read a command", move |connection| {
            let mut select = connection.prepare_cached("SELECT * FROM commands WHERE id = ?1")?;
            select.query_row([id.as_str()], command).optional()
        })
        .await
    }

    async fn open_commands(
        &self,
        trap: &TrapId,
        limit: u32,
    ) -> Result<Vec<TrapCommand>, StorageError> {
        let trap = trap.clone();
        self.read("list open commands", move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT * FROM commands WHERE trap = ?1 AND settled_at IS NULL ORDER BY requested_at, id LIMIT ?2",
            )?;
            select.query_map(params![trap.as_str(), limit], command)?.collect()
        })
        .await
    }

    async fn mark_delivered(
        &self,
        ids: Vec<CommandId>,
        at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let marked = self.write("mark commands delivered", move |tx| {
            let mut update = tx.prepare_cached(
                "UPDATE commands SET delivered_at = ?2 WHERE id = ?1 AND delivered_at IS NULL AND settled_at IS NULL",
            )?;
            for id in &ids {
                update.execute(params![id.as_str(), millis(at)])?;
            }
            Ok(())
        });
        marked.await.map(|_| ())
    }

    async fn overdue_commands(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<TrapCommand>, StorageError> {
        self.read("search overdue commands", move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT * FROM commands WHERE settled_at IS NULL AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2",
            )?;
            select.query_map(params![millis(now), limit], command)?.collect()
        })
        .await
    }
}

fn insert(tx: &Connection, command: &TrapCommand) -> Result<(), Undo> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO commands (id, trap, action, asked_by, requested_at, expires_at, delivered_at, settled_at, outcome, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let settlement = settlement(command);
    changed_one(insert.execute(params![
        command.id.as_str(),
        command.trap.as_str(),
        words::action(command.action),
        command.asked_by.as_str(),
        millis(command.requested_at),
        millis(command.expires_at),
        match command.progress {
            Progress::Delivered { at } => Some(millis(at)),
            _ => None,
        },
        settlement.map(|end| millis(end.at)),
        settlement.map(|end| words::outcome(end.outcome)),
        settlement.and_then(|end| end.detail.as_ref()).map(AnswerDetail::as_str),
    ])?)
}

/// Stores the end of a command that had none.
pub(super) fn settle(tx: &Connection, command: &TrapCommand) -> Result<(), Undo> {
    let Some(end) = settlement(command) else {
        return Ok(());
    };
    let mut update = tx.prepare_cached(
        "UPDATE commands SET settled_at = ?2, outcome = ?3, detail = ?4 WHERE id = ?1 AND settled_at IS NULL",
    )?;
    changed_one(update.execute(params![
        command.id.as_str(),
        millis(end.at),
        words::outcome(end.outcome),
        end.detail.as_ref().map(AnswerDetail::as_str),
    ])?)
}

fn settlement(command: &TrapCommand) -> Option<&Settlement> {
    match &command.progress {
        Progress::Settled(end) => Some(end),
        _ => None,
    }
}

fn command(row: &Row<'_>) -> rusqlite::Result<TrapCommand> {
    let outcome = parsed_optional(row, "outcome", word(words::outcome_named))?;
    let progress = match (
        optional_time(row, "settled_at")?.zip(outcome),
        optional_time(row, "delivered_at")?,
    ) {
        (Some((at, outcome)), _) => {
            let detail = parsed_optional(row, "detail", AnswerDetail::new)?;
            Progress::Settled(Settlement {
                at,
                outcome,
                detail,
            })
        }
        (None, Some(at)) => Progress::Delivered { at },
        (None, None) => Progress::Queued,
    };
    Ok(TrapCommand {
        id: parsed(row, "id", CommandId::new)?,
        trap: parsed(row, "trap", TrapId::new)?,
        action: parsed(row, "action", word(words::action_named))?,
        asked_by: parsed(row, "asked_by", CatId::new)?,
        requested_at: time(row, "requested_at")?,
        expires_at: time(row, "expires_at")?,
        progress,
    })
}
