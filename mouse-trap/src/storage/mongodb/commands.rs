//! Commands in MongoDB. Their progress is told by which times are set; `open` is there for the indexes.

use super::documents::{
    Unreadable, date, optional_time, optional_word, parsed, parsed_optional, time, word,
};
use super::steps::Step;
use super::{MongodbStorage, failed, traps};
use crate::domain::command::{Progress, Settlement, TrapCommand};
use crate::domain::report::AnswerDetail;
use crate::storage::words;
use crate::storage::{CommandStorage, StorageError, TrapChange, Write};
use async_trait::async_trait;
use bson::{Bson, Document, doc};
use chrono::{DateTime, Utc};
use shared_events::OutgoingEvent;
use shared_events::id::{CatId, CommandId, TrapId};

const COMMANDS: &str = "commands";

#[async_trait]
impl CommandStorage for MongodbStorage {
    async fn add_command(
        &self,
        command: TrapCommand,
        change: Option<TrapChange>,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError> {
        let add = Step::Insert {
            collection: COMMANDS,
            documents: vec![document_of(&command)],
        };
        let steps = vec![
            traps::update(change.as_slice()),
            add,
            Step::Announce(events),
        ];
        self.write("add a command", steps).await
    }

    async fn command(&self, id: &CommandId) -> Result<Option<TrapCommand>, StorageError> {
        let found = self
            .find_one(COMMANDS, doc! { "_id": id.as_str() }, command)
            .await;
        found.map_err(failed("read a command"))
    }

    async fn open_commands(
        &self,
        trap: &TrapId,
        limit: u32,
    ) -> Result<Vec<TrapCommand>, StorageError> {
        let filter = doc! { "trap": trap.as_str(), "open": true };
        let oldest_first = doc! { "requested_at": 1, "_id": 1 };
        let found = self
            .find(COMMANDS, filter, oldest_first, limit, command)
            .await;
        found.map_err(failed("list open commands"))
    }

    async fn mark_delivered(
        &self,
        ids: Vec<CommandId>,
        at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let ids: Vec<_> = ids.into_iter().map(CommandId::into_string).collect();
        let queued = doc! { "_id": { "$in": ids }, "open": true, "delivered_at": Bson::Null };
        let update = doc! { "$set": { "delivered_at": date(at) } };
        let marked = self.collection(COMMANDS).update_many(queued, update).await;
        marked
            .map(|_| ())
            .map_err(failed("mark commands delivered"))
    }

    async fn overdue_commands(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<TrapCommand>, StorageError> {
        let filter = doc! { "open": true, "expires_at": { "$lte": date(now) } };
        let found = self
            .find(COMMANDS, filter, doc! { "expires_at": 1 }, limit, command)
            .await;
        found.map_err(failed("search overdue commands"))
    }
}

/// Stores the ends of commands that had none.
pub(super) fn settle(commands: &[TrapCommand]) -> Step {
    let update = |command: &TrapCommand| {
        let filter = doc! { "_id": command.id.as_str(), "open": true };
        (filter, doc! { "$set": progress_document(command) })
    };
    Step::Update {
        collection: COMMANDS,
        updates: commands.iter().map(update).collect(),
    }
}

fn document_of(command: &TrapCommand) -> Document {
    let mut document = doc! {
        "_id": command.id.as_str(),
        "trap": command.trap.as_str(),
        "action": words::action(command.action),
        "asked_by": command.asked_by.as_str(),
        "requested_at": date(command.requested_at),
        "expires_at": date(command.expires_at),
        "delivered_at": Bson::Null,
    };
    document.extend(progress_document(command));
    document
}

fn progress_document(command: &TrapCommand) -> Document {
    match &command.progress {
        Progress::Queued => doc! { "open": true },
        Progress::Delivered { at } => doc! { "open": true, "delivered_at": date(*at) },
        Progress::Settled(end) => doc! {
            "open": false,
            "settled_at": date(end.at),
            "outcome": words::outcome(end.outcome),
            "detail": end.detail.as_ref().map(AnswerDetail::as_str),
        },
    }
}

fn command(document: &Document) -> Result<TrapCommand, Unreadable> {
    let outcome = optional_word(document, "outcome", words::outcome_named)?;
    let settled = optional_time(document, "settled_at")?.zip(outcome);
    let progress = match (settled, optional_time(document, "delivered_at")?) {
        (Some((at, outcome)), _) => {
            let detail = parsed_optional(document, "detail", AnswerDetail::new)?;
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
        id: parsed(document, "_id", CommandId::new)?,
        trap: parsed(document, "trap", TrapId::new)?,
        action: word(document, "action", words::action_named)?,
        asked_by: parsed(document, "asked_by", CatId::new)?,
        requested_at: time(document, "requested_at")?,
        expires_at: time(document, "expires_at")?,
        progress,
    })
}
