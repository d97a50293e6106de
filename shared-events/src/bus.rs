//! The binding to Google Pub/Sub, by Google's own client.
//!
//! `PUBSUB_EMULATOR_HOST` (which that client does not read by itself) leads to a local endpoint without
//! credentials; otherwise the real service is used with application-default credentials, whose absence is
//! found at once instead of at the first call.

mod connect;
mod consumer;
mod publisher;

pub use connect::{BusSettings, ConnectBusError};
pub use consumer::{
    BatchHandler, ConsumeError, Consumer, ConsumerStats, Delivery, MAX_BATCH, Verdict,
};
pub use publisher::{EventPublisher, Publish, PublishEventError};

use google_cloud_auth::credentials::Credentials;
use google_cloud_gax::client_builder;
use google_cloud_pubsub::client::{BasePublisher, Subscriber, SubscriptionAdmin, TopicAdmin};

/// A way to Pub/Sub: where it is and who asks.
#[derive(Debug, Clone)]
pub struct Bus {
    project: String,
    local_endpoint: Option<String>,
    credentials: Credentials,
}

impl Bus {
    /// Whether this is a local endpoint rather than the real service.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.local_endpoint.is_some()
    }

    /// The project that holds the topics.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// A topic's full name.
    #[must_use]
    pub fn topic_path(&self, name: &str) -> String {
        format!("projects/{}/topics/{name}", self.project)
    }

    /// A subscription's full name.
    #[must_use]
    pub fn subscription_path(&self, name: &str) -> String {
        format!("projects/{}/subscriptions/{name}", self.project)
    }

    /// A client that creates topics.
    ///
    /// # Errors
    /// The client cannot be made.
    pub async fn topic_admin(&self) -> Result<TopicAdmin, client_builder::Error> {
        let builder = TopicAdmin::builder().with_credentials(self.credentials.clone());
        match &self.local_endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint).build().await,
            None => builder.build().await,
        }
    }

    /// A client that creates subscriptions.
    ///
    /// # Errors
    /// The client cannot be made.
    pub async fn subscription_admin(&self) -> Result<SubscriptionAdmin, client_builder::Error> {
        let builder = SubscriptionAdmin::builder().with_credentials(self.credentials.clone());
        match &self.local_endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint).build().await,
            None => builder.build().await,
        }
    }

    /// A client that publishes.
    ///
    /// # Errors
    /// The client cannot be made.
    pub async fn base_publisher(&self) -> Result<BasePublisher, client_builder::Error> {
        let builder = BasePublisher::builder().with_credentials(self.credentials.clone());
        match &self.local_endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint).build().await,
            None => builder.build().await,
        }
    }

    /// A client that receives.
    ///
    /// # Errors
    /// The client cannot be made.
    pub async fn subscriber(&self) -> Result<Subscriber, client_builder::Error> {
        let builder = Subscriber::builder().with_credentials(self.credentials.clone());
        match &self.local_endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint).build().await,
            None => builder.build().await,
        }
    }
}
