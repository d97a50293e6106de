//! A write as a list of steps, done in one transaction or not at all.

use super::{Failure, MongodbStorage, failed};
use crate::storage::{StorageError, Write};
use bson::{Bson, Document, doc};
use mongodb::ClientSession;
use mongodb::error::{Error, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT};
use service_chassis::outbox::mongodb::{append, is_duplicate_key};
use shared_events::OutgoingEvent;

/// A transaction that MongoDB asks to be repeated is given up after so many attempts.
const MOST_ATTEMPTS: u32 = 16;

/// One step of a write.
pub(super) enum Step {
    /// New documents; an id being taken is a conflict.
    Insert {
        collection: &'static str,
        documents: Vec<Document>,
    },
    /// Pairs of a filter and an update; a filter that finds nothing is a conflict.
    Update {
        collection: &'static str,
        updates: Vec<(Document, Document)>,
    },
    /// Changes all that the filter finds, possibly none.
    UpdateMany {
        collection: &'static str,
        filter: Document,
        update: Document,
    },
    /// Events for the outbox.
    Announce(Vec<OutgoingEvent>),
}

/// Why a transaction is aborted.
enum Undo {
    Conflict,
    Failed(Error),
}

impl From<Error> for Undo {
    fn from(error: Error) -> Self {
        if is_duplicate_key(&error) {
            Self::Conflict
        } else {
            Self::Failed(error)
        }
    }
}

impl MongodbStorage {
    /// Does all steps, or none.
    pub(super) async fn write(
        &self,
        attempted: &'static str,
        steps: Vec<Step>,
    ) -> Result<Write, StorageError> {
        self.in_transaction(&steps).await.map_err(failed(attempted))
    }

    async fn in_transaction(&self, steps: &[Step]) -> Result<Write, Failure> {
        let mut session = self.database.client().start_session().await?;
        let mut attempt = 1;
        loop {
            session.start_transaction().await?;
            let undo = match self.do_all(&mut session, steps).await {
                Ok(()) => match commit(&mut session).await {
                    Ok(()) => return Ok(Write::Done),
                    Err(error) => Undo::Failed(error),
                },
                Err(undo) => {
                    session.abort_transaction().await?;
                    undo
                }
            };
            match undo {
                Undo::Conflict => return Ok(Write::Conflict),
                Undo::Failed(error)
                    if error.contains_label(TRANSIENT_TRANSACTION_ERROR)
                        && attempt < MOST_ATTEMPTS =>
                {
                    attempt += 1;
                }
                Undo::Failed(error) => return Err(error.into()),
            }
        }
    }

    async fn do_all(&self, session: &mut ClientSession, steps: &[Step]) -> Result<(), Undo> {
        for step in steps {
            match step {
                Step::Insert {
                    collection,
                    documents,
                } if !documents.is_empty() => {
                    self.collection(collection)
                        .insert_many(documents)
                        .session(&mut *session)
                        .await?;
                }
                Step::Update {
                    collection,
                    updates,
                } if !updates.is_empty() => {
                    self.update_all(session, collection, updates).await?;
                }
                Step::UpdateMany {
                    collection,
                    filter,
                    update,
                } => {
                    self.collection(collection)
                        .update_many(filter.clone(), update.clone())
                        .session(&mut *session)
                        .await?;
                }
                Step::Announce(events) => append(self.database.database(), session, events).await?,
                Step::Insert { .. } | Step::Update { .. } => {}
            }
        }
        Ok(())
    }

    /// All updates of a collection in one round trip.
    async fn update_all(
        &self,
        session: &mut ClientSession,
        collection: &str,
        updates: &[(Document, Document)],
    ) -> Result<(), Undo> {
        let statements: Vec<Bson> = updates
            .iter()
            .map(|(filter, update)| doc! { "q": filter, "u": update }.into())
            .collect();
        let wanted = statements.len();
        let command = doc! { "update": collection, "updates": statements };
        let answer = self
            .database
            .database()
            .run_command(command)
            .session(&mut *session)
            .await?;
        let matched = match answer.get("n") {
            Some(Bson::Int32(n)) => usize::try_from(*n).unwrap_or_default(),
            Some(Bson::Int64(n)) => usize::try_from(*n).unwrap_or_default(),
            _ => 0,
        };
        if matched == wanted {
            Ok(())
        } else {
            Err(Undo::Conflict)
        }
    }
}

/// Commits; asks again while MongoDB does not know how it ended.
async fn commit(session: &mut ClientSession) -> Result<(), Error> {
    let mut attempt = 1;
    loop {
        match session.commit_transaction().await {
            Err(error)
                if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT)
                    && attempt < MOST_ATTEMPTS =>
            {
                attempt += 1;
            }
            ended => return ended,
        }
    }
}
