//! Schema steps, applied once each, in order, for each component that keeps tables in a file.

use super::DatabaseError;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

/// The schema of one component. Steps that were released never change; new ones are added at the end.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// The component's name, for example `outbox`.
    pub component: &'static str,
    /// SQL scripts, oldest first.
    pub steps: &'static [&'static str],
}

pub(super) fn apply(connection: &mut Connection, all: &[Migrations]) -> Result<(), DatabaseError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    )?;
    for Migrations { component, steps } in all {
        let version: usize = transaction
            .query_row(
                "SELECT version FROM migrations WHERE component = ?1",
                [component],
                |row| row.get(0),
            )
            .optional()?
            .unwrap_or(0);
        if version > steps.len() {
            return Err(DatabaseError::FromTheFuture {
                component,
                version,
                known: steps.len(),
            });
        }
        for step in &steps[version..] {
            transaction.execute_batch(step)?;
        }
        transaction.execute(
            "INSERT INTO migrations (component, version) VALUES (?1, ?2)
             ON CONFLICT (component) DO UPDATE SET version = excluded.version",
            (component, steps.len()),
        )?;
    }
    Ok(transaction.commit()?)
}
