//! The gRPC side: `google.pubsub.v1.Publisher` and `Subscriber`.

mod publisher;
pub(super) mod status;
mod streaming_pull;
mod subscriber;

use super::domain::limits::MAX_REQUEST_BYTES;
use super::engine::Engine;
use generated::publisher_server::PublisherServer;
use generated::subscriber_server::SubscriberServer;
use std::sync::Arc;
use tonic::service::Routes;

/// Largest request that is read; what is beyond Pub/Sub's own limit gets Pub/Sub's own refusal.
const MAX_DECODED_BYTES: usize = 2 * MAX_REQUEST_BYTES;

#[allow(
    unreachable_pub,
    missing_debug_implementations,
    clippy::all,
    clippy::pedantic
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/google.pubsub.v1.Publisher.rs"));
    include!(concat!(env!("OUT_DIR"), "/google.pubsub.v1.Subscriber.rs"));
}

/// Both services.
pub(super) fn routes(engine: &Arc<Engine>) -> Routes {
    let publisher = PublisherServer::new(publisher::Publisher::new(engine.clone()))
        .max_decoding_message_size(MAX_DECODED_BYTES);
    let subscriber = SubscriberServer::new(subscriber::Subscriber::new(engine.clone()))
        .max_decoding_message_size(MAX_DECODED_BYTES);
    Routes::new(publisher).add_service(subscriber)
}
