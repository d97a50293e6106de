//! One reader's place in one market's channel.

use super::{Channel, encode, protocol::Notice};
use crate::{
    domain::Market,
    market_data::{Hub, Missed, Since, merge},
};

/// A place.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Which market.
    pub market: Market,
    /// Which channel.
    pub channel: Channel,
    /// What the reader has: the sequence number of the last text that it was sent.
    pub seq: u64,
    /// How far the ring was looked through; what came between concerned other channels.
    seen: u64,
}

/// What a reader is to get next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// These texts, in order; none when there is no news.
    Texts(Vec<String>),
    /// Several updates as one: a notice of that, and the delta.
    Conflated([String; 2]),
    /// Updates are missing: a snapshot, for this reason.
    Snapshot(Notice),
}

impl Subscription {
    /// The place of a reader that has `seq`.
    #[must_use]
    pub const fn new(market: Market, channel: Channel, seq: u64) -> Self {
        Self {
            market,
            channel,
            seq,
            seen: seq,
        }
    }

    /// Moves to where the reader has `seq`.
    pub const fn begin_at(&mut self, seq: u64) {
        self.seq = seq;
        self.seen = seq;
    }

    /// What has happened since the last call; as one text and a notice if that is more than `conflate_above` updates.
    pub fn next(&mut self, hub: &Hub, conflate_above: usize) -> Next {
        let updates = match hub.since(self.market, self.seen) {
            Since::Updates(updates) => updates,
            Since::Missed(Missed::TooOld) => return Next::Snapshot(Notice::Resync),
            Since::Missed(Missed::Ahead) => return Next::Snapshot(Notice::Reset),
        };
        if self.channel == Channel::L1 {
            let newest = updates.last().and_then(|update| self.delta(update));
            return Next::Texts(newest.into_iter().collect());
        }
        if updates.len() <= conflate_above {
            let texts = updates.iter().filter_map(|update| self.delta(update));
            return Next::Texts(texts.collect());
        }
        let Some(merged) = merge(&updates) else {
            return Next::Snapshot(Notice::Resync);
        };
        let notice = Notice::Conflated {
            merged: merged.merged,
        };
        match self.delta(&merged) {
            Some(delta) => Next::Conflated([notice.text(self.market, self.channel), delta]),
            None => Next::Texts(Vec::new()),
        }
    }

    fn delta(&mut self, update: &crate::market_data::Update) -> Option<String> {
        self.seen = update.seq;
        let text = encode::delta(update, self.channel, self.seq)?;
        self.seq = update.seq;
        Some(text)
    }
}
