//! One client's connection, from the handshake to the end.

use super::{
    Feed,
    protocol::{Ask, Channel, Notice, error},
    subscription::{Next, Subscription},
};
use crate::domain::Market;
use actix_web::web::Data;
use actix_ws::{CloseCode, Closed, Message, MessageStream, Session};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde_json::json;
use std::num::NonZeroU32;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// Messages that a client may send in a second.
const MESSAGES_PER_SECOND: NonZeroU32 = NonZeroU32::new(20).expect("twenty is not zero");
/// Messages that it may send at once.
const MESSAGES_AT_ONCE: NonZeroU32 = NonZeroU32::new(100).expect("a hundred is not zero");

/// A connection.
pub struct Connection {
    feed: Data<Feed>,
    session: Session,
    subscriptions: Vec<Subscription>,
    limiter: DefaultDirectRateLimiter,
    heard_at: Instant,
    _admission: OwnedSemaphorePermit,
}

/// Why a connection ends.
enum End {
    /// The client is gone.
    Gone,
    /// It broke the rules.
    Because(CloseCode, &'static str),
}

impl From<Closed> for End {
    fn from(_: Closed) -> Self {
        Self::Gone
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({} subscriptions)", self.subscriptions.len())
    }
}

impl Connection {
    /// A connection that was just made.
    #[must_use]
    pub fn new(feed: Data<Feed>, session: Session, admission: OwnedSemaphorePermit) -> Self {
        let quota = Quota::per_second(MESSAGES_PER_SECOND).allow_burst(MESSAGES_AT_ONCE);
        Self {
            feed,
            session,
            subscriptions: Vec::new(),
            limiter: RateLimiter::direct(quota),
            heard_at: Instant::now(),
            _admission: admission,
        }
    }

    /// Serves the client until it goes, breaks the rules, or the service stops.
    pub async fn run(mut self, messages: MessageStream) {
        let reason = match self.serve(messages).await {
            Err(End::Because(code, why)) => Some((code, why).into()),
            Ok(()) | Err(End::Gone) => None,
        };
        // A client that is gone already needs no farewell.
        let _ = self.session.close(reason).await;
    }

    async fn serve(&mut self, mut messages: MessageStream) -> Result<(), End> {
        let (mut news, stop) = (self.feed.hub.news(), self.feed.stop.clone());
        let mut heartbeat = interval(self.feed.heartbeat());
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let hello = json!({"type": "hello", "journal": self.feed.journal, "position": self.feed.hub.position()});
        self.say(hello.to_string()).await?;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Err(End::Because(CloseCode::Away, "the service stops")),
                message = messages.recv() => match message {
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(_)) => return Err(End::Because(CloseCode::Protocol, "the frame cannot be read")),
                    None => return Err(End::Gone),
                },
                changed = next_news(&mut news) => changed?,
                _ = heartbeat.tick() => self.beat().await?,
            }
            self.tell().await?;
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        self.heard_at = Instant::now();
        if self.limiter.check().is_err() {
            return Err(End::Because(CloseCode::Policy, "too many messages"));
        }
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(ask) => self.answer(ask).await,
                Err(wrong) => self.say(error("invalid-message", &wrong.to_string())).await,
            },
            Message::Ping(bytes) => Ok(self.session.pong(&bytes).await?),
            Message::Pong(_) | Message::Nop => Ok(()),
            Message::Close(_) => Err(End::Gone),
            Message::Binary(_) | Message::Continuation(_) => Err(End::Because(
                CloseCode::Unsupported,
                "send whole text messages",
            )),
        }
    }

    async fn answer(&mut self, ask: Ask) -> Result<(), End> {
        match ask {
            Ask::Subscribe {
                market,
                channel,
                from_seq,
            } => {
                let head =
                    json!({"type": "subscribed", "market": market.name(), "channel": channel});
                self.say(head.to_string()).await?;
                match from_seq {
                    Some(seq) => self.follow(market, channel, seq),
                    None => self.begin(market, channel).await?,
                }
            }
            Ask::Resend {
                market,
                channel,
                from_seq,
            } => {
                if self.subscription(market, channel).is_none() {
                    return self
                        .say(error("not-subscribed", "subscribe before you ask again"))
                        .await;
                }
                self.follow(market, channel, from_seq);
            }
            Ask::Unsubscribe { market, channel } => {
                self.subscriptions
                    .retain(|kept| (kept.market, kept.channel) != (market, channel));
                let gone =
                    json!({"type": "unsubscribed", "market": market.name(), "channel": channel});
                self.say(gone.to_string()).await?;
            }
            Ask::Ping => self.say(json!({"type": "pong"}).to_string()).await?,
        }
        Ok(())
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

    async fn begin(&mut self, market: Market, channel: Channel) -> Result<(), End> {
        let snapshot = self.feed.snapshot(market, channel).await;
        let snapshot =
            snapshot.map_err(|_| End::Because(CloseCode::Away, "the exchange has stopped"))?;
        self.say(snapshot.text.to_string()).await?;
        self.follow(market, channel, snapshot.seq);
        Ok(())
    }

    /// Tells what is new, of all subscriptions.
    async fn tell(&mut self) -> Result<(), End> {
        for index in 0..self.subscriptions.len() {
            let subscription = &mut self.subscriptions[index];
            let (market, channel) = (subscription.market, subscription.channel);
            match subscription.next(&self.feed.hub, self.feed.settings.conflate_above) {
                Next::Texts(texts) => {
                    for text in texts {
                        self.say(text).await?;
                    }
                }
                Next::Snapshot(why) => self.begin_anew(market, channel, why).await?,
            }
        }
        Ok(())
    }

    async fn begin_anew(
        &mut self,
        market: Market,
        channel: Channel,
        why: Notice,
    ) -> Result<(), End> {
        self.say(why.text(market, channel)).await?;
        self.begin(market, channel).await
    }

    async fn beat(&mut self) -> Result<(), End> {
        if self.heard_at.elapsed() > self.feed.idle_timeout() {
            return Err(End::Because(
                CloseCode::Policy,
                "nothing was heard for too long",
            ));
        }
        let places: Vec<_> = self
            .subscriptions
            .iter()
            .map(|kept| json!({"market": kept.market.name(), "channel": kept.channel, "seq": kept.seq}))
            .collect();
        let beat = json!({"type": "heartbeat", "position": self.feed.hub.position(), "subscriptions": places});
        self.say(beat.to_string()).await?;
        Ok(self.session.ping(b"").await?)
    }

    /// Waits until the client takes the text; what happens meanwhile waits in the ring.
    async fn say(&mut self, text: String) -> Result<(), End> {
        match timeout(self.feed.idle_timeout(), self.session.text(text)).await {
            Ok(said) => Ok(said?),
            Err(_) => Err(End::Gone),
        }
    }
}

async fn next_news(news: &mut watch::Receiver<u64>) -> Result<(), End> {
    let changed = news.changed().await;
    changed.map_err(|_| End::Because(CloseCode::Away, "the service stops"))
}
