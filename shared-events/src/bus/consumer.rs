//! Receives a subscription in batches and answers each message by the handler's verdict.

mod pump;

use super::{Bus, EventPublisher};
use crate::dead_letter::DeadLetter;
use crate::{Envelope, Subscription};
use async_trait::async_trait;
use google_cloud_gax::client_builder;
use google_cloud_pubsub::client::Subscriber;
use google_cloud_pubsub::model::Message;
use google_cloud_pubsub::subscriber::handler::Handler;
use pump::Received;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The most deliveries that a handler gets at once.
pub const MAX_BATCH: usize = 512;
/// How often a delivery is tried here before it goes back to Pub/Sub.
const MAX_TRIES_IN_PLACE: u32 = 8;
/// The first wait before another try; it doubles.
const FIRST_RETRY: Duration = Duration::from_millis(100);
/// The longest wait before another try.
const MAX_RETRY: Duration = Duration::from_secs(5);

/// One message as a handler sees it.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The event.
    pub envelope: Envelope,
    /// How often Pub/Sub has delivered it, when it counts.
    pub attempt: Option<u32>,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its effect is stored, or it has none here.
    Done,
    /// Not now: the database is away, or something it needs is not there yet.
    Retry(String),
    /// Never: the reason goes with it to the dead letters.
    Poison(String),
}

/// Deals with deliveries.
#[async_trait]
pub trait BatchHandler: Send + Sync + 'static {
    /// Deals with deliveries in their order (which is the order of events within one ordering key) and
    /// answers each: the result is as long as the batch. It is called again with those to be retried.
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict>;
}

/// Why a consumer stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    /// The client could not be made.
    #[error("the Pub/Sub client could not be made")]
    Client(#[from] client_builder::Error),
    /// Pub/Sub ended the stream for good.
    #[error(
        "Pub/Sub ended the delivery of {subscription}; does the subscription exist? (catweb topology apply creates it)"
    )]
    Ended {
        /// The subscription's name.
        subscription: String,
        /// What Pub/Sub said.
        #[source]
        source: google_cloud_pubsub::Error,
    },
}

/// What a consumer has done so far.
#[derive(Debug, Default)]
pub struct ConsumerStats {
    /// Deliveries that were dealt with.
    pub done: AtomicU64,
    /// Tries that are to be repeated.
    pub retried: AtomicU64,
    /// Deliveries that went to the dead letters.
    pub poisoned: AtomicU64,
    /// Whether the subscription is being read; while the bus is away, the client keeps trying.
    pub reading: std::sync::atomic::AtomicBool,
}

/// Reads one subscription.
#[derive(Debug)]
pub struct Consumer<H> {
    bus: Bus,
    client: Subscriber,
    dead_letters: EventPublisher,
    subscription: Subscription,
    handler: H,
    stats: Arc<ConsumerStats>,
}

struct Open {
    delivery: Delivery,
    message: Message,
    handler: Handler,
}

impl<H: BatchHandler> Consumer<H> {
    /// A consumer of `subscription`.
    ///
    /// # Errors
    /// The client cannot be made.
    pub async fn new(
        bus: &Bus,
        subscription: Subscription,
        handler: H,
    ) -> Result<Self, ConsumeError> {
        Ok(Self {
            client: bus.subscriber().await?,
            dead_letters: EventPublisher::new(bus).await?,
            bus: bus.clone(),
            subscription,
            handler,
            stats: Arc::default(),
        })
    }

    /// The same consumer, counting on what `stats` has counted.
    #[must_use]
    pub fn counting_on(mut self, stats: Arc<ConsumerStats>) -> Self {
        self.stats = stats;
        self
    }

