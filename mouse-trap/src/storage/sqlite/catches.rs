//! Captures and bycatch in SQLite.

use super::rows::{millis, number, optional_time, parsed, parsed_optional, position, time, word};
use super::{SqliteStorage, Undo, changed_one, traps};
use crate::domain::catch::{
    AnimalName, Bycatch, Capture, CatchRecord, Confidence, RodentKind, Sex, VoidReason, Voiding,
};
use crate::domain::mass::Grams;
use crate::domain::site::Jurisdiction;
use crate::storage::{CatchFilter, CatchPlace, CatchStorage, StorageError, TrapChange, Write};
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
        let kind = filter.kind.map(RodentKind::as_str);
        self.read("list captures", move |connection| {
            list(
                connection,
                "captures",
                &filter,
                kind,
                after.as_ref(),
                limit,
                capture,
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
                &filter,
                None,
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

fn list<T>(
    connection: &Connection,
    table: &'static str,
    filter: &CatchFilter,
    kind: Option<&'static str>,
    after: Option<&CatchPlace>,
    limit: u32,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut sql = format!("SELECT * FROM {table} WHERE TRUE");
    let mut values = Vec::new();
    let mut ask = |condition: &str, asked: Vec<Value>| {
        sql.push_str(" AND ");
        sql.push_str(condition);
        values.extend(asked);
    };
    let text = |text: &str| vec![Value::from(text.to_owned())];
    if let Some(hunter) = &filter.hunter {
        ask("hunter = ?", text(hunter.as_str()));
    }
    if let Some(trap) = &filter.trap {
        ask("trap = ?", text(trap.as_str()));
    }
    if let Some(site) = &filter.site {
        ask("site = ?", text(site.as_str()));
    }
    if let Some(kind) = kind {
        ask("kind = ?", text(kind));
    }
    if let Some(since) = filter.since {
        ask("caught_at >= ?", vec![millis(since).into()]);
    }
    if let Some(until) = filter.until {
        ask("caught_at < ?", vec![millis(until).into()]);
    }
    if let Some(after) = after {
        let place = vec![millis(after.caught_at).into(), after.id.to_string().into()];
        ask("(caught_at, id) < (?, ?)", place);
    }
    sql.push_str(" ORDER BY caught_at DESC, id DESC LIMIT ?");
    values.push(limit.into());
    let mut select = connection.prepare_cached(&sql)?;
    select.query_map(params_from_iter(values), read)?.collect()
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
