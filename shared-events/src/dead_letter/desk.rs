//! Where an administrator deals with the dead letters of a subscription.

use super::{DeadLetter, REASON, TIME};
use crate::Subscription;
use crate::bus::{Bus, EventPublisher};
use google_cloud_gax::client_builder;
use google_cloud_pubsub::client::Subscriber;
use google_cloud_pubsub::error::PublishError;
use google_cloud_pubsub::model::Message;
use google_cloud_pubsub::subscriber::ShutdownBehavior;
use google_cloud_pubsub::subscriber::handler::Handler;
use std::time::Duration;

/// No further letter within this time means that there is none.
const QUIET: Duration = Duration::from_secs(2);
/// How long to wait for the answers to leave.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

/// A dead letter, for people.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Buried {
    /// The event's id.
    pub event_id: String,
    /// The event's type.
    pub event_type: String,
    /// Why it is here.
    pub reason: String,
    /// Since when.
    pub since: String,
    /// Its data, as text.
    pub data: String,
}

/// What to do with each letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Leave it where it is.
    Keep,
    /// Publish it again on its topic; consumers that had it already pass over it.
    Redrive,
    /// Forget it.
    Discard,
}

/// The dead letters could not be dealt with.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// The client could not be made.
    #[error("the Pub/Sub client could not be made")]
    Client(#[from] client_builder::Error),
    /// Pub/Sub does not deliver them.
    #[error("the dead letters of {subscription} could not be read")]
    Read {
        /// The subscription's name.
        subscription: String,
        /// What Pub/Sub said.
        #[source]
        source: google_cloud_pubsub::Error,
    },
    /// A letter could not be published again; it is still here.
    #[error("a dead letter could not be published again; it was kept")]
    Redrive(#[from] PublishError),
}

/// Deals with the dead letters of one subscription.
#[derive(Debug)]
pub struct DeadLetterDesk {
    bus: Bus,
    subscription: Subscription,
    client: Subscriber,
    publisher: EventPublisher,
}

impl DeadLetterDesk {
    /// The desk of `subscription`.
    ///
    /// # Errors
    /// The client cannot be made.
    pub async fn open(bus: &Bus, subscription: Subscription) -> Result<Self, DeadLetterError> {
        let (client, publisher) = (bus.subscriber().await?, EventPublisher::new(bus).await?);
        Ok(Self {
            bus: bus.clone(),
            subscription,
            client,
            publisher,
        })
    }

    /// Takes at most `limit` letters and does with each what `decide` says; returns them all.
    ///
    /// # Errors
    /// The letters cannot be read or published; what was decided before stands.
    pub async fn process(
        &self,
        limit: usize,
        mut decide: impl FnMut(&Buried) -> Decision,
    ) -> Result<Vec<Buried>, DeadLetterError> {
        let path = self
            .bus
            .subscription_path(&self.subscription.dead_letter_name());
        let mut stream = self
            .client
            .subscribe(path)
            .set_shutdown_behavior(ShutdownBehavior::NackImmediately)
            .build();
        let mut found = Vec::new();
        let mut kept = Vec::new();
        while found.len() < limit {
            let Ok(Some(next)) = tokio::time::timeout(QUIET, stream.next()).await else {
                break;
            };
            let (message, handler) = next.map_err(|source| DeadLetterError::Read {
                subscription: self.subscription.name(),
                source,
            })?;
            let letter = buried(&message);
            match decide(&letter) {
                Decision::Keep => kept.push(handler),
                Decision::Discard => handler.ack(),
                Decision::Redrive => self.redrive(message, handler).await?,
            }
            found.push(letter);
        }
        kept.into_iter().for_each(Handler::nack);
        let token = stream.shutdown_token();
        drop(stream);
        if tokio::time::timeout(SHUTDOWN_DEADLINE, token.shutdown())
            .await
            .is_err()
        {
            tracing::warn!(
                "not every decision reached Pub/Sub before the deadline; run the command again"
            );
        }
        Ok(found)
    }

    async fn redrive(&self, message: Message, handler: Handler) -> Result<(), DeadLetterError> {
        self.publisher
            .publish_raw(self.subscription.topic.name(), DeadLetter::revived(message))
            .await?;
        handler.ack();
        Ok(())
    }
}

fn buried(message: &Message) -> Buried {
    let attribute = |name: &str| message.attributes.get(name).cloned().unwrap_or_default();
    let reason = match attribute(REASON) {
        reason if reason.is_empty() => "Pub/Sub gave it up after too many deliveries".to_owned(),
        reason => reason,
    };
    Buried {
        event_id: attribute("ce-id"),
        event_type: attribute("ce-type"),
        reason,
        since: attribute(TIME),
        data: String::from_utf8_lossy(&message.data).into_owned(),
    }
}
