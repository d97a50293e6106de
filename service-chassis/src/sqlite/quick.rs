//! A reading connection that gives up on work that takes long, so that a thread which serves requests may use it itself.

use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Steps of SQLite's virtual machine between two looks at the budget.
const STEPS_PER_LOOK: i32 = 1_000;
/// Looks after which work is long: some milliseconds at most.
const MAX_LOOKS: u32 = 10;

/// A connection with a budget for each piece of work.
pub(super) struct QuickReader {
    connection: Connection,
    looks: Arc<AtomicU32>,
}

/// How the work went.
pub(super) enum Outcome<R> {
    Done(R),
    /// It was given up, and what it answered means nothing.
    TooLong,
    /// It had a defect.
    Panicked,
}

impl QuickReader {
    pub(super) fn new(mut connection: Connection) -> rusqlite::Result<Self> {
        let looks = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&looks);
        let is_over = move || counted.fetch_add(1, Relaxed) >= MAX_LOOKS;
        connection.progress_handler(STEPS_PER_LOOK, Some(is_over))?;
        Ok(Self { connection, looks })
    }

    pub(super) fn run<R>(&self, work: impl FnOnce(&Connection) -> R) -> Outcome<R> {
        self.looks.store(0, Relaxed);
        // The connection outlives a defect of the work: statements are reset when they are dropped.
        let result = catch_unwind(AssertUnwindSafe(|| work(&self.connection)));
        if self.looks.load(Relaxed) > MAX_LOOKS {
            return Outcome::TooLong;
        }
        result.map_or(Outcome::Panicked, Outcome::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(connection: &Connection, up_to: u32) -> rusqlite::Result<u32> {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT count(*) FROM n";
        connection.query_row(sql, [up_to], |row| row.get(0))
    }

    #[test]
    fn long_work_is_given_up_and_the_next_has_a_budget_of_its_own() {
        let reader = QuickReader::new(Connection::open_in_memory().unwrap()).unwrap();
        for _ in 0..3 {
            assert!(matches!(
                reader.run(|sql| count(sql, 100)),
                Outcome::Done(Ok(100))
            ));
            assert!(matches!(
                reader.run(|sql| count(sql, 1_000_000)),
                Outcome::TooLong
            ));
        }
    }
}
