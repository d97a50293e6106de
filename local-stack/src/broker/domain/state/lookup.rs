//! Finding things by name.

use super::{State, Subscription, Topic};
use crate::broker::domain::ids::{SubscriptionId, TopicId};
use crate::broker::domain::refusal::Refusal;

impl State {
    /// # Errors
    /// There is no such topic.
    pub(crate) fn topic(&self, name: &str) -> Result<(TopicId, &Topic), Refusal> {
        self.topics
            .named(name)
            .ok_or_else(|| Refusal::NotFound(name.to_owned()))
    }

    /// # Errors
    /// There is no such subscription.
    pub(crate) fn subscription(
        &self,
        name: &str,
    ) -> Result<(SubscriptionId, &Subscription), Refusal> {
        self.subscriptions
            .named(name)
            .ok_or_else(|| Refusal::NotFound(name.to_owned()))
    }

    /// A subscription from which messages can be had.
    ///
    /// # Errors
    /// There is none, or it is detached.
    pub(crate) fn attached_subscription(
        &self,
        name: &str,
    ) -> Result<(SubscriptionId, &Subscription), Refusal> {
        let (id, subscription) = self.subscription(name)?;
        if subscription.proto.detached {
            return Err(Refusal::FailedPrecondition(format!(
                "The subscription is detached from its topic (resource={name})."
            )));
        }
        Ok((id, subscription))
    }
}
