//! The protocol itself, by plain gRPC: what the official Rust client does not do or show.

use super::harness::{PATIENCE, PubSub, SILENCE};
use google_cloud_pubsub::model::Subscription;
use googleapis_tonic_google_pubsub_v1::google::pubsub::v1::publisher_client::PublisherClient;
use googleapis_tonic_google_pubsub_v1::google::pubsub::v1::schema_service_client::SchemaServiceClient;
use googleapis_tonic_google_pubsub_v1::google::pubsub::v1::subscriber_client::SubscriberClient;
use googleapis_tonic_google_pubsub_v1::google::pubsub::v1::{
    AcknowledgeRequest, ListSchemasRequest, ModifyAckDeadlineRequest, PublishRequest,
    PubsubMessage, PullRequest, ReceivedMessage, StreamingPullRequest,
};
use tokio::sync::mpsc;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// A plain client of a subscription.
pub(crate) struct Wire {
    pub(crate) subscriber: SubscriberClient<Channel>,
    pub(crate) publisher: PublisherClient<Channel>,
    pub(crate) subscription: String,
}

impl Wire {
    pub(crate) async fn to(
        endpoint: &str,
        subscription: &str,
    ) -> Result<Self, tonic::transport::Error> {
        let channel = Channel::from_shared(endpoint.to_owned())
            .unwrap()
            .connect()
            .await?;
        Ok(Self {
            subscriber: SubscriberClient::new(channel.clone()),
            publisher: PublisherClient::new(channel),
            subscription: subscription.to_owned(),
        })
    }

    pub(crate) async fn publish(
        &mut self,
        topic: &str,
        texts: &[&str],
    ) -> Result<Vec<String>, Status> {
        let message = |text: &&str| PubsubMessage {
            data: (*text).to_owned().into(),
            ..PubsubMessage::default()
        };
        let messages = texts.iter().map(message).collect();
        let request = PublishRequest {
            topic: topic.to_owned(),
            messages,
        };
        Ok(self
            .publisher
            .publish(request)
            .await?
            .into_inner()
            .message_ids)
    }

    pub(crate) async fn pull(&mut self, max_messages: i32) -> Result<Vec<ReceivedMessage>, Status> {
        let subscription = self.subscription.clone();
        let request = PullRequest {
            subscription,
            max_messages,
            ..PullRequest::default()
        };
        Ok(self
            .subscriber
            .pull(request)
            .await?
            .into_inner()
            .received_messages)
    }

    /// A pull that does not wait for messages.
    pub(crate) async fn pull_now(&mut self) -> Vec<ReceivedMessage> {
        let pull = tokio::time::timeout(SILENCE, self.pull(1_000)).await;
        pull.map_or_else(|_| Vec::new(), |pulled| pulled.unwrap())
    }

    pub(crate) async fn acknowledge(&mut self, ack_ids: Vec<String>) -> Result<(), Status> {
        let subscription = self.subscription.clone();
        self.subscriber
            .acknowledge(AcknowledgeRequest {
                subscription,
                ack_ids,
            })
            .await
            .map(drop)
    }

    async fn modify(&mut self, ack_id: &str, seconds: i32) -> Result<(), Status> {
        let request = ModifyAckDeadlineRequest {
            subscription: self.subscription.clone(),
            ack_ids: vec![ack_id.to_owned()],
            ack_deadline_seconds: seconds,
        };
        self.subscriber.modify_ack_deadline(request).await.map(drop)
    }
}

