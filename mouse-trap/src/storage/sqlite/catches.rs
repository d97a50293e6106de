//! Captures and bycatch in SQLite.

use super::rows::{millis, number, optional_time, parsed, parsed_optional, position, time, word};
use super::{SqliteStorage, Undo, changed_one, traps};
use crate::domain::catch::{
    AnimalName, Bycatch, Capture, CatchRecord, Confidence, RodentKind, Sex, VoidReason, Voiding,
};
use crate::domain::mass::Grams;
use crate::domain::site::Jurisdiction;
use crate::storage::{
    CaptureCounts, CatchFilter, CatchPlace, CatchStorage, StorageError, TrapChange, Write,
};
use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};
use service_chassis::outbox::sqlite as outbox;
use shared_events::OutgoingEvent;
use shared_events::id::{CaptureId, CatId, SiteId, TrapId};

#[async_trait]
impl CatchStorage for SqliteStorage {
    async fn capture(&self, id: &CaptureId) -> Result<Option<Capture>, StorageError> {
        let id = id.clone();
        self.read("read a capture", move |connection| {
            let mut select = connection.prepare_cached("SELECT * FROM captures WHERE id = ?1")?;
            select.query_row([id.as_str()], capture).optional()
        })
        .await
    }

    async fn captures(
        &self,
        filter: CatchFilter,
        after: Option<CatchPlace>,
        limit: u32,
    ) -> Result<Vec<Capture>, StorageError> {
        self.read("list captures", move |connection| {
            let asked = Conditions::of(&filter, filter.kind.map(RodentKind::as_str));
            list(
                connection,
                "captures",
                asked,
                after.as_ref(),
                limit,
                capture,
            )
        })
        .await
    }

    async fn count_captures(&self, filter: CatchFilter) -> Result<CaptureCounts, StorageError> {
        self.read("count captures", move |connection| {
            count(
                connection,
                Conditions::of(&filter, filter.kind.map(RodentKind::as_str)),
            )
        })
        .await
    }

    async fn bycatch(
        &self,
        filter: CatchFilter,
        after: Option<CatchPlace>,
        limit: u32,
    ) -> Result<Vec<Bycatch>, StorageError> {
        self.read("list bycatch", move |connection| {
            list(
                connection,
                "bycatch",
                Conditions::of(&filter, None),
                after.as_ref(),
                limit,
                bycatch,
            )
        })
        .await
    }

    async fn void_capture(
        &self,
        capture: Capture,
        change: TrapChange,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError> {
        self.write("void a capture", move |tx| {
            traps::update(tx, &change)?;
            let mut update = tx.prepare_cached(
                "UPDATE captures SET voided_at = ?2, voided_by = ?3, void_reason = ?4 WHERE id = ?1 AND voided_at IS NULL",
            )?;
            let voiding = capture.voided.as_ref();
            changed_one(update.execute(params![
                capture.catch.id.as_str(),
                voiding.map(|voiding| millis(voiding.at)),
                voiding.map(|voiding| voiding.by.as_str()),
                voiding.map(|voiding| voiding.reason.as_str()),
            ])?)?;
            Ok(outbox::append(tx, &events)?)
        })
        .await
    }
}

/// A `WHERE` clause and the values of its parameters.
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    /// What the filter asks, and `kind` where the table has one.
    fn of(filter: &CatchFilter, kind: Option<&'static str>) -> Self {
        let mut asked = Self {
            sql: "WHERE TRUE".to_owned(),
            values: Vec::new(),
        };
        let text = |text: &str| Value::from(text.to_owned());
        let conditions = [
            (
                "hunter = ?",
                filter.hunter.as_ref().map(|hunter| text(hunter.as_str())),
            ),
            (
                "trap = ?",
                filter.trap.as_ref().map(|trap| text(trap.as_str())),
            ),
            (
                "site = ?",
                filter.site.as_ref().map(|site| text(site.as_str())),
            ),
            ("kind = ?", kind.map(text)),
            (
                "caught_at >= ?",
                filter.since.map(|since| millis(since).into()),
            ),
            (
                "caught_at < ?",
                filter.until.map(|until| millis(until).into()),
            ),
        ];
        for (condition, value) in conditions {
            if let Some(value) = value {
                asked.and(condition, [value]);
            }
        }
        asked
    }

    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql = format!("{} AND {condition}", self.sql);
        self.values.extend(values);
    }
}

