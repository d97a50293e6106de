//! The one thread that writes.

use super::DatabaseError;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// The most pieces of work in one transaction.
const MAX_GROUP: usize = 1_024;
/// The longest that a transaction collects work before it commits.
const MAX_GROUP_TIME: Duration = Duration::from_millis(20);

/// Tells the one who waits for a piece of work how the commit went.
type Answer = Box<dyn FnOnce(Result<(), Arc<rusqlite::Error>>) + Send>;
/// A piece of work: runs in a savepoint, gives back how to answer.
pub(super) type Work = Box<dyn FnOnce(&Connection) -> Answer + Send>;

/// Wraps `work` for the queue; its result arrives on the receiver after the commit.
pub(super) fn work<T, E, F>(work: F) -> (Work, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<DatabaseError> + Send + 'static,
    F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let boxed: Work = Box::new(move |connection| {
        let result = in_savepoint(connection, work);
        Box::new(move |committed| {
            let answer = match (result, committed) {
                (Ok(_), Err(error)) => Err(DatabaseError::Commit(error).into()),
                (result, _) => result,
            };
            // Nobody may be waiting any more; the work is committed all the same.
            drop(sender.send(answer));
        })
    });
    (boxed, receiver)
}

fn in_savepoint<T, E, F>(connection: &Connection, work: F) -> Result<T, E>
where
    E: From<DatabaseError>,
    F: FnOnce(&Connection) -> Result<T, E>,
{
    run(connection, "SAVEPOINT work").map_err(DatabaseError::from)?;
    let result = catch_unwind(AssertUnwindSafe(|| work(connection)))
        .unwrap_or_else(|_| Err(DatabaseError::Panicked.into()));
    if result.is_err() {
        run(connection, "ROLLBACK TO work").map_err(DatabaseError::from)?;
    }
    run(connection, "RELEASE work").map_err(DatabaseError::from)?;
    result
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Takes work until the queue closes.
pub(super) fn run_until_closed(connection: &Connection, mut queue: mpsc::Receiver<Work>) {
    let mut answers: Vec<Answer> = Vec::with_capacity(MAX_GROUP);
    while let Some(first) = queue.blocking_recv() {
        let committed = group(connection, first, &mut queue, &mut answers);
        for answer in answers.drain(..) {
            answer(committed.clone());
        }
    }
}

fn group(
    connection: &Connection,
    first: Work,
    queue: &mut mpsc::Receiver<Work>,
    answers: &mut Vec<Answer>,
) -> Result<(), Arc<rusqlite::Error>> {
    // When the transaction cannot begin, the work still runs, fails by itself, and is answered.
    let begun = run(connection, "BEGIN IMMEDIATE");
    let started = Instant::now();
    answers.push(first(connection));
    while answers.len() < MAX_GROUP && started.elapsed() < MAX_GROUP_TIME {
        match queue.try_recv() {
            Ok(work) => answers.push(work(connection)),
            Err(_) => break,
        }
    }
    let committed = begun
        .and_then(|()| run(connection, "COMMIT"))
        .map_err(Arc::new);
    if committed.is_err()
        && !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction that could not be committed could not be rolled back either");
    }
    committed
}
