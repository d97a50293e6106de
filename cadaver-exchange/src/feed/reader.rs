//! What one client follows, and where it is: asks go in and texts come out, whatever carries them.

use super::{
    Feed,
    protocol::{Ask, Channel, Notice, error},
    subscription::{Next, Subscription},
};
use crate::{domain::Market, engine::NotTrading};
use serde_json::json;
use std::sync::Arc;

/// A client's places in the feed.
#[derive(Debug)]
pub struct Reader {
    feed: Arc<Feed>,
    subscriptions: Vec<Subscription>,
}

impl Reader {
    /// A client that follows nothing yet.
    #[must_use]
    pub const fn new(feed: Arc<Feed>) -> Self {
        Self {
            feed,
            subscriptions: Vec::new(),
        }
    }

    /// The first text: whose journal this is, and how far it has come.
    #[must_use]
    pub fn hello(&self) -> String {
        let (journal, position) = (self.feed.journal, self.feed.hub.position());
        json!({"type": "hello", "journal": journal, "position": position}).to_string()
    }

    /// The texts that answer a message.
    ///
    /// # Errors
    /// There is no engine to ask.
    pub async fn hear(&mut self, message: &str) -> Result<Vec<String>, NotTrading> {
        match serde_json::from_str(message) {
            Ok(ask) => self.answer(ask).await,
            Err(wrong) => Ok(vec![error("invalid-message", &wrong.to_string())]),
        }
    }

    async fn answer(&mut self, ask: Ask) -> Result<Vec<String>, NotTrading> {
        match ask {
            Ask::Subscribe {
                market,
                channel,
                from_seq,
            } => {
                let head =
                    json!({"type": "subscribed", "market": market.name(), "channel": channel});
                let mut texts = vec![head.to_string()];
                match from_seq {
                    Some(seq) => {
                        self.feed.stats.gaps.inc();
                        self.follow(market, channel, seq);
                    }
                    None => texts.push(self.begin(market, channel).await?),
                }
                Ok(texts)
            }
            Ask::Resend {
                market,
                channel,
                from_seq,
            } => {
                if self.subscription(market, channel).is_none() {
                    let detail = "subscribe before you ask again";
                    return Ok(vec![error("not-subscribed", detail)]);
                }
                self.feed.stats.gaps.inc();
                self.follow(market, channel, from_seq);
                Ok(Vec::new())
            }
            Ask::Unsubscribe { market, channel } => {
                self.subscriptions
                    .retain(|kept| (kept.market, kept.channel) != (market, channel));
                let gone =
                    json!({"type": "unsubscribed", "market": market.name(), "channel": channel});
                Ok(vec![gone.to_string()])
            }
            Ask::Ping => Ok(vec![json!({"type": "pong"}).to_string()]),
        }
    }

    fn subscription(&mut self, market: Market, channel: Channel) -> Option<&mut Subscription> {
        self.subscriptions
            .iter_mut()
            .find(|kept| (kept.market, kept.channel) == (market, channel))
    }

    /// There are as many subscriptions as markets and channels at most, as each is kept once.
    fn follow(&mut self, market: Market, channel: Channel, seq: u64) {
        match self.subscription(market, channel) {
            Some(kept) => kept.begin_at(seq),
            None => self
                .subscriptions
                .push(Subscription::new(market, channel, seq)),
        }
    }

    async fn begin(&mut self, market: Market, channel: Channel) -> Result<String, NotTrading> {
        let snapshot = self.feed.snapshot(market, channel).await?;
        self.follow(market, channel, snapshot.seq);
        Ok(snapshot.text.to_string())
    }

    /// What is new, of all subscriptions.
    ///
    /// # Errors
    /// There is no engine to ask.
    pub async fn tell(&mut self) -> Result<Vec<String>, NotTrading> {
        let mut told = Vec::new();
        for index in 0..self.subscriptions.len() {
            let subscription = &mut self.subscriptions[index];
            let (market, channel) = (subscription.market, subscription.channel);
            match subscription.next(&self.feed.hub, self.feed.settings.conflate_above) {
                Next::Texts(texts) => {
                    self.feed.stats.deltas.inc_by(texts.len() as u64);
                    told.extend(texts);
                }
                Next::Conflated(notice_and_delta) => {
                    self.feed.stats.deltas.inc();
                    self.feed.stats.conflations.inc();
                    told.extend(notice_and_delta);
                }
                Next::Snapshot(why) => {
                    self.feed.stats.resyncs.inc();
                    told.extend(self.begin_anew(market, channel, why).await?);
                }
            }
        }
        Ok(told)
    }

    async fn begin_anew(
        &mut self,
        market: Market,
        channel: Channel,
        why: Notice,
    ) -> Result<[String; 2], NotTrading> {
        let notice = why.text(market, channel);
        Ok([notice, self.begin(market, channel).await?])
    }

    /// The places again, for whoever has lost something and does not know.
    #[must_use]
    pub fn heartbeat(&self) -> String {
        let places: Vec<_> = self
            .subscriptions
            .iter()
            .map(|kept| json!({"market": kept.market.name(), "channel": kept.channel, "seq": kept.seq}))
            .collect();
        let position = self.feed.hub.position();
        json!({"type": "heartbeat", "position": position, "subscriptions": places}).to_string()
    }
}
