//! The embedded index: SQLite with its full-text search, in a file of its own.

use super::{Change, LotDocument, LotIndex, LotQuery, LotStatus, SearchError, failed};
use crate::domain::{Grade, Kibbles};
use async_trait::async_trait;
use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, types::Type};
use serde::de::DeserializeOwned;
use service_chassis::sqlite::{Database, DatabaseError, Migrations, Step};
use shared_events::id::LotId;
use std::path::Path;
use uuid::Uuid;

const MIGRATIONS: Migrations = Migrations {
    component: "lot-index",
    steps: &[Step::Breaking(include_str!("sqlite/schema_1.sql"))],
};

/// A SQLite file as an index of lots.
#[derive(Debug, Clone)]
pub struct SqliteLotIndex {
    database: Database,
}

impl SqliteLotIndex {
    /// Opens the file, making it when it is missing.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Ok(Self {
            database: Database::open(path, &[MIGRATIONS])?,
        })
    }
}

#[async_trait]
impl LotIndex for SqliteLotIndex {
    async fn through(&self, journal: Uuid) -> Result<u64, SearchError> {
        let work = self.database.write(move |connection| {
            let mut select = connection.prepare_cached("SELECT journal, through FROM progress")?;
            let kept: Option<(String, u64)> = select
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            match kept {
                Some((kept, through)) if kept == journal.to_string() => Ok(through),
                _ => empty(connection, journal).map(|()| 0),
            }
        });
        work.await
            .map_err(failed::<DatabaseError>("tell how far it is"))
    }

    async fn apply(&self, changes: Vec<Change>, through: u64) -> Result<(), SearchError> {
        let work = self.database.write(move |connection| {
            for change in &changes {
                apply(connection, change)?;
            }
            connection
                .prepare_cached("UPDATE progress SET through = ?1")?
                .execute([through])?;
            Ok(())
        });
        work.await.map_err(failed::<DatabaseError>("be written"))
    }

    async fn settle(&self) -> Result<(), SearchError> {
        Ok(())
    }

    async fn search(&self, query: LotQuery) -> Result<Vec<LotDocument>, SearchError> {
        let work = self
            .database
            .read(move |connection| Ok(search(connection, &query)?));
        work.await.map_err(failed::<DatabaseError>("be searched"))
    }
}

fn empty(connection: &Connection, journal: Uuid) -> Result<(), DatabaseError> {
    connection.execute_batch(
        "DELETE FROM lot; INSERT INTO lot_words (lot_words) VALUES ('delete-all'); DELETE FROM progress",
    )?;
    connection.execute(
        "INSERT INTO progress (only, journal, through) VALUES (1, ?1, 0)",
        [journal.to_string()],
    )?;
    Ok(())
}

fn apply(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    match change {
        Change::Listed(document) => insert(connection, document),
        Change::Regraded { lot, market, price } => {
            let sql = "UPDATE lot SET market = ?2, grade = ?3, price = coalesce(?4, price) WHERE lot = ?1";
            let price = price.map(|price| price.0);
            let grade = word(&market.grade());
            let row = (lot.as_str(), market.name(), grade, price);
            connection.prepare_cached(sql)?.execute(row).map(|_| ())
        }
        Change::Left { lot, status } => {
            let sql = "UPDATE lot SET market = NULL, status = ?2, grade = CASE ?2 WHEN 'spoiled' THEN 'spoiled' ELSE grade END WHERE lot = ?1";
            let row = (lot.as_str(), status.word());
            connection.prepare_cached(sql)?.execute(row).map(|_| ())
        }
        Change::Sold { lot, price } => {
            let sql = "UPDATE lot SET price = ?2 WHERE lot = ?1";
            let row = (lot.as_str(), price.0);
            connection.prepare_cached(sql)?.execute(row).map(|_| ())
        }
    }
}

