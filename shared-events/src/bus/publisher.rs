//! Publishes outgoing events: many at once, in order per key.

use super::Bus;
use crate::{OutgoingEvent, Topic};
use async_trait::async_trait;
use google_cloud_gax::client_builder;
use google_cloud_pubsub::client::BasePublisher;
use google_cloud_pubsub::error::PublishError;
use google_cloud_pubsub::model::Message;
use google_cloud_pubsub::publisher::PublishFuture;

/// The most messages in one request to Pub/Sub (its limit is 1,000).
const MAX_MESSAGES_PER_REQUEST: u32 = 1_000;
/// The most bytes in one request to Pub/Sub (its limit is 10 MB).
const MAX_BYTES_PER_REQUEST: u32 = 8_000_000;

/// An event was not published.
#[derive(Debug, thiserror::Error)]
#[error("event {id} was not published on {topic}")]
pub struct PublishEventError {
    /// The event's id.
    pub id: String,
    /// Where it should have gone.
    pub topic: String,
    /// What Pub/Sub said.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A bus that takes events.
#[async_trait]
pub trait Publish: Send + Sync + 'static {
    /// Publishes all events and waits for each answer; the answers are in the events' order.
    ///
    /// Once an event of a key has failed, no later one of that key is published.
    async fn publish(&self, events: Vec<OutgoingEvent>) -> Vec<Result<(), PublishEventError>>;
}

/// A client that publishes events.
#[derive(Debug, Clone)]
pub struct EventPublisher {
    bus: Bus,
    client: BasePublisher,
}

impl EventPublisher {
    /// A publisher on the bus.
    ///
    /// # Errors
    /// The client cannot be made.
    pub async fn new(bus: &Bus) -> Result<Self, client_builder::Error> {
        Ok(Self {
            bus: bus.clone(),
            client: bus.base_publisher().await?,
        })
    }

    /// Publishes all events and waits for each answer; the answers are in the events' order.
    ///
    /// Once an event of a key has failed, no later one of that key is published.
    ///
    /// Google's client keeps a task for every ordering key that a publisher has ever seen, so a publisher
    /// lives for one call: no task outlives its batch, and a failed key starts anew with the next.
    pub async fn publish(&self, events: Vec<OutgoingEvent>) -> Vec<Result<(), PublishEventError>> {
        let mut publishers: Vec<(Topic, google_cloud_pubsub::client::Publisher)> = Vec::new();
        let mut answers: Vec<(String, Topic, PublishFuture)> = Vec::with_capacity(events.len());
        for event in events {
            let (id, topic) = (event.id.clone(), event.topic);
            let index = match publishers.iter().position(|(of, _)| *of == topic) {
                Some(index) => index,
                None => {
                    publishers.push((topic, self.topic_publisher(topic.name())));
                    publishers.len() - 1
                }
            };
            answers.push((id, topic, publishers[index].1.publish(message(event))));
        }
        for (_, publisher) in &publishers {
            publisher.flush().await;
        }
        let mut results = Vec::with_capacity(answers.len());
        for (id, topic, answer) in answers {
            results.push(match answer.await {
                Ok(_) => Ok(()),
                Err(source) => Err(PublishEventError {
                    id,
                    topic: topic.name().to_owned(),
                    source: Box::new(source),
                }),
            });
        }
        results
    }

    /// Publishes one raw message on any topic, for dead letters.
    ///
    /// # Errors
    /// Pub/Sub refused or cannot be reached.
    pub(crate) async fn publish_raw(
        &self,
        topic: &str,
        message: Message,
    ) -> Result<(), PublishError> {
        let publisher = self.topic_publisher(topic);
        let answer = publisher.publish(message);
        publisher.flush().await;
        answer.await.map(|_| ())
    }

    fn topic_publisher(&self, topic: &str) -> google_cloud_pubsub::client::Publisher {
        self.client
            .publisher(self.bus.topic_path(topic))
            .set_message_count_threshold(MAX_MESSAGES_PER_REQUEST)
            .set_byte_threshold(MAX_BYTES_PER_REQUEST)
            .build()
    }
}

#[async_trait]
impl Publish for EventPublisher {
    async fn publish(&self, events: Vec<OutgoingEvent>) -> Vec<Result<(), PublishEventError>> {
        Self::publish(self, events).await
    }
}

fn message(event: OutgoingEvent) -> Message {
    let ordering_key = event.ordering_key.clone();
    let producer = event.topic.producer();
    let envelope = event.into_envelope(producer);
    Message::new()
        .set_attributes(envelope.to_attributes())
        .set_ordering_key(ordering_key)
        .set_data(envelope.data)
}
