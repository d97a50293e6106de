//! Topics: create, update, get, list, delete.

use super::listing::{Page, page};
use super::{Engine, Refusal};
use crate::broker::domain::change::Change;
use crate::broker::domain::ids::TopicId;
use crate::broker::domain::limits::MAX_RESOURCES;
use crate::broker::domain::settings::{FieldMask, check_topic, update_topic};
use crate::broker::proto;

impl Engine {
    pub(crate) async fn create_topic(&self, topic: proto::Topic) -> Result<proto::Topic, Refusal> {
        let topic = check_topic(topic)?;
        let turn = self.turn().await;
        let id = {
            let state = self.state.lock();
            if state.topics.id(&topic.name).is_some() {
                return Err(Refusal::AlreadyExists(topic.name));
            }
            if state.topics.len() >= MAX_RESOURCES {
                return Err(Refusal::ResourceExhausted(format!(
                    "The broker has {MAX_RESOURCES} topics; it takes no more."
                )));
            }
            TopicId(state.last_topic.0 + 1)
        };
        self.make(
            Change::TopicSaved {
                id,
                topic: Box::new(topic.clone()),
            },
            turn,
        )
        .await?;
        Ok(topic)
    }

    pub(crate) async fn update_topic(
        &self,
        update: &proto::Topic,
        mask: &FieldMask,
    ) -> Result<proto::Topic, Refusal> {
        let turn = self.turn().await;
        let (id, topic) = {
            let state = self.state.lock();
            let (id, topic) = state.topic(&update.name)?;
            (id, update_topic(&topic.proto, update, mask)?)
        };
        self.make(
            Change::TopicSaved {
                id,
                topic: Box::new(topic.clone()),
            },
            turn,
        )
        .await?;
        Ok(topic)
    }

    pub(crate) fn get_topic(&self, name: &str) -> Result<proto::Topic, Refusal> {
        Ok(self.state.lock().topic(name)?.1.proto.clone())
    }

    pub(crate) fn list_topics(
        &self,
        project: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<Page<proto::Topic>, Refusal> {
        let prefix = format!("{project}/topics/");
        let state = self.state.lock();
        let topics = state.topics.after(&prefix, page_token);
        page(
            topics.map(|(name, topic)| (name, topic.proto.clone())),
            page_size,
        )
    }

    pub(crate) fn list_topic_subscriptions(
        &self,
        topic: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<Page<String>, Refusal> {
        let state = self.state.lock();
        let (_, topic) = state.topic(topic)?;
        let subscriptions = topic
            .subscriptions
            .iter()
            .filter_map(|id| state.subscriptions.get(*id));
        let mut names: Vec<&str> = subscriptions.map(|it| it.proto.name.as_str()).collect();
        names.sort_unstable();
        let rest = names.into_iter().filter(|name| *name > page_token);
        page(rest.map(|name| (name, name.to_owned())), page_size)
    }

    pub(crate) fn list_topic_snapshots(
        &self,
        topic: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<Page<String>, Refusal> {
        let state = self.state.lock();
        let (id, _) = state.topic(topic)?;
        let of_topic = state
            .snapshots
            .iter()
            .filter(|(_, snapshot)| snapshot.topic == id);
        let rest = of_topic
            .map(|(name, _)| name.as_str())
            .filter(|name| *name > page_token);
        page(rest.map(|name| (name, name.to_owned())), page_size)
    }

    pub(crate) async fn delete_topic(&self, name: &str) -> Result<(), Refusal> {
        let turn = self.turn().await;
        let id = self.state.lock().topic(name)?.0;
        self.make(Change::TopicDeleted { id }, turn).await
    }
}