fn insert(connection: &Connection, document: &LotDocument) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO lot (number, lot, kind, grade, market, status, species, mass_mg, price, caught_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
    )?;
    let new = insert.execute((
        document.number,
        document.lot.as_str(),
        word(&document.kind),
        word(&document.grade),
        document.market.map(crate::domain::Market::name),
        document.status.word(),
        &document.species,
        document.mass_mg,
        document.price.map(|price| price.0),
        document.caught_at.timestamp_millis(),
    ))?;
    if new == 0 {
        return Ok(());
    }
    let words = format!(
        "{} {}",
        document.species.as_deref().unwrap_or_default(),
        word(&document.kind)
    );
    connection
        .prepare_cached("INSERT INTO lot_words (rowid, words) VALUES (?1, ?2)")?
        .execute((document.number, words))?;
    Ok(())
}

/// The word that serde gives to a value that has one.
fn word<T: serde::Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn search(connection: &Connection, query: &LotQuery) -> rusqlite::Result<Vec<LotDocument>> {
    let mut conditions: Vec<(&str, Box<dyn ToSql>)> = Vec::new();
    let mut add = |sql, value: Option<Box<dyn ToSql>>| {
        conditions.extend(value.map(|value| (sql, value)));
    };
    add("kind =", query.kind.map(|kind| Box::new(word(&kind)) as _));
    add(
        "grade =",
        query.grade.map(|grade| Box::new(word(&grade)) as _),
    );
    add(
        "market =",
        query.market.map(|market| Box::new(market.name()) as _),
    );
    add(
        "status =",
        query.status.map(|status| Box::new(status.word()) as _),
    );
    add(
        "species =",
        query.species.clone().map(|species| Box::new(species) as _),
    );
    add(
        "mass_mg >=",
        query.lightest_mg.map(|mass| Box::new(mass) as _),
    );
    add(
        "mass_mg <=",
        query.heaviest_mg.map(|mass| Box::new(mass) as _),
    );
    add("price >=", query.lowest.map(|price| Box::new(price.0) as _));
    add(
        "price <=",
        query.highest.map(|price| Box::new(price.0) as _),
    );
    add("number <", query.before.map(|number| Box::new(number) as _));
    let mut sql = "SELECT number, lot, kind, grade, market, status, species, mass_mg, price, caught_ms FROM lot WHERE 1".to_owned();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    for (condition, value) in conditions {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ?{}", values.len()));
    }
    if !query.words.is_empty() {
        // Words are letters and digits only, and quoted all the same.
        let words: Vec<String> = query
            .words
            .iter()
            .map(|word| format!("\"{word}\"*"))
            .collect();
        values.push(Box::new(words.join(" AND ")));
        sql.push_str(&format!(
            " AND number IN (SELECT rowid FROM lot_words WHERE lot_words MATCH ?{})",
            values.len()
        ));
    }
    values.push(Box::new(query.limit));
    sql.push_str(&format!(" ORDER BY number DESC LIMIT ?{}", values.len()));
    let mut select = connection.prepare_cached(&sql)?;
    let rows = select.query_map(rusqlite::params_from_iter(values), read)?;
    rows.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<LotDocument> {
    let status: String = row.get(5)?;
    let grade: Grade = parsed(row, 3)?;
    Ok(LotDocument {
        number: row.get(0)?,
        lot: LotId::new(row.get::<_, String>(1)?).map_err(|error| unreadable(1, error))?,
        kind: parsed(row, 2)?,
        grade,
        market: match row.get::<_, Option<String>>(4)? {
            Some(name) => Some(name.parse().map_err(|error| unreadable_market(4, &error))?),
            None => None,
        },
        status: match status.as_str() {
            "stocked" => LotStatus::Stocked,
            "spoiled" => LotStatus::Spoiled,
            _ => LotStatus::Withdrawn,
        },
        species: row.get(6)?,
        mass_mg: row.get(7)?,
        price: row.get::<_, Option<i64>>(8)?.map(Kibbles),
        caught_at: DateTime::from_timestamp_millis(row.get(9)?).unwrap_or_default(),
    })
}

fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_value(text.into()).map_err(|error| unreadable(column, error))
}

fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

fn unreadable_market(
    column: usize,
    error: &crate::domain::market::UnknownMarket,
) -> rusqlite::Error {
    unreadable(column, std::io::Error::other(error.to_string()))
}