async fn with_messages(settings: Subscription, texts: &[&str]) -> (PubSub, Wire, String) {
    let pubsub = PubSub::embedded().await;
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub.create_subscription("cats", &topic, settings).await;
    let mut wire = Wire::to(&pubsub.endpoint, &subscription).await.unwrap();
    if !texts.is_empty() {
        wire.publish(&topic, texts).await.unwrap();
    }
    (pubsub, wire, topic)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unary_pull_waits_for_a_message_and_leases_it() {
    let (_pubsub, mut wire, topic) = with_messages(Subscription::new(), &[]).await;
    let mut puller = Wire::to(&_pubsub.endpoint, &wire.subscription)
        .await
        .unwrap();
    let pulling = tokio::spawn(async move { puller.pull(10).await });
    tokio::task::yield_now().await;
    wire.publish(&topic, &["a"]).await.unwrap();
    let pulled = tokio::time::timeout(PATIENCE, pulling)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(pulled.len(), 1);
    assert!(wire.pull_now().await.is_empty(), "it is leased");
    wire.modify(&pulled[0].ack_id, 0).await.unwrap();
    let again = wire.pull(10).await.unwrap();
    assert_eq!(again[0].message, pulled[0].message);
    assert_ne!(again[0].ack_id, pulled[0].ack_id);
    wire.acknowledge(vec![again[0].ack_id.clone()])
        .await
        .unwrap();
    assert!(wire.pull_now().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_are_refused() {
    let (_pubsub, mut wire, topic) = with_messages(Subscription::new(), &["a"]).await;
    let code = |result: Result<(), Status>| result.unwrap_err().code();
    assert_eq!(
        code(wire.acknowledge(vec!["nonsense".to_owned()]).await),
        Code::InvalidArgument
    );
    assert_eq!(
        code(wire.acknowledge(Vec::new()).await),
        Code::InvalidArgument
    );
    let pulled = wire.pull(1).await.unwrap();
    assert_eq!(
        code(wire.modify(&pulled[0].ack_id, 601).await),
        Code::InvalidArgument
    );
    assert_eq!(
        code(wire.modify(&pulled[0].ack_id, -1).await),
        Code::InvalidArgument
    );
    assert_eq!(code(wire.pull(0).await.map(drop)), Code::InvalidArgument);
    assert_eq!(
        code(wire.publish(&topic, &[]).await.map(drop)),
        Code::InvalidArgument
    );
    let many = vec!["m"; 1_001];
    assert_eq!(
        code(wire.publish(&topic, &many).await.map(drop)),
        Code::InvalidArgument
    );
    assert_eq!(
        code(
            wire.publish("projects/p/topics/absent", &["m"])
                .await
                .map(drop)
        ),
        Code::NotFound
    );
    wire.subscription = "projects/p/subscriptions/absent".to_owned();
    assert_eq!(code(wire.pull(1).await.map(drop)), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_exactly_once_acknowledgement_is_refused_with_its_reason() {
    let settings = Subscription::new().set_enable_exactly_once_delivery(true);
    let (_pubsub, mut wire, _) = with_messages(settings, &["a"]).await;
    let first = wire.pull(1).await.unwrap();
    wire.modify(&first[0].ack_id, 0).await.unwrap();
    let second = wire.pull(1).await.unwrap();
    let status = wire
        .acknowledge(vec![first[0].ack_id.clone()])
        .await
        .unwrap_err();
    let details = String::from_utf8_lossy(status.details()).into_owned();
    assert!(details.contains("google.rpc.ErrorInfo"), "{details}");
    assert!(
        details.contains("PERMANENT_FAILURE_INVALID_ACK_ID"),
        "{details}"
    );
    assert!(details.contains(&first[0].ack_id), "{details}");
    wire.acknowledge(vec![second[0].ack_id.clone()])
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_answers_pings_and_takes_acknowledgements() {
    let settings = Subscription::new().set_enable_message_ordering(true);
    let (_pubsub, mut wire, _) = with_messages(settings, &["a"]).await;
    let (requests, reader) = mpsc::channel(4);
    let first = StreamingPullRequest {
        subscription: wire.subscription.clone(),
        stream_ack_deadline_seconds: 10,
        ..StreamingPullRequest::default()
    };
    requests.send(first).await.unwrap();
    let reader = futures_util::stream::unfold(reader, |mut reader| async move {
        Some((reader.recv().await?, reader))
    });
    let mut replies = wire
        .subscriber
        .streaming_pull(reader)
        .await
        .unwrap()
        .into_inner();
    let reply = replies.message().await.unwrap().unwrap();
    assert!(
        reply
            .subscription_properties
            .unwrap()
            .message_ordering_enabled
    );
    requests
        .send(StreamingPullRequest::default())
        .await
        .unwrap();
    let pong = tokio::time::timeout(PATIENCE, replies.message())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(pong.received_messages.is_empty());
    assert!(
        pong.subscription_properties
            .unwrap()
            .message_ordering_enabled
    );
    let ack_ids = vec![reply.received_messages[0].ack_id.clone()];
    requests
        .send(StreamingPullRequest {
            ack_ids,
            ..StreamingPullRequest::default()
        })
        .await
        .unwrap();
    requests
        .send(StreamingPullRequest::default())
        .await
        .unwrap();
    replies
        .message()
        .await
        .unwrap()
        .expect("the acknowledgement was taken before the ping");
    drop(requests);
    assert!(
        replies.message().await.unwrap().is_none(),
        "the stream ends with the client"
    );
    assert!(wire.pull_now().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_needs_a_deadline_within_bounds() {
    let (_pubsub, mut wire, _) = with_messages(Subscription::new(), &[]).await;
    let subscription = wire.subscription.clone();
    let first = StreamingPullRequest {
        subscription,
        ..StreamingPullRequest::default()
    };
    let requests = futures_util::stream::iter([first]);
    let status = wire.subscriber.streaming_pull(requests).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_services_are_unimplemented() {
    let pubsub = PubSub::embedded().await;
    let channel = Channel::from_shared(pubsub.endpoint.clone())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let request = ListSchemasRequest::default();
    let status = SchemaServiceClient::new(channel)
        .list_schemas(request)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}
