//! `/v1/projects/P/subscriptions` and `/v1/projects/P/subscriptions/S`.

use super::resources::{subscription_from, subscription_to};
use super::shapes::timestamp_from;
use super::topics::paged;
use super::{Answer, Call};
use crate::broker::domain::refusal::Refusal;
use crate::broker::domain::settings::{FieldMask, from_timestamp};
use crate::broker::proto;
use axum::http::Method;
use google_cloud_pubsub::model::{self, seek_request::Target};
use serde_json::{Value, json};

impl Call<'_> {
    pub(super) fn list_subscriptions(&self, project: &str) -> Answer {
        if self.method != Method::GET {
            return Err(self.no_such_method());
        }
        let (page_size, page_token) = (self.query.page_size, &self.query.page_token);
        let page = self
            .engine
            .list_subscriptions(project, page_size, page_token)?;
        Ok(paged("subscriptions", page, shown))
    }

    pub(super) async fn subscription(&self, name: &str, action: &str) -> Answer {
        match (self.method, action) {
            (&Method::PUT, "") => {
                let subscription = subscription_from(name, self.json()?)?;
                Ok(shown(self.engine.create_subscription(subscription).await?))
            }
            (&Method::GET, "") => Ok(shown(self.engine.get_subscription(name)?)),
            (&Method::PATCH, "") => self.update_subscription(name).await,
            (&Method::DELETE, "") => {
                self.engine.delete_subscription(name).await?;
                Ok(json!({}))
            }
            (&Method::POST, "detach") => {
                self.engine.detach_subscription(name).await?;
                Ok(json!({}))
            }
            (&Method::POST, "pull") => self.pull(name).await,
            (&Method::POST, "acknowledge") => self.acknowledge(name).await,
            (&Method::POST, "modifyAckDeadline") => self.modify_ack_deadline(name),
            (&Method::POST, "modifyPushConfig") => self.modify_push_config(name),
            (&Method::POST, "seek") => self.seek(name).await,
            _ => Err(self.no_such_method()),
        }
    }

    async fn update_subscription(&self, name: &str) -> Answer {
        let update: model::UpdateSubscriptionRequest = self.json()?;
        let paths = update.update_mask.map(|mask| mask.paths);
        let mask = FieldMask::new(&self.mask_paths(paths))?;
        let subscription = subscription_from(name, update.subscription.unwrap_or_default())?;
        Ok(shown(
            self.engine
                .update_subscription(&subscription, &mask)
                .await?,
        ))
    }

    fn modify_push_config(&self, name: &str) -> Answer {
        let request: model::ModifyPushConfigRequest = self.json()?;
        let config = request
            .push_config
            .filter(|config| *config != model::PushConfig::default());
        let config = config.map(|config| proto::PushConfig {
            push_endpoint: config.push_endpoint,
            ..proto::PushConfig::default()
        });
        self.engine.modify_push_config(name, config.as_ref())?;
        Ok(json!({}))
    }

    async fn seek(&self, name: &str) -> Answer {
        let request: model::SeekRequest = self.json()?;
        match request.target {
            Some(Target::Time(time)) => {
                let time = from_timestamp(timestamp_from(&time));
                self.engine.seek_to_time(name, time).await?;
            }
            Some(Target::Snapshot(snapshot)) => {
                self.engine.seek_to_snapshot(name, &snapshot).await?;
            }
            _ => return Err(Refusal::invalid("A seek names a time or a snapshot.").into()),
        }
        Ok(json!({}))
    }
}

fn shown(subscription: proto::Subscription) -> Value {
    json!(subscription_to(subscription))
}
