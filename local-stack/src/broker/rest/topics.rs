//! `/v1/projects/P/topics` and `/v1/projects/P/topics/T`.

use super::resources::{topic_from, topic_to};
use super::{Answer, Call};
use crate::broker::domain::settings::FieldMask;
use crate::broker::engine::Page;
use crate::broker::proto;
use axum::http::Method;
use google_cloud_pubsub::model;
use serde_json::{Value, json};

impl Call<'_> {
    pub(super) fn list_topics(&self, project: &str) -> Answer {
        if self.method != Method::GET {
            return Err(self.no_such_method());
        }
        let (page_size, page_token) = (self.query.page_size, &self.query.page_token);
        let page = self.engine.list_topics(project, page_size, page_token)?;
        Ok(paged("topics", page, |topic| json!(topic_to(topic))))
    }

    pub(super) async fn topic(&self, name: &str, action: &str) -> Answer {
        match (self.method, action) {
            (&Method::PUT, "") => {
                let topic = topic_from(name, self.json()?)?;
                Ok(shown(self.engine.create_topic(topic).await?))
            }
            (&Method::GET, "") => Ok(shown(self.engine.get_topic(name)?)),
            (&Method::PATCH, "") => self.update_topic(name).await,
            (&Method::DELETE, "") => {
                self.engine.delete_topic(name).await?;
                Ok(json!({}))
            }
            (&Method::POST, "publish") => self.publish(name).await,
            (&Method::GET, "subscriptions") => {
                let (page_size, page_token) = (self.query.page_size, &self.query.page_token);
                let page = self
                    .engine
                    .list_topic_subscriptions(name, page_size, page_token)?;
                Ok(paged("subscriptions", page, Value::from))
            }
            (&Method::GET, "snapshots") => {
                let (page_size, page_token) = (self.query.page_size, &self.query.page_token);
                let page = self
                    .engine
                    .list_topic_snapshots(name, page_size, page_token)?;
                Ok(paged("snapshots", page, Value::from))
            }
            _ => Err(self.no_such_method()),
        }
    }

    async fn update_topic(&self, name: &str) -> Answer {
        let update: model::UpdateTopicRequest = self.json()?;
        let paths = update.update_mask.map(|mask| mask.paths);
        let mask = FieldMask::new(&self.mask_paths(paths))?;
        let topic = topic_from(name, update.topic.unwrap_or_default())?;
        Ok(shown(self.engine.update_topic(&topic, &mask).await?))
    }

    /// The paths of an update mask, from the body or the query.
    pub(super) fn mask_paths(&self, body: Option<Vec<String>>) -> Vec<String> {
        let query = || self.query.update_mask.as_ref();
        body.or_else(|| query().map(|mask| mask.split(',').map(str::to_owned).collect()))
            .unwrap_or_default()
    }
}

fn shown(topic: proto::Topic) -> Value {
    json!(topic_to(topic))
}

/// A page as JSON; without a next one it has no token.
pub(super) fn paged<T>(name: &str, page: Page<T>, shape: impl Fn(T) -> Value) -> Value {
    let mut answer = json!({ name: page.items.into_iter().map(shape).collect::<Vec<_>>() });
    if !page.next_page_token.is_empty() {
        answer["nextPageToken"] = page.next_page_token.into();
    }
    answer
}
