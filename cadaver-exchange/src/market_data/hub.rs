//! The last updates of every market, for any number of readers, each at a place of its own. A reader that is slow costs nothing:
//! what it has not fetched is in the ring, or it begins anew with a snapshot.

use super::Update;
use crate::domain::Market;
use parking_lot::RwLock;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};
use tokio::sync::watch;

/// Updates kept for each market.
const MAX_UPDATES: usize = 4_096;
/// Levels, orders and trades kept in these, for each market: about ten megabytes.
const MAX_ITEMS: usize = 200_000;

/// Updates of all markets.
#[derive(Debug)]
pub struct Hub {
    markets: [RwLock<Ring>; Market::COUNT],
    position: AtomicU64,
    /// The position again, for those who wait for news.
    news: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    /// All changes after this position are in the ring.
    floor: u64,
    updates: VecDeque<Arc<Update>>,
    items: usize,
}

impl Ring {
    fn last(&self) -> u64 {
        let last = self.updates.back();
        last.map_or(self.floor, |update| update.seq)
    }
}

/// What happened since a position.
#[derive(Debug)]
pub enum Since {
    /// These updates, oldest first.
    Updates(Vec<Arc<Update>>),
    /// The ring does not go back that far, or the journal has not come that far.
    Missed(Missed),
}

/// Why updates cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// They are forgotten.
    TooOld,
    /// The position lies ahead of the journal: it comes from another one.
    Ahead,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            markets: Default::default(),
            position: AtomicU64::new(0),
            news: watch::Sender::new(0),
        }
    }
}

impl Hub {
    /// Forgets everything and begins at `position`.
    pub fn begin(&self, position: u64) {
        for market in &self.markets {
            *market.write() = Ring {
                floor: position,
                ..Ring::default()
            };
        }
        self.position.store(position, Relaxed);
        self.news.send_replace(position);
    }

    /// The position of the market's last update, or where the ring began.
    #[must_use]
    pub fn last(&self, market: Market) -> u64 {
        self.markets[market.index()].read().last()
    }

    /// The position up to which everything has been told.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position.load(Relaxed)
    }

    /// What happened in a market after `seq`.
    #[must_use]
    pub fn since(&self, market: Market, seq: u64) -> Since {
        if seq > self.position() {
            return Since::Missed(Missed::Ahead);
        }
        let ring = self.markets[market.index()].read();
        if seq < ring.floor {
            return Since::Missed(Missed::TooOld);
        }
        let known = ring.updates.partition_point(|update| update.seq <= seq);
        Since::Updates(ring.updates.range(known..).cloned().collect())
    }

    /// Wakes its owner whenever the journal has grown.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Tells updates, which get their places after those before them, as the journal holds everything up to `position`.
    pub fn tell(&self, updates: Vec<Update>, position: u64) {
        for update in updates {
            self.publish(update);
        }
        self.reach(position);
    }

    fn publish(&self, mut update: Update) {
        let mut ring = self.markets[update.market.index()].write();
        update.prev_seq = ring.last();
        ring.items += update.items();
        ring.updates.push_back(Arc::new(update));
        while ring.updates.len() > MAX_UPDATES || ring.items > MAX_ITEMS {
            let Some(oldest) = ring.updates.pop_front() else {
                break;
            };
            ring.items -= oldest.items();
            ring.floor = oldest.seq;
        }
    }

    fn reach(&self, position: u64) {
        self.position.store(position, Relaxed);
        self.news.send_replace(position);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Moment;
    use crate::market_data::{Texts, Top};

    fn update(seq: u64) -> Update {
        Update {
            market: Market::ALL[0],
            prev_seq: 0,
            seq,
            at: Moment::default(),
            bids: Vec::new(),
            asks: Vec::new(),
            orders: Vec::new(),
            trades: Vec::new(),
            top: Top::default(),
            checksum: 0,
            merged: 1,
            texts: Texts::default(),
        }
    }

    fn seqs(hub: &Hub, seq: u64) -> Result<Vec<u64>, Missed> {
        match hub.since(Market::ALL[0], seq) {
            Since::Updates(updates) => Ok(updates.iter().map(|update| update.seq).collect()),
            Since::Missed(missed) => Err(missed),
        }
    }

    #[test]
    fn a_reader_gets_what_it_has_not_seen() {
        let hub = Hub::default();
        hub.begin(10);
        for seq in [12, 15, 20] {
            let before = hub.last(Market::ALL[0]);
            hub.tell(vec![update(seq)], seq);
            let Since::Updates(told) = hub.since(Market::ALL[0], before) else {
                panic!("it is told");
            };
            assert_eq!(told[0].prev_seq, before);
        }
        assert_eq!(seqs(&hub, 10), Ok(vec![12, 15, 20]));
        assert_eq!(seqs(&hub, 13), Ok(vec![15, 20]));
        assert_eq!(seqs(&hub, 20), Ok(Vec::new()));
        assert_eq!(seqs(&hub, 9), Err(Missed::TooOld));
        assert_eq!(seqs(&hub, 21), Err(Missed::Ahead));
    }

    #[test]
    fn the_ring_is_bounded() {
        let hub = Hub::default();
        for seq in 1..=5_000 {
            hub.tell(vec![update(seq)], seq);
        }
        assert_eq!(seqs(&hub, 5_000 - 4_097), Err(Missed::TooOld));
        assert_eq!(seqs(&hub, 5_000 - 4_096).map(|seqs| seqs.len()), Ok(4_096));
    }
}
