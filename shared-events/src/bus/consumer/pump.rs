//! Takes messages from Google's client as they come, so that a batch is whatever has arrived.

use super::ConsumerStats;
use google_cloud_pubsub::client::Subscriber;
use google_cloud_pubsub::model::Message;
use google_cloud_pubsub::subscriber::MessageStream;
use google_cloud_pubsub::subscriber::ShutdownBehavior;
use google_cloud_pubsub::subscriber::handler::Handler;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(super) type Received = (Message, Handler);

/// How long a killed consumer's messages stay away on a Pub/Sub that does not notice its end.
const LEASE_EXTENSION: Duration = Duration::from_secs(10);
/// The most messages under way to this consumer.
const MAX_OUTSTANDING_MESSAGES: i64 = 2_048;
/// The most bytes under way to this consumer.
const MAX_OUTSTANDING_BYTES: i64 = 32 * 1024 * 1024;
/// How long a stop waits for the last acknowledgements to leave.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

pub(super) async fn run(
    client: Subscriber,
    path: String,
    sender: mpsc::Sender<Received>,
    stats: Arc<ConsumerStats>,
    stop: CancellationToken,
) -> Result<(), google_cloud_pubsub::Error> {
    let mut stream = client
        .subscribe(path)
        .set_max_lease_extension(LEASE_EXTENSION)
        .set_max_outstanding_messages(MAX_OUTSTANDING_MESSAGES)
        .set_max_outstanding_bytes(MAX_OUTSTANDING_BYTES)
        .set_shutdown_behavior(ShutdownBehavior::WaitForProcessing)
        .build();
    stats.reading.store(true, Relaxed);
    let result = receive(&mut stream, &sender, &stop).await;
    stats.reading.store(false, Relaxed);
    drop(sender);
    let token = stream.shutdown_token();
    // A stream that is kept open swallows messages, so it goes before the wait.
    drop(stream);
    if tokio::time::timeout(SHUTDOWN_DEADLINE, token.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            "the last acknowledgements did not leave before the deadline; their messages come again"
        );
    }
    result
}

async fn receive(
    stream: &mut MessageStream,
    sender: &mpsc::Sender<Received>,
    stop: &CancellationToken,
) -> Result<(), google_cloud_pubsub::Error> {
    loop {
        let next = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            next = stream.next() => next,
        };
        let Some(received) = next.transpose()? else {
            return Ok(());
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            sent = sender.send(received) => if sent.is_err() { return Ok(()) },
        }
    }
}
