//! A subscription of the runner's own: it begins with now, and is gone afterwards.

use google_cloud_pubsub::client::{Subscriber, SubscriptionAdmin};
use google_cloud_pubsub::model::ExpirationPolicy;
use google_cloud_wkt::Duration as WireDuration;
use shared_events::bus::Bus;
use shared_events::{Envelope, Event, Topic};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// The least that Pub/Sub takes, in seconds: nobody reads yesterday's lines.
const RETENTION_SECONDS: i64 = 600;
/// The least that Pub/Sub takes, in seconds: what a killed runner left goes by itself.
const EXPIRES_AFTER_SECONDS: i64 = 24 * 3_600;
/// Before another try when the broker is away.
const PAUSE: Duration = Duration::from_millis(200);
/// Taking a subscription away must not hold up a stop.
const DELETE_DEADLINE: Duration = Duration::from_secs(2);

/// The subscription.
#[derive(Debug)]
pub(super) struct TemporarySubscription {
    bus: Bus,
    admin: SubscriptionAdmin,
    path: String,
}

/// Reads it.
#[derive(Debug)]
pub(super) struct Reader {
    client: Subscriber,
    path: String,
}

impl TemporarySubscription {
    /// A new one for these events; one that a killed runner left goes first, with what it holds.
    pub(super) async fn create(bus: &Bus, topic: Topic, events: &[&str]) -> anyhow::Result<Self> {
        let subscription = Self {
            bus: bus.clone(),
            admin: bus.subscription_admin().await?,
            path: bus.subscription_path(&format!("catweb-up.{topic}")),
        };
        subscription.forget().await;
        let filter: Vec<_> = events
            .iter()
            .map(|event| {
                format!(r#"hasPrefix(attributes."ce-type", "net.miaou.{topic}.{event}.")"#)
            })
            .collect();
        let expiration =
            ExpirationPolicy::new().set_ttl(WireDuration::clamp(EXPIRES_AFTER_SECONDS, 0));
        subscription
            .admin
            .create_subscription()
            .set_name(&subscription.path)
            .set_topic(bus.topic_path(topic.name()))
            .set_filter(filter.join(" OR "))
            .set_message_retention_duration(WireDuration::clamp(RETENTION_SECONDS, 0))
            .set_expiration_policy(expiration)
            .send()
            .await?;
        Ok(subscription)
    }

    pub(super) async fn reader(&self) -> anyhow::Result<Reader> {
        Ok(Reader {
            client: self.bus.subscriber().await?,
            path: self.path.clone(),
        })
    }

    /// Takes it away.
    pub(super) async fn delete(self) {
        let _expires_by_itself = timeout(DELETE_DEADLINE, self.forget()).await;
    }

    async fn forget(&self) {
        let request = self.admin.delete_subscription();
        let _absent = request.set_subscription(&self.path).send().await;
    }
}

impl Reader {
    /// Reads until it is dropped, also when the broker was away for a while.
    pub(super) async fn read(self, mut tell: impl FnMut(Event)) {
        loop {
            let mut stream = self.client.subscribe(self.path.clone()).build();
            while let Some(Ok((message, handler))) = stream.next().await {
                handler.ack();
                let envelope = Envelope::from_message(&message.attributes, message.data);
                // What cannot be read is for the services' dead letters, not for a line here.
                if let Ok(event) = envelope.map(|envelope| Event::decode(&envelope)) {
                    event.into_iter().for_each(&mut tell);
                }
            }
            drop(stream);
            sleep(PAUSE).await;
        }
    }
}
