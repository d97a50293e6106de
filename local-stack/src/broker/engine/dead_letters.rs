//! Moves messages whose deliveries failed too often to their dead-letter topic.

use super::{Engine, Refusal};
use crate::broker::domain::change::Change;
use crate::broker::domain::dead_letter;
use crate::broker::domain::ids::TopicId;
use crate::broker::domain::state::Hopeless;
use crate::broker::log::Entry;
use crate::broker::proto::PubsubMessage;
use prost::Message;

impl Engine {
    /// Moves all messages that are due. One that cannot be moved is tried again by its subscription.
    pub(super) async fn bury_hopeless(&self) {
        let hopeless = self.state.lock().hopeless();
        for message in hopeless {
            if let Err(refusal) = self.bury(message).await {
                tracing::warn!(%refusal, message = message.message.0, "a message could not be dead-lettered");
                let mut state = self.state.lock();
                if let Some(subscription) = state.subscriptions.get_mut(message.subscription) {
                    subscription.queue.exhume(message.message);
                }
            }
        }
    }

    async fn bury(&self, hopeless: Hopeless) -> Result<(), Refusal> {
        let Hopeless {
            subscription,
            message,
            failures,
        } = hopeless;
        let (name, topic) = self.destination(hopeless)?;
        let payload = self.payloads(&[message]).await?.pop();
        let Some((_, payload)) = payload else {
            return Ok(());
        };
        let dead = PubsubMessage::decode(payload)
            .map_err(|error| Refusal::Unavailable(error.to_string()))?;
        let dead = dead_letter::prepare(dead, &name, failures);
        self.append(vec![
            Entry::Publish {
                topic,
                messages: vec![dead],
            },
            Entry::Change(Change::Acknowledged {
                subscription,
                messages: vec![message],
            }),
        ])
        .await
    }

    /// The subscription's name and its dead-letter topic.
    fn destination(&self, hopeless: Hopeless) -> Result<(String, TopicId), Refusal> {
        let state = self.state.lock();
        let subscription = state.subscriptions.get(hopeless.subscription);
        let Some(subscription) = subscription else {
            return Err(Refusal::NotFound("the message's subscription".to_owned()));
        };
        let topic = subscription
            .settings
            .dead_letter_topic
            .as_deref()
            .unwrap_or_default();
        Ok((subscription.proto.name.clone(), state.topic(topic)?.0))
    }
}
