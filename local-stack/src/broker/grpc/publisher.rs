//! `google.pubsub.v1.Publisher`.

use super::generated::publisher_server;
use crate::broker::domain::settings::FieldMask;
use crate::broker::engine::Engine;
use crate::broker::proto::{
    DeleteTopicRequest, DetachSubscriptionRequest, DetachSubscriptionResponse, GetTopicRequest,
    ListTopicSnapshotsRequest, ListTopicSnapshotsResponse, ListTopicSubscriptionsRequest,
    ListTopicSubscriptionsResponse, ListTopicsRequest, ListTopicsResponse, PublishRequest,
    PublishResponse, Topic, UpdateTopicRequest,
};
use std::sync::Arc;
use tonic::{Request, Response, Status, async_trait};

pub(super) struct Publisher {
    engine: Arc<Engine>,
}

impl Publisher {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

type Reply<T> = Result<Response<T>, Status>;

#[async_trait]
impl publisher_server::Publisher for Publisher {
    async fn create_topic(&self, request: Request<Topic>) -> Reply<Topic> {
        Ok(Response::new(
            self.engine.create_topic(request.into_inner()).await?,
        ))
    }

    async fn update_topic(&self, request: Request<UpdateTopicRequest>) -> Reply<Topic> {
        let UpdateTopicRequest { topic, update_mask } = request.into_inner();
        let mask = FieldMask::new(&update_mask.unwrap_or_default().paths)?;
        let topic = self
            .engine
            .update_topic(&topic.unwrap_or_default(), &mask)
            .await?;
        Ok(Response::new(topic))
    }

    async fn publish(&self, request: Request<PublishRequest>) -> Reply<PublishResponse> {
        let PublishRequest { topic, messages } = request.into_inner();
        let ids = self.engine.publish(&topic, messages).await?;
        let message_ids = ids.into_iter().map(|id| id.0.to_string()).collect();
        Ok(Response::new(PublishResponse { message_ids }))
    }

    async fn get_topic(&self, request: Request<GetTopicRequest>) -> Reply<Topic> {
        Ok(Response::new(
            self.engine.get_topic(&request.into_inner().topic)?,
        ))
    }

    async fn list_topics(&self, request: Request<ListTopicsRequest>) -> Reply<ListTopicsResponse> {
        let ListTopicsRequest {
            project,
            page_size,
            page_token,
        } = request.into_inner();
        let page = self.engine.list_topics(&project, page_size, &page_token)?;
        let next_page_token = page.next_page_token;
        Ok(Response::new(ListTopicsResponse {
            topics: page.items,
            next_page_token,
        }))
    }

    async fn list_topic_subscriptions(
        &self,
        request: Request<ListTopicSubscriptionsRequest>,
    ) -> Reply<ListTopicSubscriptionsResponse> {
        let ListTopicSubscriptionsRequest {
            topic,
            page_size,
            page_token,
        } = request.into_inner();
        let page = self
            .engine
            .list_topic_subscriptions(&topic, page_size, &page_token)?;
        let (subscriptions, next_page_token) = (page.items, page.next_page_token);
        Ok(Response::new(ListTopicSubscriptionsResponse {
            subscriptions,
            next_page_token,
        }))
    }

    async fn list_topic_snapshots(
        &self,
        request: Request<ListTopicSnapshotsRequest>,
    ) -> Reply<ListTopicSnapshotsResponse> {
        let ListTopicSnapshotsRequest {
            topic,
            page_size,
            page_token,
        } = request.into_inner();
        let page = self
            .engine
            .list_topic_snapshots(&topic, page_size, &page_token)?;
        let (snapshots, next_page_token) = (page.items, page.next_page_token);
        Ok(Response::new(ListTopicSnapshotsResponse {
            snapshots,
            next_page_token,
        }))
    }

    async fn delete_topic(&self, request: Request<DeleteTopicRequest>) -> Reply<()> {
        self.engine
            .delete_topic(&request.into_inner().topic)
            .await?;
        Ok(Response::new(()))
    }

    async fn detach_subscription(
        &self,
        request: Request<DetachSubscriptionRequest>,
    ) -> Reply<DetachSubscriptionResponse> {
        self.engine
            .detach_subscription(&request.into_inner().subscription)
            .await?;
        Ok(Response::new(DetachSubscriptionResponse {}))
    }
}