fn list<T>(
    connection: &Connection,
    table: &'static str,
    mut conditions: Conditions,
    after: Option<&CatchPlace>,
    limit: u32,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    if let Some(after) = after {
        let place = [millis(after.caught_at).into(), after.id.to_string().into()];
        conditions.and("(caught_at, id) < (?, ?)", place);
    }
    let Conditions { sql, mut values } = conditions;
    values.push(limit.into());
    let sql = format!("SELECT * FROM {table} {sql} ORDER BY caught_at DESC, id DESC LIMIT ?");
    let mut select = connection.prepare_cached(&sql)?;
    select.query_map(params_from_iter(values), read)?.collect()
}

fn count(connection: &Connection, conditions: Conditions) -> rusqlite::Result<CaptureCounts> {
    let Conditions { sql, values } = conditions;
    let mut select = connection.prepare_cached(&format!(
        "SELECT count(*) FILTER (WHERE kind = 'mouse') AS mouse, count(*) FILTER (WHERE kind = 'rat') AS rat,
             count(voided_at) AS voided FROM captures {sql}"
    ))?;
    select.query_row(params_from_iter(values), |row| {
        Ok(CaptureCounts {
            mouse: row.get("mouse")?,
            rat: row.get("rat")?,
            voided: row.get("voided")?,
        })
    })
}

const CATCH_COLUMNS: &str =
    "id, trap, site, jurisdiction, latitude, longitude, hunter, species, mass_grams, sex,
    caught_at, recorded_at, confidence";

/// Stores a new capture, not voided.
pub(super) fn insert_capture(tx: &Connection, capture: &Capture) -> Result<(), Undo> {
    insert(
        tx,
        "captures",
        "kind",
        capture.kind.as_str(),
        &capture.catch,
    )
}

/// Stores new bycatch.
pub(super) fn insert_bycatch(tx: &Connection, bycatch: &Bycatch) -> Result<(), Undo> {
    insert(
        tx,
        "bycatch",
        "animal",
        bycatch.animal.as_str(),
        &bycatch.catch,
    )
}

fn insert(
    tx: &Connection,
    table: &'static str,
    what: &'static str,
    name: &str,
    catch: &CatchRecord,
) -> Result<(), Undo> {
    let mut insert = tx.prepare_cached(&format!(
        "INSERT INTO {table} ({CATCH_COLUMNS}, {what})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    ))?;
    changed_one(insert.execute(params![
        catch.id.as_str(),
        catch.trap.as_str(),
        catch.site.as_str(),
        catch.jurisdiction.as_str(),
        catch.position.latitude(),
        catch.position.longitude(),
        catch.hunter.as_str(),
        catch.species.as_ref().map(AnimalName::as_str),
        catch.mass.map(Grams::get),
        catch.sex.map(Sex::as_str),
        millis(catch.caught_at),
        millis(catch.recorded_at),
        catch.confidence.get(),
        name,
    ])?)
}

fn capture(row: &Row<'_>) -> rusqlite::Result<Capture> {
    let voided_at = optional_time(row, "voided_at")?;
    let by = parsed_optional(row, "voided_by", CatId::new)?;
    let reason = parsed_optional(row, "void_reason", VoidReason::new)?;
    Ok(Capture {
        kind: parsed(row, "kind", word(RodentKind::from_word))?,
        catch: catch_record(row)?,
        voided: voided_at
            .zip(by)
            .zip(reason)
            .map(|((at, by), reason)| Voiding { at, by, reason }),
    })
}

fn bycatch(row: &Row<'_>) -> rusqlite::Result<Bycatch> {
    Ok(Bycatch {
        animal: parsed(row, "animal", AnimalName::new)?,
        catch: catch_record(row)?,
    })
}

fn catch_record(row: &Row<'_>) -> rusqlite::Result<CatchRecord> {
    Ok(CatchRecord {
        id: parsed(row, "id", CaptureId::new)?,
        trap: parsed(row, "trap", TrapId::new)?,
        site: parsed(row, "site", SiteId::new)?,
        jurisdiction: parsed(row, "jurisdiction", Jurisdiction::new)?,
        position: position(row)?,
        hunter: parsed(row, "hunter", CatId::new)?,
        species: parsed_optional(row, "species", AnimalName::new)?,
        mass: row
            .get::<_, Option<f64>>("mass_grams")?
            .map(|grams| number(Grams::new(grams)))
            .transpose()?,
        sex: parsed_optional(row, "sex", word(Sex::from_word))?,
        caught_at: time(row, "caught_at")?,
        recorded_at: time(row, "recorded_at")?,
        confidence: number(Confidence::new(row.get("confidence")?))?,
    })
}
