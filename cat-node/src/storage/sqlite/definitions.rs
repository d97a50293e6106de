//! Which classes there are, as a piece of work sees them.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use rusqlite::{Connection, OptionalExtension};

use super::class_table::{self, ClassTable};
use super::definition;
use crate::domain::names::ClassName;
use crate::domain::schema::ClassSchema;

/// How long a definition is good without a look at the file, which another process may have changed. What this process
/// changes is seen at once.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Definitions that were read before.
#[derive(Debug, Default)]
pub(super) struct DefinitionCache(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Moves with every change, so that what was read before one is not remembered after it.
    changes: u64,
    classes: HashMap<ClassName, Remembered>,
}

#[derive(Debug)]
struct Remembered {
    /// When a reader saw it; `None` for what only the writer saw, which may not be committed yet.
    seen_at: Option<Instant>,
    /// Versions are random, so that a definition that was rolled back never lends its version to another one.
    version: i64,
    table: Arc<ClassTable>,
}

impl DefinitionCache {
    /// After a commit that changed definitions, and before it is answered.
    pub(super) fn forget_all(&self) {
        let mut known = self.0.write();
        known.changes += 1;
        known.classes.clear();
    }
}

/// The definitions for one piece of work.
pub(super) struct Definitions<'a> {
    cache: &'a DefinitionCache,
    /// Asks the file every time.
    is_exact: bool,
    has_changed: Cell<bool>,
}

impl<'a> Definitions<'a> {
    /// As this connection sees them: for writes, and when a read went wrong.
    pub(super) fn exact(cache: &'a DefinitionCache) -> Self {
        Self {
            cache,
            is_exact: true,
            has_changed: Cell::new(false),
        }
    }

    /// As they were a moment ago: for reads.
    pub(super) fn recent(cache: &'a DefinitionCache) -> Self {
        Self {
            is_exact: false,
            ..Self::exact(cache)
        }
    }

    /// Whether the work changed them.
    pub(super) fn have_changed(&self) -> bool {
        self.has_changed.get()
    }

    pub(super) fn note_change(&self) {
        self.has_changed.set(true);
    }

    pub(super) fn class(
        &self,
        sql: &Connection,
        class: &ClassName,
    ) -> rusqlite::Result<Option<Arc<ClassTable>>> {
        let changes = {
            let known = self.cache.0.read();
            let remembered = known.classes.get(class).filter(|_| !self.is_exact);
            let is_fresh =
                |class: &&Remembered| class.seen_at.is_some_and(|at| at.elapsed() < GOOD_FOR);
            if let Some(fresh) = remembered.filter(is_fresh) {
                return Ok(Some(Arc::clone(&fresh.table)));
            }
            known.changes
        };
        let row = sql
            .prepare_cached("SELECT id, version FROM class WHERE name = ?1")?
            .query_row([class.as_str()], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })
            .optional()?;
        let Some((number, version)) = row else {
            return Ok(None);
        };
        let remembered = self.remembered(class, version);
        let is_news = remembered.is_none();
        let table = match remembered {
            Some(table) => table,
            None => Arc::new(read(sql, number, class)?),
        };
        if is_news || !self.is_exact {
            self.remember(changes, class, version, &table);
        }
        Ok(Some(table))
    }

    fn remembered(&self, class: &ClassName, version: i64) -> Option<Arc<ClassTable>> {
        let known = self.cache.0.read();
        let remembered = known.classes.get(class)?;
        (remembered.version == version).then(|| Arc::clone(&remembered.table))
    }

    fn remember(&self, changes: u64, class: &ClassName, version: i64, table: &Arc<ClassTable>) {
        let mut known = self.cache.0.write();
        if known.changes == changes {
            let remembered = Remembered {
                seen_at: (!self.is_exact).then(Instant::now),
                version,
                table: Arc::clone(table),
            };
            known.classes.insert(class.clone(), remembered);
        }
    }

    /// The class, made with its indexes when it is new.
    pub(super) fn ensure(
        &self,
        sql: &Connection,
        class: &ClassName,
    ) -> rusqlite::Result<Arc<ClassTable>> {
        if let Some(table) = self.class(sql, class)? {
            return Ok(table);
        }
        let schema = ClassSchema::new(class.clone());
        self.note_change();
        sql.execute(
            "INSERT INTO class (name, version, definition) VALUES (?1, ?2, ?3)",
            (
                class.as_str(),
                rand::random::<i64>(),
                definition::to_text(&schema),
            ),
        )?;
        let number = sql.last_insert_rowid();
        class_table::create(sql, number, &schema)?;
        Ok(Arc::new(ClassTable { number, schema }))
    }

    /// Stores a new definition; the version moves with it.
    pub(super) fn redefine(
        &self,
        sql: &Connection,
        number: i64,
        schema: &ClassSchema,
    ) -> rusqlite::Result<()> {
        self.note_change();
        sql.prepare_cached("UPDATE class SET definition = ?2, version = ?3 WHERE id = ?1")?
            .execute((number, definition::to_text(schema), rand::random::<i64>()))?;
        Ok(())
    }
}

fn read(sql: &Connection, number: i64, class: &ClassName) -> rusqlite::Result<ClassTable> {
    let text: String = sql
        .prepare_cached("SELECT definition FROM class WHERE id = ?1")?
        .query_row([number], |row| row.get(0))?;
    let schema = definition::from_text(class, &text)?;
    Ok(ClassTable { number, schema })
}
