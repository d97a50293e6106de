//! `:publish`, `:pull`, `:acknowledge` and `:modifyAckDeadline`.

use super::shapes::{message_from, message_to};
use super::{Answer, Call, Problem};
use crate::broker::domain::refusal::Refusal;
use crate::broker::proto::{EncodedReceivedMessage, PubsubMessage};
use google_cloud_pubsub::model;
use prost::Message;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct PublishBody {
    messages: Vec<model::Message>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct PullBody {
    max_messages: i32,
    return_immediately: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct AckBody {
    ack_ids: Vec<String>,
    ack_deadline_seconds: Option<i32>,
}

impl Call<'_> {
    pub(super) async fn publish(&self, topic: &str) -> Answer {
        let body: PublishBody = self.json()?;
        let messages = body.messages.into_iter().map(message_from).collect();
        let ids = self.engine.publish(topic, messages).await?;
        let ids: Vec<String> = ids.into_iter().map(|id| id.0.to_string()).collect();
        Ok(json!({ "messageIds": ids }))
    }

    pub(super) async fn pull(&self, subscription: &str) -> Answer {
        let body: PullBody = self.json()?;
        let (max_messages, at_once) = (body.max_messages, body.return_immediately);
        let pulled = self
            .engine
            .pull(subscription, max_messages, at_once)
            .await?;
        let messages: Result<Vec<Value>, Problem> = pulled.into_iter().map(received).collect();
        let messages = messages?;
        Ok(if messages.is_empty() {
            json!({})
        } else {
            json!({ "receivedMessages": messages })
        })
    }

    pub(super) async fn acknowledge(&self, subscription: &str) -> Answer {
        let body: AckBody = self.json()?;
        self.engine.acknowledge(subscription, &body.ack_ids).await?;
        Ok(json!({}))
    }

    pub(super) fn modify_ack_deadline(&self, subscription: &str) -> Answer {
        let body: AckBody = self.json()?;
        let seconds = body.ack_deadline_seconds.unwrap_or(0);
        self.engine
            .modify_ack_deadline(subscription, &body.ack_ids, seconds)?;
        Ok(json!({}))
    }
}

fn received(message: EncodedReceivedMessage) -> Result<Value, Problem> {
    let decoded = PubsubMessage::decode(message.message)
        .map_err(|error| Refusal::Unavailable(error.to_string()))?;
    let mut answer = json!({ "ackId": message.ack_id, "message": message_to(decoded) });
    if message.delivery_attempt > 0 {
        answer["deliveryAttempt"] = message.delivery_attempt.into();
    }
    Ok(answer)
}
