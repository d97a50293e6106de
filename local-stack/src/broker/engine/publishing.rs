//! Publishing: answered when the messages are on disk.

use super::{Engine, PERMIT_BYTES, Refusal, unavailable};
use crate::broker::domain::ids::MessageId;
use crate::broker::domain::limits::{MAX_KEPT_MESSAGES, MAX_UNWRITTEN_BYTES};
use crate::broker::domain::publishing;
use crate::broker::log::Entry;
use crate::broker::proto::PubsubMessage;
use prost::Message;

impl Engine {
    /// Publishes messages; answers their ids in the same order.
    pub(crate) async fn publish(
        &self,
        topic: &str,
        messages: Vec<PubsubMessage>,
    ) -> Result<Vec<MessageId>, Refusal> {
        publishing::check(&messages)?;
        let topic = {
            let state = self.state.lock();
            if state.index.len() >= MAX_KEPT_MESSAGES {
                return Err(Refusal::ResourceExhausted(format!(
                    "The broker keeps {MAX_KEPT_MESSAGES} messages that nobody acknowledged; consume, or seek or \
                     delete the subscriptions that are behind."
                )));
            }
            state.topic(topic)?.0
        };
        let bytes: usize = messages.iter().map(Message::encoded_len).sum();
        let permits = (bytes / PERMIT_BYTES + 1).min(MAX_UNWRITTEN_BYTES / PERMIT_BYTES);
        let permits = u32::try_from(permits).unwrap_or(u32::MAX);
        let _permits = self.unwritten.acquire_many(permits).await;
        let count = messages.len() as u64;
        let entry = Entry::Publish { topic, messages };
        let appended = self
            .log
            .append(vec![entry], super::now())
            .map_err(unavailable)?;
        let first = appended.first_message;
        appended.written().await.map_err(unavailable)?;
        Ok((first.0..first.0 + count).map(MessageId).collect())
    }
}