    /// Receives until `stop`; then finishes the batch at hand, answers it, and gives the rest back.
    ///
    /// # Errors
    /// Pub/Sub ended the delivery for good, for example because the subscription does not exist.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ConsumeError> {
        let (sender, mut receiver) = mpsc::channel(MAX_BATCH);
        let name = self.subscription.name();
        let path = self.bus.subscription_path(&name);
        let pump = tokio::spawn(pump::run(
            self.client.clone(),
            path,
            sender,
            self.stats.clone(),
            stop.clone(),
        ));
        let mut received: Vec<Received> = Vec::with_capacity(MAX_BATCH);
        while receiver.recv_many(&mut received, MAX_BATCH).await > 0 {
            if stop.is_cancelled() {
                break;
            }
            let batch = self.open(&mut received).await;
            self.settle(batch, &stop).await;
        }
        drop(received);
        drop(receiver);
        match pump.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(source)) => Err(ConsumeError::Ended {
                subscription: name,
                source,
            }),
            Err(error) => {
                tracing::error!(%error, subscription = name, "the receiving task ended badly");
                Ok(())
            }
        }
    }

    /// Reads the envelopes; what has none goes to the dead letters at once.
    async fn open(&self, received: &mut Vec<Received>) -> Vec<Open> {
        let mut batch = Vec::with_capacity(received.len());
        for (message, handler) in received.drain(..) {
            match Envelope::from_message(&message.attributes, message.data.clone()) {
                Ok(envelope) => {
                    let attempt = handler
                        .delivery_attempt()
                        .and_then(|count| u32::try_from(count).ok());
                    batch.push(Open {
                        delivery: Delivery { envelope, attempt },
                        message,
                        handler,
                    });
                }
                Err(error) => self.bury(message, handler, &error.to_string()).await,
            }
        }
        batch
    }

    async fn settle(&self, mut batch: Vec<Open>, stop: &CancellationToken) {
        let mut wait = FIRST_RETRY;
        for attempt in 1..=MAX_TRIES_IN_PLACE {
            batch = self.try_once(batch).await;
            if batch.is_empty() {
                return;
            }
            if attempt < MAX_TRIES_IN_PLACE {
                tokio::select! { () = tokio::time::sleep(wait) => {}, () = stop.cancelled() => break }
                wait = (wait * 2).min(MAX_RETRY);
            }
        }
        for open in batch {
            open.handler.nack();
        }
    }

    /// Lets the handler judge the batch and answers what is settled; the rest comes back.
    async fn try_once(&self, batch: Vec<Open>) -> Vec<Open> {
        let (deliveries, messages): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|open| (open.delivery, (open.message, open.handler)))
            .unzip();
        let verdicts = self.handler.handle(&deliveries).await;
        let answers = verdicts.into_iter().chain(std::iter::repeat_with(|| {
            Verdict::Retry("the handler gave no verdict".to_owned())
        }));
        let mut again = Vec::new();
        let mut done = 0;
        let mut first_reason = None;
        for ((delivery, (message, handler)), verdict) in
            deliveries.into_iter().zip(messages).zip(answers)
        {
            match verdict {
                Verdict::Done => {
                    handler.ack();
                    done += 1;
                }
                Verdict::Poison(reason) => self.bury(message, handler, &reason).await,
                Verdict::Retry(reason) => {
                    first_reason.get_or_insert(reason);
                    again.push(Open {
                        delivery,
                        message,
                        handler,
                    });
                }
            }
        }
        self.stats.done.fetch_add(done, Relaxed);
        if let Some(reason) = first_reason {
            self.stats.retried.fetch_add(again.len() as u64, Relaxed);
            tracing::warn!(
                subscription = self.subscription.name(),
                waiting = again.len(),
                reason,
                "deliveries wait for another try"
            );
        }
        again
    }

    /// Sends a message to the dead letters; it is given up only when it is there.
    async fn bury(&self, message: Message, handler: Handler, reason: &str) {
        let name = self.subscription.name();
        let id = message.message_id.clone();
        let letter = DeadLetter::of(message, &name, reason);
        match self
            .dead_letters
            .publish_raw(&self.subscription.dead_letter_name(), letter)
            .await
        {
            Ok(()) => {
                self.stats.poisoned.fetch_add(1, Relaxed);
                tracing::warn!(
                    subscription = name,
                    message = id,
                    reason,
                    "a message went to the dead letters"
                );
                handler.ack();
            }
            Err(error) => {
                tracing::error!(subscription = name, message = id, %error, "a dead letter could not be sent; the message comes back");
                handler.nack();
            }
        }
    }
}
