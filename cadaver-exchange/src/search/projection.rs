//! From the journal's events to changes of an index.

use crate::{
    domain::{Grade, Kibbles, Market, RodentKind},
    storage::StoredEvent,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared_events::{
    EventData,
    events::cadaver_exchange::{LotListed, LotRegraded, LotSpoiled, LotWithdrawn, TradeExecuted},
    id::LotId,
    timestamp,
};
use utoipa::ToSchema;

const MILLIGRAMS_PER_GRAM: f64 = 1_000.0;

/// Where a lot is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LotStatus {
    /// In somebody's inventory.
    Stocked,
    /// Too old for any market.
    Spoiled,
    /// Its capture was voided, or its cat left.
    Withdrawn,
}

impl LotStatus {
    /// Its name on every wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stocked => "stocked",
            Self::Spoiled => "spoiled",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A lot as an index has it. It says of no cat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LotDocument {
    /// Its number: that of the event with which it came in.
    #[schema(example = 4711)]
    pub number: u64,
    /// Its id.
    #[schema(value_type = String, example = "0b0c5f4e-6d0a-5a31-9d68-0f6f0f7a3a52")]
    pub lot: LotId,
    /// What it was.
    pub kind: RodentKind,
    /// How fresh it is, or was at last.
    pub grade: Grade,
    /// Where it may be traded.
    #[schema(value_type = Option<String>, example = "mouse-prime")]
    pub market: Option<Market>,
    /// Where it is in its life.
    pub status: LotStatus,
    /// Its scientific name, where known.
    #[schema(example = "Peromyscus eremicus")]
    pub species: Option<String>,
    /// Its mass, where known.
    #[schema(example = 21500)]
    pub mass_mg: Option<u32>,
    /// What it was last offered or sold for.
    #[schema(value_type = Option<i64>, example = 12)]
    pub price: Option<Kibbles>,
    /// When it was caught.
    #[serde(with = "timestamp")]
    pub caught_at: DateTime<Utc>,
}

/// A change of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A lot came in.
    Listed(Box<LotDocument>),
    /// It moved to another market.
    Regraded {
        /// The lot.
        lot: LotId,
        /// Where it is now.
        market: Market,
        /// What it is offered for, if it is.
        price: Option<Kibbles>,
    },
    /// It left.
    Left {
        /// The lot.
        lot: LotId,
        /// Why.
        status: LotStatus,
    },
    /// It was sold.
    Sold {
        /// The lot.
        lot: LotId,
        /// For so much.
        price: Kibbles,
    },
}

/// What an event changes; nothing if it does not concern lots, or cannot be read.
pub(super) fn changes(number: u64, event: &StoredEvent) -> Vec<Change> {
    match event.event_type.as_ref() {
        LotListed::TYPE => read(event).map(|event| listed(number, event)),
        LotRegraded::TYPE => read(event).and_then(regraded),
        LotSpoiled::TYPE => read::<LotSpoiled>(event).map(|event| Change::Left {
            lot: event.lot,
            status: LotStatus::Spoiled,
        }),
        LotWithdrawn::TYPE => read::<LotWithdrawn>(event).map(|event| Change::Left {
            lot: event.lot,
            status: LotStatus::Withdrawn,
        }),
        TradeExecuted::TYPE => return read(event).map(sold).unwrap_or_default(),
        _ => None,
    }
    .into_iter()
    .collect()
}

fn read<E: DeserializeOwned>(event: &StoredEvent) -> Option<E> {
    serde_json::from_str(event.data.get()).ok()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it was made of whole milligrams
fn listed(number: u64, event: LotListed) -> Change {
    let market = event.market.and_then(|market| market.as_str().parse().ok());
    Change::Listed(Box::new(LotDocument {
        number,
        lot: event.lot,
        kind: event.kind,
        grade: event.grade,
        status: if event.grade == Grade::Spoiled {
            LotStatus::Spoiled
        } else {
            LotStatus::Stocked
        },
        market,
        species: event.species,
        mass_mg: event
            .mass_grams
            .map(|grams| (grams * MILLIGRAMS_PER_GRAM).round() as u32),
        price: event.ask,
        caught_at: event.caught_at,
    }))
}

fn regraded(event: LotRegraded) -> Option<Change> {
    Some(Change::Regraded {
        market: event.market.as_str().parse().ok()?,
        lot: event.lot,
        price: event.ask,
    })
}

fn sold(event: TradeExecuted) -> Vec<Change> {
    let price = event.price;
    let lots = event.lots.into_iter();
    lots.map(|lot| Change::Sold { lot, price }).collect()
}
