//! Asks the bus whether it is there, and whether what the service needs exists on it.

use crate::health::ReadinessCheck;
use async_trait::async_trait;
use google_cloud_pubsub::client::SubscriptionAdmin;
use shared_events::bus::Bus;
use shared_events::topology::Subscription;

/// The readiness of the bus for one consumer.
#[derive(Debug)]
pub struct BusCheck {
    admin: SubscriptionAdmin,
    subscriptions: Vec<String>,
}

impl BusCheck {
    /// A check of the subscriptions of `consumer`.
    ///
    /// # Errors
    /// The client cannot be made.
    pub async fn new(
        bus: &Bus,
        consumer: &str,
    ) -> Result<Self, google_cloud_gax::client_builder::Error> {
        let subscriptions = Subscription::of(consumer)
            .map(|own| bus.subscription_path(&own.name()))
            .collect();
        Ok(Self {
            admin: bus.subscription_admin().await?,
            subscriptions,
        })
    }
}

#[async_trait]
impl ReadinessCheck for BusCheck {
    fn name(&self) -> &'static str {
        "bus"
    }

    async fn check(&self) -> Result<(), String> {
        for subscription in &self.subscriptions {
            let request = self.admin.get_subscription().set_subscription(subscription);
            request.send().await.map_err(|error| match error.status() {
                Some(status) => format!("{subscription}: {}", status.message),
                None => "the bus does not answer".to_owned(),
            })?;
        }
        Ok(())
    }
}
