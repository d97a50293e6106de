//! Taking messages: leases from the state, payloads from memory or disk.

use super::{Engine, Refusal, now};
use crate::broker::domain::ids::{ConsumerId, MessageId, SubscriptionId};
use crate::broker::domain::limits::{MAX_MESSAGES_PER_PULL, MAX_REPLY_BYTES};
use crate::broker::domain::message_index::Position;
use crate::broker::domain::queue::Want;
use crate::broker::domain::state::Delivery;
use crate::broker::proto::EncodedReceivedMessage;
use bytes::Bytes;
use std::time::Duration;

/// How long a unary pull waits for the first message.
const PULL_WAIT: Duration = Duration::from_secs(20);

impl Engine {
    /// A unary pull: waits for a first message unless it is to return at once.
    pub(crate) async fn pull(
        &self,
        subscription: &str,
        max_messages: i32,
        return_immediately: bool,
    ) -> Result<Vec<EncodedReceivedMessage>, Refusal> {
        let messages = usize::try_from(max_messages)
            .unwrap_or(0)
            .min(MAX_MESSAGES_PER_PULL);
        if messages == 0 {
            return Err(Refusal::invalid(format!(
                "The value for max_messages is too small. You passed {max_messages} in the request, but the minimum is 1."
            )));
        }
        let (id, lease_for) = {
            let state = self.state.lock();
            let (id, subscription) = state.attached_subscription(subscription)?;
            (id, subscription.settings.ack_deadline)
        };
        let consumer = ConsumerId::NOBODY;
        let want = Want {
            consumer,
            messages,
            bytes: MAX_REPLY_BYTES,
            lease_for,
        };
        if return_immediately {
            return self.take(id, want).await;
        }
        let deadline = tokio::time::Instant::now() + PULL_WAIT;
        self.take_first(subscription, id, want, deadline).await
    }

    async fn take_first(
        &self,
        name: &str,
        id: SubscriptionId,
        want: Want,
        deadline: tokio::time::Instant,
    ) -> Result<Vec<EncodedReceivedMessage>, Refusal> {
        let signal = self.wakers.of(id);
        loop {
            let signal = signal.notified();
            tokio::pin!(signal);
            signal.as_mut().enable();
            let taken = self.take(id, want).await?;
            if !taken.is_empty() {
                return Ok(taken);
            }
            let due = {
                let mut state = self.state.lock();
                state.attached_subscription(name)?;
                state.is_ready(id, want.consumer, now()).1
            };
            let wait = due.map_or(PULL_WAIT, |due| now().until(due) + Duration::from_millis(1));
            tokio::select! {
                () = signal => {}
                () = tokio::time::sleep(wait) => {}
                () = tokio::time::sleep_until(deadline) => return Ok(Vec::new()),
                () = self.stopping.cancelled() => return Ok(Vec::new()),
            }
        }
    }

    pub(super) async fn take(
        &self,
        id: SubscriptionId,
        want: Want,
    ) -> Result<Vec<EncodedReceivedMessage>, Refusal> {
        let deliveries = self.state.lock().take(id, want, now());
        let missing: Vec<Position> = deliveries
            .iter()
            .filter(|delivery| delivery.payload.is_none())
            .map(|delivery| delivery.position)
            .collect();
        let mut read = self.read(missing).await?.into_iter();
        let messages = deliveries.into_iter().map(|delivery| {
            let Delivery {
                ack_id,
                attempt,
                payload,
                ..
            } = delivery;
            EncodedReceivedMessage {
                ack_id: ack_id.to_string(),
                message: payload.or_else(|| read.next()).unwrap_or_default(),
                delivery_attempt: i32::try_from(attempt).unwrap_or(i32::MAX),
            }
        });
        Ok(messages.collect())
    }

    /// The encoded messages of these ids; those that are gone are left out.
    pub(super) async fn payloads(
        &self,
        messages: &[MessageId],
    ) -> Result<Vec<(MessageId, Bytes)>, Refusal> {
        let (ids, positions): (Vec<MessageId>, Vec<Position>) = {
            let state = self.state.lock();
            let kept = messages
                .iter()
                .filter_map(|id| Some((*id, state.index.get(*id)?.position)));
            kept.unzip()
        };
        Ok(ids.into_iter().zip(self.read(positions).await?).collect())
    }

    /// Reads from the log without blocking the other tasks.
    async fn read(&self, positions: Vec<Position>) -> Result<Vec<Bytes>, Refusal> {
        if positions.is_empty() {
            return Ok(Vec::new());
        }
        let log = self.log.clone();
        let read = tokio::task::spawn_blocking(move || log.read(&positions)).await;
        let read = read.map_err(|error| Refusal::Unavailable(error.to_string()))?;
        read.map_err(|error| {
            tracing::error!(%error, "messages could not be read back from the log");
            Refusal::Unavailable("The messages could not be read back from disk.".to_owned())
        })
    }
}
