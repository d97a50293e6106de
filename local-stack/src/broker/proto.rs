//! The messages of `google.pubsub.v1`, and the broker's twins of three of them that leave payloads encoded.

pub(crate) use googleapis_tonic_google_pubsub_v1::google::pubsub::v1::*;

use bytes::Bytes;
use streaming_pull_response::SubscriptionProperties;

/// `google.protobuf.Empty`, under a name that generated code can spell.
pub(crate) type Empty = ();

/// A `ReceivedMessage` whose `PubsubMessage` is still in the form in which the log keeps it: on the wire
/// a message and its bytes are the same.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EncodedReceivedMessage {
    #[prost(string, tag = "1")]
    pub(crate) ack_id: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) message: Bytes,
    #[prost(int32, tag = "3")]
    pub(crate) delivery_attempt: i32,
}

/// A `StreamingPullResponse` of encoded messages.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EncodedStreamingPullResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) received_messages: Vec<EncodedReceivedMessage>,
    #[prost(message, optional, tag = "4")]
    pub(crate) subscription_properties: Option<SubscriptionProperties>,
}

/// A `PullResponse` of encoded messages.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EncodedPullResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) received_messages: Vec<EncodedReceivedMessage>,
}
