//! A streaming pull: one task per stream moves messages out and acknowledgements in.

use crate::broker::domain::limits::{ACK_DEADLINE_SECONDS, MAX_OUTSTANDING_MESSAGES};
use crate::broker::domain::queue::FlowControl;
use crate::broker::domain::refusal::Refusal;
use crate::broker::engine::{Consumer, Engine};
use crate::broker::proto::{EncodedStreamingPullResponse, StreamingPullRequest};
use futures_util::stream::{self, Stream};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tonic::{Status, Streaming};

/// What the client reads.
pub(super) type Replies =
    Pin<Box<dyn Stream<Item = Result<EncodedStreamingPullResponse, Status>> + Send>>;

/// Replies that wait for a client which reads slowly: each has up to 1 MiB.
const QUEUED_REPLIES: usize = 2;
/// How many bytes a stream that names no limit may have outstanding.
const MAX_OUTSTANDING_BYTES: usize = 100 * 1024 * 1024;

struct Session {
    engine: Arc<Engine>,
    consumer: Consumer,
    subscription: String,
    requests: Streaming<StreamingPullRequest>,
    replies: mpsc::Sender<Result<EncodedStreamingPullResponse, Status>>,
}

/// Opens the stream that the first request asks for.
pub(super) async fn open(
    engine: Arc<Engine>,
    mut requests: Streaming<StreamingPullRequest>,
) -> Result<Replies, Status> {
    let first = requests.message().await?;
    let first =
        first.ok_or_else(|| Status::invalid_argument("The stream has no first request."))?;
    let lease_for = lease(first.stream_ack_deadline_seconds)?;
    let limit = FlowControl {
        messages: limit(first.max_outstanding_messages, MAX_OUTSTANDING_MESSAGES),
        bytes: limit(first.max_outstanding_bytes, MAX_OUTSTANDING_BYTES),
    };
    let consumer = Consumer::open(engine.clone(), &first.subscription, limit, lease_for)?;
    let (replies, reader) = mpsc::channel(QUEUED_REPLIES);
    let subscription = first.subscription.clone();
    let session = Session {
        engine,
        consumer,
        subscription,
        requests,
        replies,
    };
    tokio::spawn(session.run(first));
    let next = |mut reader: mpsc::Receiver<_>| async move { Some((reader.recv().await?, reader)) };
    Ok(Box::pin(stream::unfold(reader, next)))
}

/// Zero and below: no limit, which is the broker's own.
fn limit(asked: i64, default: usize) -> usize {
    usize::try_from(asked)
        .ok()
        .filter(|asked| *asked > 0)
        .unwrap_or(default)
}

fn lease(seconds: i32) -> Result<Duration, Refusal> {
    if !ACK_DEADLINE_SECONDS.contains(&seconds) {
        return Err(Refusal::invalid(format!(
            "Invalid stream_ack_deadline_seconds given: {seconds}, must be between 10 and 600."
        )));
    }
    Ok(Duration::from_secs(u64::from(seconds.unsigned_abs())))
}

impl Session {
    /// Ends when either side does; the consumer's messages go back with it.
    async fn run(mut self, first: StreamingPullRequest) {
        if let Err(status) = self.serve(first).await {
            // A client that has gone needs no reason.
            let _ = self.replies.send(Err(status)).await;
        }
    }

    async fn serve(&mut self, first: StreamingPullRequest) -> Result<(), Status> {
        self.acknowledge(&first).await?;
        let replies = self.replies.clone();
        loop {
            tokio::select! {
                request = self.requests.message() => match request {
                    Ok(Some(request)) => self.handle(request).await?,
                    Ok(None) | Err(_) => return Ok(()),
                },
                room = room_for_ready(&self.consumer, &replies) => {
                    let Some(room) = room? else { return Ok(()) };
                    let received_messages = self.consumer.take().await?;
                    if !received_messages.is_empty() {
                        let subscription_properties = Some(self.consumer.properties());
                        room.send(Ok(EncodedStreamingPullResponse {
                            received_messages,
                            subscription_properties,
                        }));
                    }
                }
                () = replies.closed() => return Ok(()),
            }
        }
    }

    async fn handle(&mut self, request: StreamingPullRequest) -> Result<(), Status> {
        if request == StreamingPullRequest::default() {
            // A ping: some clients close the stream when it is not answered.
            let subscription_properties = Some(self.consumer.properties());
            let pong = EncodedStreamingPullResponse {
                subscription_properties,
                ..Default::default()
            };
            // Whether the client has gone, the next read of its stream tells.
            let _ = self.replies.send(Ok(pong)).await;
            return Ok(());
        }
        if request.stream_ack_deadline_seconds != 0 {
            self.consumer
                .set_lease(lease(request.stream_ack_deadline_seconds)?);
        }
        self.acknowledge(&request).await
    }

    async fn acknowledge(&self, request: &StreamingPullRequest) -> Result<(), Status> {
        if !request.ack_ids.is_empty() {
            self.engine
                .acknowledge(&self.subscription, &request.ack_ids)
                .await?;
        }
        let (ids, seconds) = (
            &request.modify_deadline_ack_ids,
            &request.modify_deadline_seconds,
        );
        if ids.len() != seconds.len() {
            return Err(Status::invalid_argument(
                "modify_deadline_seconds and modify_deadline_ack_ids must have the same length.",
            ));
        }
        for (id, seconds) in ids.iter().zip(seconds) {
            let id = std::slice::from_ref(id);
            self.engine
                .modify_ack_deadline(&self.subscription, id, *seconds)?;
        }
        Ok(())
    }
}

type Room<'r> = mpsc::Permit<'r, Result<EncodedStreamingPullResponse, Status>>;

/// Waits for something to send and for room to send it. `None`: the client is gone.
async fn room_for_ready<'r>(
    consumer: &Consumer,
    replies: &'r mpsc::Sender<Result<EncodedStreamingPullResponse, Status>>,
) -> Result<Option<Room<'r>>, Refusal> {
    consumer.ready().await?;
    Ok(replies.reserve().await.ok())
}
