//! Seeking a subscription to a time or a snapshot.

use super::{Engine, Refusal};
use crate::broker::domain::change::Change;
use crate::broker::domain::filter::Filter;
use crate::broker::domain::ids::{MessageId, Millis};
use crate::broker::proto::PubsubMessage;
use prost::Message;
use std::collections::BTreeSet;

impl Engine {
    /// Everything published before the time is acknowledged; what is kept from then on is not.
    pub(crate) async fn seek_to_time(&self, name: &str, time: Millis) -> Result<(), Refusal> {
        let turn = self.turn().await;
        let (subscription, up_to, mut messages, candidates, filter) = {
            let state = self.state.lock();
            let (id, subscription) = state.attached_subscription(name)?;
            let (messages, candidates) = state.since(subscription, time);
            let filter = subscription.settings.filter.clone();
            (id, state.last_message, messages, candidates, filter)
        };
        messages.extend(self.filtered(filter.as_ref(), candidates).await?);
        let unacknowledged = messages.into_iter().collect();
        self.make(
            Change::Sought {
                subscription,
                up_to,
                unacknowledged,
            },
            turn,
        )
        .await
    }

    /// What the snapshot holds is unacknowledged, and nothing else.
    pub(crate) async fn seek_to_snapshot(&self, name: &str, snapshot: &str) -> Result<(), Refusal> {
        let turn = self.turn().await;
        let (subscription, up_to, messages, filter) = {
            let state = self.state.lock();
            let (id, subscription) = state.attached_subscription(name)?;
            let messages = state.in_snapshot(subscription, snapshot)?;
            (
                id,
                state.last_message,
                messages,
                subscription.settings.filter.clone(),
            )
        };
        let unacknowledged = self.filtered(filter.as_ref(), messages).await?;
        self.make(
            Change::Sought {
                subscription,
                up_to,
                unacknowledged,
            },
            turn,
        )
        .await
    }

    /// The messages that a filter wants; their attributes are read from the log.
    async fn filtered(
        &self,
        filter: Option<&Filter>,
        messages: BTreeSet<MessageId>,
    ) -> Result<Vec<MessageId>, Refusal> {
        let messages: Vec<MessageId> = messages.into_iter().collect();
        let Some(filter) = filter else {
            return Ok(messages);
        };
        let mut wanted = Vec::new();
        for some in messages.chunks(MESSAGES_PER_READ) {
            let read = self.payloads(some).await?.into_iter();
            wanted.extend(read.filter_map(|(id, bytes)| {
                let message = PubsubMessage::decode(bytes).ok()?;
                filter.matches(&message.attributes).then_some(id)
            }));
        }
        Ok(wanted)
    }
}

/// Bounds the memory of filtering.
const MESSAGES_PER_READ: usize = 1_000;
