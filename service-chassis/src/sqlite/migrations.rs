//! Schema steps, applied once each, in order, for each component that keeps tables in a file.
//!
//! A file says of each component how far its schema is, and how far a program must know it to work with it. So a program may go on
//! with a file that the next one has already changed, where that only added what the older one neither minds nor spoils, and
//! going back to it needs no restore.

use super::DatabaseError;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

/// The schema of one component. Steps that were released never change; new ones are added at the end.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// The component's name, for example `outbox`.
    pub component: &'static str,
    /// Oldest first.
    pub steps: &'static [Step],
}

/// A step from one version of a schema to the next: an SQL script, and what it asks of programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Programs that do not know it may go on reading and writing: it adds tables, indexes, or columns with a default, and
    /// nothing is wrong when rows come in without them.
    Expanding(&'static str),
    /// Only programs that know it may work with the file from then on.
    Breaking(&'static str),
}

impl Step {
    const fn sql(&self) -> &'static str {
        match self {
            Self::Expanding(sql) | Self::Breaking(sql) => sql,
        }
    }
}

impl Migrations {
    /// The oldest version that a program must know to work with the newest one.
    fn compatible_from(&self) -> usize {
        let breaking = |step: &Step| matches!(step, Step::Breaking(_));
        let last = self.steps.iter().rposition(breaking);
        last.map_or(0, |index| index + 1)
    }
}

/// What a file says of a component.
#[derive(Debug, Clone, Copy, Default)]
struct Applied {
    version: usize,
    compatible_from: usize,
}

pub(super) fn apply(connection: &mut Connection, all: &[Migrations]) -> Result<(), DatabaseError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    prepare(&transaction)?;
    for migrations in all {
        apply_one(&transaction, migrations)?;
    }
    Ok(transaction.commit()?)
}

/// Files of the first programs do not say from where on they are compatible.
fn prepare(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    )?;
    let says = transaction
        .prepare("SELECT 1 FROM pragma_table_info('migrations') WHERE name = 'compatible_from'")?
        .exists([])?;
    if !says {
        transaction.execute_batch("ALTER TABLE migrations ADD COLUMN compatible_from INTEGER")?;
    }
    Ok(())
}

fn apply_one(transaction: &Transaction<'_>, migrations: &Migrations) -> Result<(), DatabaseError> {
    let Migrations { component, steps } = migrations;
    let applied = applied(transaction, component)?;
    let known = steps.len();
    if applied.compatible_from > known {
        return Err(DatabaseError::FromTheFuture {
            component,
            version: applied.version,
            compatible_from: applied.compatible_from,
            known,
        });
    }
    if applied.version > known {
        // What a later program has added stays, and so does what the file says of it.
        return Ok(());
    }
    for step in &steps[applied.version..] {
        transaction.execute_batch(step.sql())?;
    }
    transaction.execute(
        "INSERT INTO migrations (component, version, compatible_from) VALUES (?1, ?2, ?3)
         ON CONFLICT (component) DO UPDATE SET version = excluded.version, compatible_from = excluded.compatible_from",
        (component, known, migrations.compatible_from()),
    )?;
    Ok(())
}

fn applied(transaction: &Transaction<'_>, component: &str) -> rusqlite::Result<Applied> {
    let found = transaction
        .query_row(
            "SELECT version, ifnull(compatible_from, version) FROM migrations WHERE component = ?1",
            [component],
            |row| {
                Ok(Applied {
                    version: row.get(0)?,
                    compatible_from: row.get(1)?,
                })
            },
        )
        .optional()?;
    Ok(found.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Step = Step::Breaking("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT");
    const ADDED: Step =
        Step::Expanding("ALTER TABLE t ADD COLUMN colour TEXT NOT NULL DEFAULT 'black'");
    const TAKEN_AWAY: Step = Step::Breaking("ALTER TABLE t DROP COLUMN colour");

    const BEFORE: Migrations = of(&[FIRST]);
    const EXPANDED: Migrations = of(&[FIRST, ADDED]);
    const CONTRACTED: Migrations = of(&[FIRST, ADDED, TAKEN_AWAY]);

    const fn of(steps: &'static [Step]) -> Migrations {
        Migrations {
            component: "test",
            steps,
        }
    }

    fn file() -> Connection {
        Connection::open_in_memory().expect("opened")
    }

    fn colours(file: &Connection) -> Vec<String> {
        let mut select = file
            .prepare("SELECT colour FROM t ORDER BY n")
            .expect("prepared");
        let rows = select.query_map([], |row| row.get(0)).expect("asked");
        rows.collect::<Result<_, _>>().expect("read")
    }

    #[test]
    fn the_program_before_goes_on_with_what_was_added_and_the_one_after_finds_it_again() {
        let mut file = file();
        apply(&mut file, &[EXPANDED]).expect("new");
        file.execute("INSERT INTO t VALUES (1, 'white')", [])
            .expect("written");
        apply(&mut file, &[BEFORE]).expect("gone back");
        file.execute("INSERT INTO t (n) VALUES (2)", [])
            .expect("written");
        apply(&mut file, &[EXPANDED]).expect("gone on");
        assert_eq!(colours(&file), ["white", "black"]);
    }

    #[test]
    fn the_program_before_refuses_what_it_would_spoil() {
        let mut file = file();
        apply(&mut file, &[CONTRACTED]).expect("new");
        let error = apply(&mut file, &[EXPANDED]).expect_err("refused");
        assert!(matches!(
            error,
            DatabaseError::FromTheFuture {
                version: 3,
                compatible_from: 3,
                known: 2,
                ..
            }
        ));
        apply(&mut file, &[CONTRACTED]).expect("gone on");
    }

    #[test]
    fn a_file_of_the_first_programs_is_compatible_with_its_own_version_only() {
        let mut file = file();
        file.execute_batch(
            "CREATE TABLE migrations (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
             INSERT INTO migrations VALUES ('test', 2); CREATE TABLE t (n INTEGER PRIMARY KEY, colour TEXT) STRICT",
        )
        .expect("written");
        let error = apply(&mut file, &[BEFORE]).expect_err("refused");
        assert!(matches!(
            error,
            DatabaseError::FromTheFuture { known: 1, .. }
        ));
        apply(&mut file, &[EXPANDED]).expect("known");
        apply(&mut file, &[BEFORE]).expect("it says so now");
    }
}
