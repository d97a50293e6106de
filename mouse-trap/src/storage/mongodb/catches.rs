//! Captures and bycatch in MongoDB.

use super::documents::{
    Unreadable, date, number, optional_word, parsed, parsed_optional, point, position, time,
    unreadable, word,
};
use super::steps::Step;
use super::{Failure, MongodbStorage, documents, failed, traps};
use crate::domain::catch::{
    AnimalName, Bycatch, Capture, CatchRecord, Confidence, RodentKind, Sex, VoidReason, Voiding,
};
use crate::domain::mass::Grams;
use crate::domain::site::Jurisdiction;
use crate::storage::{
    CaptureCounts, CatchFilter, CatchPlace, CatchStorage, StorageError, TrapChange, Write,
};
use async_trait::async_trait;
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use shared_events::OutgoingEvent;
use shared_events::id::{CaptureId, CatId, SiteId, TrapId};

pub(super) const CAPTURES: &str = "captures";
pub(super) const BYCATCH: &str = "bycatch";

#[async_trait]
impl CatchStorage for MongodbStorage {
    async fn capture(&self, id: &CaptureId) -> Result<Option<Capture>, StorageError> {
        let found = self
            .find_one(CAPTURES, doc! { "_id": id.as_str() }, capture)
            .await;
        found.map_err(failed("read a capture"))
    }

    async fn captures(
        &self,
        filter: CatchFilter,
        after: Option<CatchPlace>,
        limit: u32,
    ) -> Result<Vec<Capture>, StorageError> {
        let asked = capture_conditions(&filter, after);
        self.find(CAPTURES, asked, newest_first(), limit, capture)
            .await
            .map_err(failed("list captures"))
    }

    async fn count_captures(&self, filter: CatchFilter) -> Result<CaptureCounts, StorageError> {
        self.count(capture_conditions(&filter, None))
            .await
            .map_err(failed("count captures"))
    }

    async fn bycatch(
        &self,
        filter: CatchFilter,
        after: Option<CatchPlace>,
        limit: u32,
    ) -> Result<Vec<Bycatch>, StorageError> {
        let asked = conditions(&filter, after);
        self.find(BYCATCH, asked, newest_first(), limit, bycatch)
            .await
            .map_err(failed("list bycatch"))
    }

    async fn void_capture(
        &self,
        capture: Capture,
        change: TrapChange,
        events: Vec<OutgoingEvent>,
    ) -> Result<Write, StorageError> {
        let filter = doc! { "_id": capture.catch.id.as_str(), "voided": Bson::Null };
        let updates = vec![(
            filter,
            doc! { "$set": { "voided": voiding_document(&capture) } },
        )];
        let void = Step::Update {
            collection: CAPTURES,
            updates,
        };
        self.write(
            "void a capture",
            vec![traps::update(&[change]), void, Step::Announce(events)],
        )
        .await
    }
}

impl MongodbStorage {
    async fn count(&self, asked: Document) -> Result<CaptureCounts, Failure> {
        let of = |name: &str| doc! { "$sum": { "$cond": [{ "$eq": ["$kind", name] }, 1, 0] } };
        let voided = doc! { "$sum": { "$cond": [{ "$eq": ["$voided", Bson::Null] }, 0, 1] } };
        let counted =
            doc! { "_id": Bson::Null, "mouse": of("mouse"), "rat": of("rat"), "voided": voided };
        let grouped = [doc! { "$match": asked }, doc! { "$group": counted }];
        let groups: Vec<Document> = self
            .collection(CAPTURES)
            .aggregate(grouped)
            .await?
            .try_collect()
            .await?;
        let Some(group) = groups.first() else {
            return Ok(CaptureCounts::default());
        };
        let read = |field| documents::counted(group, field);
        Ok(CaptureCounts {
            mouse: read("mouse")?,
            rat: read("rat")?,
            voided: read("voided")?,
        })
    }
}

fn capture_conditions(filter: &CatchFilter, after: Option<CatchPlace>) -> Document {
    let mut asked = conditions(filter, after);
    if let Some(kind) = filter.kind {
        asked.insert("kind", kind.as_str());
    }
    asked
}

fn newest_first() -> Document {
    doc! { "caught_at": -1, "_id": -1 }
}

