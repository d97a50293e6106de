//! Creates the topology where it is missing. Safe to run again; it deletes nothing.

use super::{
    ACK_DEADLINE_SECONDS, ALLOWED_REGIONS, MAX_BACKOFF_SECONDS, MAX_DELIVERY_ATTEMPTS,
    MIN_BACKOFF_SECONDS, ORDERED_WINDOW, RETENTION_SECONDS, SUBSCRIPTIONS, Subscription, Topic,
};
use crate::bus::Bus;
use google_cloud_gax::error::rpc::Code;
use google_cloud_pubsub::client::{SubscriptionAdmin, TopicAdmin};
use google_cloud_pubsub::model::{
    DeadLetterPolicy, ExpirationPolicy, MessageStoragePolicy, RetryPolicy,
};
use google_cloud_wkt::Duration;

/// The topology could not be put in place.
#[derive(Debug, thiserror::Error)]
pub enum ApplyTopologyError {
    /// The administration client could not be made.
    #[error("the Pub/Sub administration client could not be made")]
    Client(#[source] google_cloud_gax::client_builder::Error),
    /// A topic or subscription could not be created.
    #[error("could not create {name} on Pub/Sub")]
    Create {
        /// Its full name.
        name: String,
        /// What Pub/Sub said.
        #[source]
        source: google_cloud_pubsub::Error,
    },
}

/// Creates every topic and subscription that does not exist yet.
///
/// # Errors
/// The bus cannot be reached, or refuses.
pub async fn apply(bus: &Bus) -> Result<(), ApplyTopologyError> {
    let topics = bus
        .topic_admin()
        .await
        .map_err(ApplyTopologyError::Client)?;
    let subscriptions = bus
        .subscription_admin()
        .await
        .map_err(ApplyTopologyError::Client)?;
    let admin = Admin {
        bus,
        topics,
        subscriptions,
    };
    for topic in Topic::ALL {
        admin.create_topic(topic.name()).await?;
    }
    for subscription in SUBSCRIPTIONS {
        let dead_letters = subscription.dead_letter_name();
        admin.create_topic(&dead_letters).await?;
        admin.create_dead_letter_subscription(&dead_letters).await?;
        admin.create_subscription(subscription).await?;
    }
    Ok(())
}

struct Admin<'a> {
    bus: &'a Bus,
    topics: TopicAdmin,
    subscriptions: SubscriptionAdmin,
}

impl Admin<'_> {
    async fn create_topic(&self, name: &str) -> Result<(), ApplyTopologyError> {
        let name = self.bus.topic_path(name);
        let mut request = self.topics.create_topic().set_name(&name);
        if !self.bus.is_local() {
            request = request.set_message_storage_policy(
                MessageStoragePolicy::new()
                    .set_allowed_persistence_regions(ALLOWED_REGIONS.iter().copied()),
            );
        }
        unless_it_exists(name, request.send().await)
    }

    async fn create_subscription(
        &self,
        subscription: &Subscription,
    ) -> Result<(), ApplyTopologyError> {
        let name = self.bus.subscription_path(&subscription.name());
        let request = self
            .subscriptions
            .create_subscription()
            .set_name(&name)
            .set_topic(self.bus.topic_path(subscription.topic.name()))
            .set_ack_deadline_seconds(ACK_DEADLINE_SECONDS)
            .set_enable_message_ordering(true)
            .set_labels([ORDERED_WINDOW])
            .set_filter(subscription.filter())
            .set_message_retention_duration(Duration::clamp(RETENTION_SECONDS, 0))
            .set_expiration_policy(ExpirationPolicy::new())
            .set_dead_letter_policy(
                DeadLetterPolicy::new()
                    .set_dead_letter_topic(self.bus.topic_path(&subscription.dead_letter_name()))
                    .set_max_delivery_attempts(MAX_DELIVERY_ATTEMPTS),
            )
            .set_retry_policy(
                RetryPolicy::new()
                    .set_minimum_backoff(Duration::clamp(MIN_BACKOFF_SECONDS, 0))
                    .set_maximum_backoff(Duration::clamp(MAX_BACKOFF_SECONDS, 0)),
            );
        unless_it_exists(name, request.send().await)
    }

    async fn create_dead_letter_subscription(
        &self,
        dead_letters: &str,
    ) -> Result<(), ApplyTopologyError> {
        let name = self.bus.subscription_path(dead_letters);
        let request = self
            .subscriptions
            .create_subscription()
            .set_name(&name)
            .set_topic(self.bus.topic_path(dead_letters))
            .set_ack_deadline_seconds(ACK_DEADLINE_SECONDS)
            .set_message_retention_duration(Duration::clamp(RETENTION_SECONDS, 0))
            .set_expiration_policy(ExpirationPolicy::new());
        unless_it_exists(name, request.send().await)
    }
}

fn unless_it_exists<T>(
    name: String,
    result: google_cloud_pubsub::Result<T>,
) -> Result<(), ApplyTopologyError> {
    match result {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .status()
                .is_some_and(|status| status.code == Code::AlreadyExists) =>
        {
            Ok(())
        }
        Err(source) => Err(ApplyTopologyError::Create { name, source }),
    }
}
