//! One client's connection, from the handshake to the end.

use super::{Feed, Reader, stats::Counted};
use crate::engine::NotTrading;
use actix_web::web::Data;
use actix_ws::{CloseCode, Closed, Message, MessageStream, Session};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
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
    reader: Reader,
    limiter: DefaultDirectRateLimiter,
    heard_at: Instant,
    _admission: OwnedSemaphorePermit,
    _counted: Counted,
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
        write!(f, "Connection({:?})", self.reader)
    }
}

impl Connection {
    /// A connection that was just made.
    #[must_use]
    pub fn new(feed: Data<Feed>, session: Session, admission: OwnedSemaphorePermit) -> Self {
        let quota = Quota::per_second(MESSAGES_PER_SECOND).allow_burst(MESSAGES_AT_ONCE);
        Self {
            reader: Reader::new(feed.clone().into_inner()),
            _counted: Counted::of(&feed.stats.clients),
            feed,
            session,
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
        self.say(self.reader.hello()).await?;
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
            Message::Text(text) => self.answer(&text).await,
            Message::Ping(bytes) => Ok(self.session.pong(&bytes).await?),
            Message::Pong(_) | Message::Nop => Ok(()),
            Message::Close(_) => Err(End::Gone),
            Message::Binary(_) | Message::Continuation(_) => Err(End::Because(
                CloseCode::Unsupported,
                "send whole text messages",
            )),
        }
    }

    async fn answer(&mut self, message: &str) -> Result<(), End> {
        let texts = self.reader.hear(message).await;
        self.say_all(texts).await
    }

    /// Tells what is new.
    async fn tell(&mut self) -> Result<(), End> {
        let texts = self.reader.tell().await;
        self.say_all(texts).await
    }

    async fn beat(&mut self) -> Result<(), End> {
        if self.heard_at.elapsed() > self.feed.idle_timeout() {
            return Err(End::Because(
                CloseCode::Policy,
                "nothing was heard for too long",
            ));
        }
        self.say(self.reader.heartbeat()).await?;
        Ok(self.session.ping(b"").await?)
    }

    async fn say_all(&mut self, texts: Result<Vec<String>, NotTrading>) -> Result<(), End> {
        let stopped = |_| End::Because(CloseCode::Away, "the exchange has stopped");
        for text in texts.map_err(stopped)? {
            self.say(text).await?;
        }
        Ok(())
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
