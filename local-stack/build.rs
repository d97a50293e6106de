//! Generates the gRPC server code of the broker: `google.pubsub.v1` over ready-made message types, so
//! that neither protoc nor .proto files are needed.

use tonic_build::manual::{Builder, Method, Service};

const CODEC: &str = "::tonic_prost::ProstCodec";

fn main() {
    Builder::new()
        .build_client(false)
        .compile(&[publisher(), subscriber()]);
}

fn publisher() -> Service {
    service("Publisher")
        .method(method("CreateTopic", "Topic", "Topic"))
        .method(method("UpdateTopic", "UpdateTopicRequest", "Topic"))
        .method(method("Publish", "PublishRequest", "PublishResponse"))
        .method(method("GetTopic", "GetTopicRequest", "Topic"))
        .method(method(
            "ListTopics",
            "ListTopicsRequest",
            "ListTopicsResponse",
        ))
        .method(method(
            "ListTopicSubscriptions",
            "ListTopicSubscriptionsRequest",
            "ListTopicSubscriptionsResponse",
        ))
        .method(method(
            "ListTopicSnapshots",
            "ListTopicSnapshotsRequest",
            "ListTopicSnapshotsResponse",
        ))
        .method(method("DeleteTopic", "DeleteTopicRequest", "Empty"))
        .method(method(
            "DetachSubscription",
            "DetachSubscriptionRequest",
            "DetachSubscriptionResponse",
        ))
        .build()
}

fn subscriber() -> Service {
    let streaming_pull = Method::builder()
        .name("streaming_pull")
        .route_name("StreamingPull")
        .input_type(proto("StreamingPullRequest"))
        .output_type(proto("EncodedStreamingPullResponse"))
        .codec_path(CODEC)
        .client_streaming()
        .server_streaming()
        .build();
    service("Subscriber")
        .method(method("CreateSubscription", "Subscription", "Subscription"))
        .method(method(
            "GetSubscription",
            "GetSubscriptionRequest",
            "Subscription",
        ))
        .method(method(
            "UpdateSubscription",
            "UpdateSubscriptionRequest",
            "Subscription",
        ))
        .method(method(
            "ListSubscriptions",
            "ListSubscriptionsRequest",
            "ListSubscriptionsResponse",
        ))
        .method(method(
            "DeleteSubscription",
            "DeleteSubscriptionRequest",
            "Empty",
        ))
        .method(method(
            "ModifyAckDeadline",
            "ModifyAckDeadlineRequest",
            "Empty",
        ))
        .method(method("Acknowledge", "AcknowledgeRequest", "Empty"))
        .method(method("Pull", "PullRequest", "EncodedPullResponse"))
        .method(streaming_pull)
        .method(method(
            "ModifyPushConfig",
            "ModifyPushConfigRequest",
            "Empty",
        ))
        .method(method("GetSnapshot", "GetSnapshotRequest", "Snapshot"))
        .method(method(
            "ListSnapshots",
            "ListSnapshotsRequest",
            "ListSnapshotsResponse",
        ))
        .method(method(
            "CreateSnapshot",
            "CreateSnapshotRequest",
            "Snapshot",
        ))
        .method(method(
            "UpdateSnapshot",
            "UpdateSnapshotRequest",
            "Snapshot",
        ))
        .method(method("DeleteSnapshot", "DeleteSnapshotRequest", "Empty"))
        .method(method("Seek", "SeekRequest", "SeekResponse"))
        .build()
}

fn service(name: &str) -> tonic_build::manual::ServiceBuilder {
    Service::builder().name(name).package("google.pubsub.v1")
}

fn method(name: &str, input: &str, output: &str) -> Method {
    Method::builder()
        .name(snake_case(name))
        .route_name(name)
        .input_type(proto(input))
        .output_type(proto(output))
        .codec_path(CODEC)
        .build()
}

fn proto(name: &str) -> String {
    format!("crate::broker::proto::{name}")
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}
