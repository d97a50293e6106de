//! Search over lots: by kind, grade, market, state, species, mass, price and words. One contract, two adapters: SQLite's full-text index in a
//! file of its own, and Elasticsearch. Both hold nothing that the journal's events do not tell, so either may be thrown away.

pub mod elasticsearch;
pub mod indexer;
mod projection;
pub mod sqlite;
mod stats;

pub use projection::{Change, LotDocument, LotStatus};
pub use stats::SearchStats;

use crate::domain::{Grade, Kibbles, Market, RodentKind};
use async_trait::async_trait;
use std::fmt;

/// The most words that are searched for at once.
pub const MAX_WORDS: usize = 16;

/// The index did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("the index of lots could not {attempted}")]
pub struct SearchError {
    /// What was attempted, for example `be searched`.
    pub attempted: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Which lots are wanted: those that fit all that is named.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LotQuery {
    /// What it was.
    pub kind: Option<RodentKind>,
    /// How fresh it is; a lot that has left keeps its last grade.
    pub grade: Option<Grade>,
    /// Where it may be traded.
    pub market: Option<Market>,
    /// Where it is in its life.
    pub status: Option<LotStatus>,
    /// Its scientific name, whole and as it is written.
    pub species: Option<String>,
    /// Beginnings of words of its species and kind, all of which it has.
    pub words: Vec<String>,
    /// At least so heavy, in milligrams.
    pub lightest_mg: Option<u32>,
    /// At most so heavy.
    pub heaviest_mg: Option<u32>,
    /// Last offered or sold for at least so much.
    pub lowest: Option<Kibbles>,
    /// At most for so much.
    pub highest: Option<Kibbles>,
    /// Only those that came in before the one of this number.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
}

/// An index of all lots.
///
/// Contract: changes are applied in the order of their events, and applying some again changes nothing; what was applied is found after `settle`;
/// the newest lots come first.
#[async_trait]
pub trait LotIndex: Send + Sync + fmt::Debug + 'static {
    /// The number of the last event of the journal named `journal` that has been applied; zero in an index of another journal, which is
    /// emptied.
    async fn through(&self, journal: uuid::Uuid) -> Result<u64, SearchError>;

    /// Applies changes, and notes that all events up to `through` have been.
    async fn apply(&self, changes: Vec<Change>, through: u64) -> Result<(), SearchError>;

    /// Makes what was applied findable.
    async fn settle(&self) -> Result<(), SearchError>;

    /// The lots that fit.
    async fn search(&self, query: LotQuery) -> Result<Vec<LotDocument>, SearchError>;
}

/// The words of a text: letters and digits, in small letters.
#[must_use]
pub fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).take(MAX_WORDS);
    words.map(str::to_lowercase).collect()
}

fn failed<E>(attempted: &'static str) -> impl Fn(E) -> SearchError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |error| SearchError {
        attempted,
        source: error.into(),
    }
}