fn conditions(filter: &CatchFilter, after: Option<CatchPlace>) -> Document {
    let mut asked = Document::new();
    if let Some(hunter) = &filter.hunter {
        asked.insert("hunter", hunter.as_str());
    }
    if let Some(trap) = &filter.trap {
        asked.insert("trap", trap.as_str());
    }
    if let Some(site) = &filter.site {
        asked.insert("site", site.as_str());
    }
    let mut caught_at = Document::new();
    if let Some(since) = filter.since {
        caught_at.insert("$gte", date(since));
    }
    if let Some(until) = filter.until {
        caught_at.insert("$lt", date(until));
    }
    if !caught_at.is_empty() {
        asked.insert("caught_at", caught_at);
    }
    if let Some(after) = after {
        let (at, id) = (date(after.caught_at), after.id.into_string());
        let older = doc! { "caught_at": { "$lt": at.clone() } };
        asked.insert(
            "$or",
            vec![older, doc! { "caught_at": at, "_id": { "$lt": id } }],
        );
    }
    asked
}

/// A capture as it is stored.
pub(super) fn capture_document(capture: &Capture) -> Document {
    let mut document = catch_document(&capture.catch);
    document.insert("kind", capture.kind.as_str());
    document.insert("voided", voiding_document(capture));
    document
}

/// Bycatch as it is stored.
pub(super) fn bycatch_document(bycatch: &Bycatch) -> Document {
    let mut document = catch_document(&bycatch.catch);
    document.insert("animal", bycatch.animal.as_str());
    document
}

fn voiding_document(capture: &Capture) -> Option<Document> {
    let voiding = capture.voided.as_ref()?;
    Some(
        doc! { "at": date(voiding.at), "by": voiding.by.as_str(), "reason": voiding.reason.as_str() },
    )
}

fn catch_document(catch: &CatchRecord) -> Document {
    doc! {
        "_id": catch.id.as_str(),
        "trap": catch.trap.as_str(),
        "site": catch.site.as_str(),
        "jurisdiction": catch.jurisdiction.as_str(),
        "position": point(catch.position),
        "hunter": catch.hunter.as_str(),
        "species": catch.species.as_ref().map(AnimalName::as_str),
        "mass_grams": catch.mass.map(Grams::get),
        "sex": catch.sex.map(Sex::as_str),
        "caught_at": date(catch.caught_at),
        "recorded_at": date(catch.recorded_at),
        "confidence": catch.confidence.get(),
    }
}

fn capture(document: &Document) -> Result<Capture, Unreadable> {
    let voided = match document.get("voided") {
        Some(Bson::Document(voiding)) => Some(Voiding {
            at: time(voiding, "at")?,
            by: parsed(voiding, "by", CatId::new)?,
            reason: parsed(voiding, "reason", VoidReason::new)?,
        }),
        _ => None,
    };
    Ok(Capture {
        kind: word(document, "kind", RodentKind::from_word)?,
        catch: catch_record(document)?,
        voided,
    })
}

fn bycatch(document: &Document) -> Result<Bycatch, Unreadable> {
    Ok(Bycatch {
        animal: parsed(document, "animal", AnimalName::new)?,
        catch: catch_record(document)?,
    })
}

fn catch_record(document: &Document) -> Result<CatchRecord, Unreadable> {
    let mass = match document.get("mass_grams") {
        Some(Bson::Double(grams)) => Some(Grams::new(*grams).map_err(unreadable("mass_grams"))?),
        _ => None,
    };
    Ok(CatchRecord {
        id: parsed(document, "_id", CaptureId::new)?,
        trap: parsed(document, "trap", TrapId::new)?,
        site: parsed(document, "site", SiteId::new)?,
        jurisdiction: parsed(document, "jurisdiction", Jurisdiction::new)?,
        position: position(document)?,
        hunter: parsed(document, "hunter", CatId::new)?,
        species: parsed_optional(document, "species", AnimalName::new)?,
        mass,
        sex: optional_word(document, "sex", Sex::from_word)?,
        caught_at: time(document, "caught_at")?,
        recorded_at: time(document, "recorded_at")?,
        confidence: Confidence::new(number(document, "confidence")?)
            .map_err(unreadable("confidence"))?,
    })
}
