//! One line of the journal: a command, when it came, and what it made happen. It is also the outbox: its events wait
//! in it until they are published.

use crate::domain::{Command, Event, Kibbles, Market, Moment, Side, event::Output};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared_events::{EventData, OutgoingEvent, Topic, id::CatId};
use std::borrow::Cow;
use uuid::Uuid;

/// A committed command.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place; the first is 1 and none is left out.
    pub position: u64,
    /// The moment that the engine was given.
    pub at: Moment,
    /// What asked for it, if it must not be done twice: a command's id.
    pub source: Option<String>,
    /// The trace that it belongs to.
    pub traceparent: Option<String>,
    /// The command.
    pub command: Command,
    /// How many events the journal holds before this entry's.
    pub events_before: u64,
    /// Its events, in order.
    pub events: Vec<StoredEvent>,
    /// Its trades, for those who page through them.
    pub trades: Vec<TradeRecord>,
    /// What it changed in cats' accounts, for their statements.
    pub lines: Vec<StatementLine>,
}

/// What changed in a cat's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Whose account.
    pub cat: CatId,
    /// Its number; a larger one came later.
    pub number: u64,
    /// Of what, by the asset's name.
    pub asset: Cow<'static, str>,
    /// How much came in, or went out (below zero).
    pub amount: i64,
    /// What there was of it afterwards.
    pub balance: i64,
    /// Why, as a word.
    pub why: Cow<'static, str>,
}

/// A line with the entry that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedLine {
    /// The entry's place.
    pub position: u64,
    /// The entry's moment.
    pub at: Moment,
    /// The line.
    pub line: StatementLine,
}

/// An event that waits, or waited, to be published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredEvent {
    /// Its type's name.
    #[serde(rename = "type")]
    pub event_type: Cow<'static, str>,
    /// The aggregate that it is about.
    pub key: String,
    /// Where its data may live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// Its JSON.
    pub data: Box<RawValue>,
}

/// A trade as everyone may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeRecord {
    /// Its number.
    pub number: u64,
    /// Where.
    pub market: Market,
    /// Per lot.
    pub price: Kibbles,
    /// How many lots.
    pub quantity: u32,
    /// Who came second.
    pub taker: Side,
    /// When.
    pub executed_at: Moment,
}

impl TradeRecord {
    /// The trades of a command that was carried out at `at`.
    pub fn of(out: &Output, at: Moment) -> impl Iterator<Item = Self> {
        out.events.iter().filter_map(move |event| match event {
            Event::TradeExecuted(trade) => Some(Self {
                number: trade.number,
                market: trade.market,
                price: trade.price,
                quantity: trade.quantity,
                taker: trade.taker,
                executed_at: at,
            }),
            _ => None,
        })
    }
}

impl StoredEvent {
    /// Stores an event.
    ///
    /// # Panics
    /// Never: events are plain structs of text and numbers.
    #[must_use]
    pub fn of<E: EventData>(event: &E) -> Self {
        Self {
            event_type: Cow::Borrowed(E::TYPE),
            key: event.aggregate_id().to_owned(),
            jurisdiction: event.jurisdiction().map(str::to_owned),
            data: serde_json::value::to_raw_value(event)
                .expect("event types hold only text, numbers and lists of them"),
        }
    }
}

impl Entry {
    /// How many events the journal holds up to and with this entry.
    #[must_use]
    pub fn events_through(&self) -> u64 {
        self.events_before + self.events.len() as u64
    }
}

/// What an entry's checksum is taken over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealed<'a> {
    pub(super) position: u64,
    pub(super) at: Moment,
    pub(super) source: Option<&'a str>,
    pub(super) events_through: u64,
    pub(super) command: &'a str,
}

impl Sealed<'_> {
    /// CRC-32 over the numbers in little-endian bytes, the source and the command's text.
    pub(super) fn checksum(&self) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.position.to_le_bytes());
        crc.update(&self.at.millis().to_le_bytes());
        crc.update(&self.events_through.to_le_bytes());
        let source = self.source.unwrap_or_default();
        crc.update(&(source.len() as u64).to_le_bytes());
        crc.update(source.as_bytes());
        crc.update(self.command.as_bytes());
        crc.finalize()
    }

    /// Fails if the checksum that was stored is another; entries from before there were checksums have none.
    pub(super) fn check(&self, stored: Option<i64>) -> Result<(), Damaged> {
        match stored {
            Some(stored) if stored != i64::from(self.checksum()) => Err(Damaged(self.position)),
            _ => Ok(()),
        }
    }
}

/// An entry is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged(pub(super) u64);

/// The checksum of an entry's events.
pub(super) fn events_checksum(events: &str) -> u32 {
    crc32fast::hash(events.as_bytes())
}

/// An entry as a replay needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its place.
    pub position: u64,
    /// The moment that the engine was given.
    pub at: Moment,
    /// The command.
    pub command: Command,
    /// How many events the journal holds up to and with this entry.
    pub events_through: u64,
}

/// The events of an entry as the outbox needs them.
#[derive(Debug, Clone)]
pub struct Told {
    /// When they happened.
    pub at: Moment,
    /// The trace that they belong to.
    pub traceparent: Option<String>,
    /// How many events the journal holds before these.
    pub events_before: u64,
    /// The events, in order.
    pub events: Vec<StoredEvent>,
}

impl Told {
    /// How many events the journal holds up to and with these.
    #[must_use]
    pub fn events_through(&self) -> u64 {
        self.events_before + self.events.len() as u64
    }

    /// The events as they go out, numbered. An event's id follows from the journal's id and its number, so that it is
    /// the same however often it is published.
    pub fn outgoing(self, journal: Uuid) -> impl Iterator<Item = (u64, OutgoingEvent)> {
        let (at, before, traceparent) = (self.at, self.events_before, self.traceparent);
        self.events
            .into_iter()
            .zip(before + 1..)
            .map(move |(event, number)| {
                let outgoing = OutgoingEvent {
                    topic: Topic::CadaverExchange,
                    ordering_key: event.key,
                    id: Uuid::new_v5(&journal, &number.to_be_bytes()).to_string(),
                    event_type: event.event_type.into_owned(),
                    time: at.to_utc(),
                    jurisdiction: event.jurisdiction,
                    sequence: Some(number),
                    traceparent: traceparent.clone(),
                    data: event.data.get().to_owned(),
                };
                (number, outgoing)
            })
    }
}
