//! A reference client of the live feed: it keeps one market's book, proves it by the checksum in every delta, and heals itself
//! when something was lost, when it was too slow, and when the connection or the service went away.
//!
//! ```sh
//! cargo run -p cadaver-exchange --example book_client -- ws://127.0.0.1:5001/v1/feed mouse-prime
//! ```

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{collections::BTreeMap, error::Error, time::Duration};
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// Levels of each side under the checksum.
const TOP_LEVELS: usize = 10;
/// How long to wait before connecting again.
const CONNECT_AGAIN: Duration = Duration::from_millis(500);
/// Without a word for so long, heartbeats included, the connection counts as dead.
const SILENCE: Duration = Duration::from_secs(30);

/// Prices and their lots, best first.
pub type Levels = Vec<(i64, u64)>;

/// One market's book, put together from the feed.
#[derive(Debug, Default, Clone)]
pub struct Book {
    market: String,
    journal: String,
    seq: Option<u64>,
    bids: BTreeMap<i64, u64>,
    asks: BTreeMap<i64, u64>,
    proven: u64,
}

/// What a message asks of the client.
#[derive(Debug, PartialEq, Eq)]
pub enum Reaction {
    /// The message does not concern the book.
    Nothing,
    /// The book has changed, and its checksum is right.
    Proven,
    /// Something is wrong: send this.
    Say(String),
}

impl Book {
    /// The empty book of a market.
    #[must_use]
    pub fn of(market: &str) -> Self {
        Self {
            market: market.to_owned(),
            ..Self::default()
        }
    }

    /// The best levels of both sides, best first: price and lots.
    #[must_use]
    pub fn top(&self, levels: usize) -> (Levels, Levels) {
        let pair = |(price, lots): (&i64, &u64)| (*price, *lots);
        let bids = self.bids.iter().rev().take(levels).map(pair).collect();
        (bids, self.asks.iter().take(levels).map(pair).collect())
    }

    /// The sequence number up to which the book is right; nothing before the first snapshot.
    #[must_use]
    pub const fn seq(&self) -> Option<u64> {
        self.seq
    }

    /// How many snapshots and deltas have been proven.
    #[must_use]
    pub const fn proven(&self) -> u64 {
        self.proven
    }

    /// What to say on a new connection: go on from where the book is, or begin with a snapshot.
    #[must_use]
    pub fn subscribe(&self) -> String {
        let mut ask = json!({"op": "subscribe", "market": self.market, "channel": "l2"});
        if let Some(seq) = self.seq {
            ask["from_seq"] = json!(seq);
        }
        ask.to_string()
    }

    /// Takes a message of the feed.
    pub fn take(&mut self, text: &str) -> Reaction {
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            return self.begin_anew();
        };
        match message["type"].as_str() {
            Some("hello") => self.hello(&message),
            Some("snapshot") if self.is_mine(&message) => self.snapshot(&message),
            Some("delta") if self.is_mine(&message) => self.delta(&message),
            Some("heartbeat") => self.heartbeat(&message),
            _ => Reaction::Nothing,
        }
    }

    fn is_mine(&self, message: &Value) -> bool {
        message["market"] == self.market.as_str() && message["channel"] == "l2"
    }

    /// A sequence number means something in its own journal only.
    fn hello(&mut self, message: &Value) -> Reaction {
        let journal = message["journal"].as_str().unwrap_or_default();
        if self.journal != journal {
            *self = Self {
                journal: journal.to_owned(),
                ..Self::of(&self.market)
            };
        }
        Reaction::Say(self.subscribe())
    }

    fn snapshot(&mut self, message: &Value) -> Reaction {
        self.bids.clear();
        self.asks.clear();
        self.apply(message)
    }

    fn delta(&mut self, message: &Value) -> Reaction {
        let prev_seq = message["prev_seq"].as_u64();
        match (self.seq, message["seq"].as_u64()) {
            // Told twice, as after a resend.
            (Some(mine), Some(seq)) if seq <= mine => Reaction::Nothing,
            (Some(mine), _) if prev_seq == Some(mine) => self.apply(message),
            (Some(_), _) => self.resend(),
            (None, _) => Reaction::Nothing,
        }
    }

    /// The last messages may be lost, and nothing come after them.
    fn heartbeat(&self, message: &Value) -> Reaction {
        let places = message["subscriptions"].as_array();
        let mine = places.and_then(|places| places.iter().find(|place| self.is_mine(place)));
        let told = mine.and_then(|place| place["seq"].as_u64());
        if self.seq.is_some() && told > self.seq {
            return self.resend();
        }
        Reaction::Nothing
    }

    fn apply(&mut self, message: &Value) -> Reaction {
        for (side, name) in [(&mut self.bids, "bids"), (&mut self.asks, "asks")] {
            for level in message[name].as_array().into_iter().flatten() {
                let (Some(price), Some(lots)) = (level[0].as_i64(), level[1].as_u64()) else {
                    continue;
                };
                if lots == 0 {
                    side.remove(&price);
                } else {
                    side.insert(price, lots);
                }
            }
        }
        self.seq = message["seq"].as_u64();
        if message["checksum"].as_u64() != Some(u64::from(self.checksum())) {
            return self.begin_anew();
        }
        self.proven += 1;
        Reaction::Proven
    }

    fn checksum(&self) -> u32 {
        let (bids, asks) = self.top(TOP_LEVELS);
        let side = |levels: &[(i64, u64)]| -> String {
            levels
                .iter()
                .map(|(price, lots)| format!("{price}:{lots};"))
                .collect()
        };
        crc32fast::hash(format!("{}|{}", side(&bids), side(&asks)).as_bytes())
    }

    fn resend(&self) -> Reaction {
        let ask =
            json!({"op": "resend", "market": self.market, "channel": "l2", "from_seq": self.seq});
        Reaction::Say(ask.to_string())
    }

    fn begin_anew(&mut self) -> Reaction {
        self.seq = None;
        Reaction::Say(self.subscribe())
    }
}

/// Follows the market on one connection until it breaks; tells of each proven change.
///
/// # Errors
/// The connection cannot be made, or broke.
pub async fn follow(
    url: &str,
    book: &mut Book,
    mut changed: impl FnMut(&Book),
) -> Result<(), Box<dyn Error>> {
    let (mut socket, _) = connect_async(url).await?;
    loop {
        let message = tokio::time::timeout(SILENCE, socket.next()).await?;
        let Some(message) = message.transpose()? else {
            return Ok(());
        };
        let Message::Text(text) = message else {
            continue;
        };
        match book.take(text.as_str()) {
            Reaction::Nothing => {}
            Reaction::Proven => changed(book),
            Reaction::Say(text) => socket.send(Message::text(text)).await?,
        }
    }
}

#[allow(dead_code, clippy::print_stdout)] // the tests use what is above
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .unwrap_or_else(|| "ws://127.0.0.1:5001/v1/feed".to_owned());
    let market = arguments.next().unwrap_or_else(|| "mouse-prime".to_owned());
    let mut book = Book::of(&market);
    loop {
        let show = |book: &Book| {
            let (bids, asks) = book.top(1);
            println!(
                "{:>10}  bid {:?}  ask {:?}",
                book.seq().unwrap_or_default(),
                bids.first(),
                asks.first()
            );
        };
        match follow(&url, &mut book, show).await {
            Ok(()) => println!("the exchange has closed the connection; connecting again"),
            Err(error) => println!("{error}; connecting again"),
        }
        tokio::time::sleep(CONNECT_AGAIN).await;
    }
}
