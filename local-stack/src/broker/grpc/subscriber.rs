//! `google.pubsub.v1.Subscriber`.

use super::generated::subscriber_server;
use super::streaming_pull::{self, Replies};
use crate::broker::domain::refusal::Refusal;
use crate::broker::domain::settings::{FieldMask, from_timestamp};
use crate::broker::engine::Engine;
use crate::broker::proto::{
    AcknowledgeRequest, CreateSnapshotRequest, DeleteSnapshotRequest, DeleteSubscriptionRequest,
    EncodedPullResponse, GetSnapshotRequest, GetSubscriptionRequest, ListSnapshotsRequest,
    ListSnapshotsResponse, ListSubscriptionsRequest, ListSubscriptionsResponse,
    ModifyAckDeadlineRequest, ModifyPushConfigRequest, PullRequest, SeekRequest, SeekResponse,
    Snapshot, StreamingPullRequest, Subscription, UpdateSnapshotRequest, UpdateSubscriptionRequest,
    seek_request::Target,
};
use std::sync::Arc;
use tonic::{Request, Response, Status, Streaming, async_trait};

pub(super) struct Subscriber {
    engine: Arc<Engine>,
}

impl Subscriber {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

type Reply<T> = Result<Response<T>, Status>;

#[async_trait]
impl subscriber_server::Subscriber for Subscriber {
    type StreamingPullStream = Replies;

    async fn create_subscription(&self, request: Request<Subscription>) -> Reply<Subscription> {
        Ok(Response::new(
            self.engine
                .create_subscription(request.into_inner())
                .await?,
        ))
    }

    async fn get_subscription(
        &self,
        request: Request<GetSubscriptionRequest>,
    ) -> Reply<Subscription> {
        Ok(Response::new(
            self.engine
                .get_subscription(&request.into_inner().subscription)?,
        ))
    }

    async fn update_subscription(
        &self,
        request: Request<UpdateSubscriptionRequest>,
    ) -> Reply<Subscription> {
        let UpdateSubscriptionRequest {
            subscription,
            update_mask,
        } = request.into_inner();
        let mask = FieldMask::new(&update_mask.unwrap_or_default().paths)?;
        let subscription = subscription.unwrap_or_default();
        Ok(Response::new(
            self.engine
                .update_subscription(&subscription, &mask)
                .await?,
        ))
    }

    async fn list_subscriptions(
        &self,
        request: Request<ListSubscriptionsRequest>,
    ) -> Reply<ListSubscriptionsResponse> {
        let ListSubscriptionsRequest {
            project,
            page_size,
            page_token,
        } = request.into_inner();
        let page = self
            .engine
            .list_subscriptions(&project, page_size, &page_token)?;
        let (subscriptions, next_page_token) = (page.items, page.next_page_token);
        Ok(Response::new(ListSubscriptionsResponse {
            subscriptions,
            next_page_token,
        }))
    }

    async fn delete_subscription(&self, request: Request<DeleteSubscriptionRequest>) -> Reply<()> {
        self.engine
            .delete_subscription(&request.into_inner().subscription)
            .await?;
        Ok(Response::new(()))
    }

    async fn modify_ack_deadline(&self, request: Request<ModifyAckDeadlineRequest>) -> Reply<()> {
        let request = request.into_inner();
        let ModifyAckDeadlineRequest {
            subscription,
            ack_ids,
            ack_deadline_seconds,
        } = request;
        self.engine
            .modify_ack_deadline(&subscription, &ack_ids, ack_deadline_seconds)?;
        Ok(Response::new(()))
    }

    async fn acknowledge(&self, request: Request<AcknowledgeRequest>) -> Reply<()> {
        let AcknowledgeRequest {
            subscription,
            ack_ids,
        } = request.into_inner();
        self.engine.acknowledge(&subscription, &ack_ids).await?;
        Ok(Response::new(()))
    }

    #[allow(deprecated, reason = "clients still send `return_immediately`")]
    async fn pull(&self, request: Request<PullRequest>) -> Reply<EncodedPullResponse> {
        let PullRequest {
            subscription,
            return_immediately,
            max_messages,
        } = request.into_inner();
        let pulled = self
            .engine
            .pull(&subscription, max_messages, return_immediately);
        Ok(Response::new(EncodedPullResponse {
            received_messages: pulled.await?,
        }))
    }

    async fn streaming_pull(
        &self,
        request: Request<Streaming<StreamingPullRequest>>,
    ) -> Reply<Replies> {
        let replies = streaming_pull::open(self.engine.clone(), request.into_inner()).await?;
        Ok(Response::new(replies))
    }

    async fn modify_push_config(&self, request: Request<ModifyPushConfigRequest>) -> Reply<()> {
        let request = request.into_inner();
        self.engine
            .modify_push_config(&request.subscription, request.push_config.as_ref())?;
        Ok(Response::new(()))
    }

    async fn get_snapshot(&self, request: Request<GetSnapshotRequest>) -> Reply<Snapshot> {
        Ok(Response::new(
            self.engine.get_snapshot(&request.into_inner().snapshot)?,
        ))
    }

    async fn list_snapshots(
        &self,
        request: Request<ListSnapshotsRequest>,
    ) -> Reply<ListSnapshotsResponse> {
        let ListSnapshotsRequest {
            project,
            page_size,
            page_token,
        } = request.into_inner();
        let page = self
            .engine
            .list_snapshots(&project, page_size, &page_token)?;
        let (snapshots, next_page_token) = (page.items, page.next_page_token);
        Ok(Response::new(ListSnapshotsResponse {
            snapshots,
            next_page_token,
        }))
    }

    async fn create_snapshot(&self, request: Request<CreateSnapshotRequest>) -> Reply<Snapshot> {
        let CreateSnapshotRequest {
            name,
            subscription,
            labels,
            ..
        } = request.into_inner();
        Ok(Response::new(
            self.engine
                .create_snapshot(&name, &subscription, labels)
                .await?,
        ))
    }

    async fn update_snapshot(&self, request: Request<UpdateSnapshotRequest>) -> Reply<Snapshot> {
        let UpdateSnapshotRequest {
            snapshot,
            update_mask,
        } = request.into_inner();
        let mask = FieldMask::new(&update_mask.unwrap_or_default().paths)?;
        let snapshot = self
            .engine
            .update_snapshot(snapshot.unwrap_or_default(), &mask)
            .await?;
        Ok(Response::new(snapshot))
    }

    async fn delete_snapshot(&self, request: Request<DeleteSnapshotRequest>) -> Reply<()> {
        self.engine
            .delete_snapshot(&request.into_inner().snapshot)
            .await?;
        Ok(Response::new(()))
    }

    async fn seek(&self, request: Request<SeekRequest>) -> Reply<SeekResponse> {
        let SeekRequest {
            subscription,
            target,
        } = request.into_inner();
        match target {
            Some(Target::Time(time)) => {
                self.engine
                    .seek_to_time(&subscription, from_timestamp(time))
                    .await?;
            }
            Some(Target::Snapshot(snapshot)) => {
                self.engine
                    .seek_to_snapshot(&subscription, &snapshot)
                    .await?;
            }
            None => return Err(Refusal::invalid("A seek names a time or a snapshot.").into()),
        }
        Ok(Response::new(SeekResponse {}))
    }
}
