//! Subscriptions: create, update, get, list, detach, delete.

use super::listing::{Page, page};
use super::{Engine, Refusal};
use crate::broker::domain::change::Change;
use crate::broker::domain::ids::{SubscriptionId, TopicId};
use crate::broker::domain::limits::MAX_RESOURCES;
use crate::broker::domain::settings::{
    FieldMask, complete_subscription, is_push, update_subscription,
};
use crate::broker::domain::state::{State, Subscription};
use crate::broker::proto;

impl Engine {
    pub(crate) async fn create_subscription(
        &self,
        subscription: proto::Subscription,
    ) -> Result<proto::Subscription, Refusal> {
        let mut subscription = complete_subscription(subscription)?;
        let turn = self.turn().await;
        let (id, topic) = {
            let state = self.state.lock();
            if state.subscriptions.id(&subscription.name).is_some() {
                return Err(Refusal::AlreadyExists(subscription.name));
            }
            if state.subscriptions.len() >= MAX_RESOURCES {
                return Err(Refusal::ResourceExhausted(format!(
                    "The broker has {MAX_RESOURCES} subscriptions; it takes no more."
                )));
            }
            let (topic, _) = state.topic(&subscription.topic)?;
            check_dead_letter_topic(&state, &subscription)?;
            (SubscriptionId(state.last_subscription.0 + 1), topic)
        };
        subscription.detached = false;
        let saved = Box::new(subscription.clone());
        self.make(
            Change::SubscriptionSaved {
                id,
                topic,
                subscription: saved,
            },
            turn,
        )
        .await?;
        Ok(subscription)
    }

    pub(crate) async fn update_subscription(
        &self,
        update: &proto::Subscription,
        mask: &FieldMask,
    ) -> Result<proto::Subscription, Refusal> {
        let turn = self.turn().await;
        let (id, topic, subscription) = {
            let state = self.state.lock();
            let (id, old) = state.subscription(&update.name)?;
            let subscription = update_subscription(&old.proto, update, mask)?;
            check_dead_letter_topic(&state, &subscription)?;
            (id, old.topic.unwrap_or(TopicId(0)), subscription)
        };
        let saved = Box::new(subscription.clone());
        self.make(
            Change::SubscriptionSaved {
                id,
                topic,
                subscription: saved,
            },
            turn,
        )
        .await?;
        Ok(subscription)
    }

    pub(crate) fn get_subscription(&self, name: &str) -> Result<proto::Subscription, Refusal> {
        let state = self.state.lock();
        Ok(shown(&state, state.subscription(name)?.1))
    }

    pub(crate) fn list_subscriptions(
        &self,
        project: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<Page<proto::Subscription>, Refusal> {
        let prefix = format!("{project}/subscriptions/");
        let state = self.state.lock();
        let subscriptions = state.subscriptions.after(&prefix, page_token);
        page(
            subscriptions.map(|(name, it)| (name, shown(&state, it))),
            page_size,
        )
    }

    pub(crate) async fn detach_subscription(&self, name: &str) -> Result<(), Refusal> {
        let turn = self.turn().await;
        let (id, mut subscription) = {
            let state = self.state.lock();
            let (id, subscription) = state.subscription(name)?;
            (id, Box::new(subscription.proto.clone()))
        };
        subscription.detached = true;
        self.make(
            Change::SubscriptionSaved {
                id,
                topic: TopicId(0),
                subscription,
            },
            turn,
        )
        .await
    }

    /// Pull subscriptions stay pull subscriptions.
    pub(crate) fn modify_push_config(
        &self,
        name: &str,
        config: Option<&proto::PushConfig>,
    ) -> Result<(), Refusal> {
        self.state.lock().subscription(name)?;
        if config.is_some_and(is_push) {
            return Err(Refusal::Unimplemented(
                "The local broker has no push delivery (push_config): pull from the subscription."
                    .to_owned(),
            ));
        }
        Ok(())
    }

    pub(crate) async fn delete_subscription(&self, name: &str) -> Result<(), Refusal> {
        let turn = self.turn().await;
        let id = self.state.lock().subscription(name)?.0;
        self.make(Change::SubscriptionDeleted { id }, turn).await?;
        self.wakers.forget(id);
        Ok(())
    }
}

/// The subscription as clients see it: with its topic's retention.
fn shown(state: &State, subscription: &Subscription) -> proto::Subscription {
    let mut shown = subscription.proto.clone();
    let topic = subscription.topic.and_then(|topic| state.topics.get(topic));
    shown.topic_message_retention_duration =
        topic.and_then(|topic| topic.proto.message_retention_duration);
    shown
}

fn check_dead_letter_topic(
    state: &State,
    subscription: &proto::Subscription,
) -> Result<(), Refusal> {
    let Some(policy) = &subscription.dead_letter_policy else {
        return Ok(());
    };
    state.topic(&policy.dead_letter_topic).map(|_| ())
}
