//! The work: official client, messages of 1 KiB, every one acknowledged.

use google_cloud_auth::credentials::{Credentials, anonymous};
use google_cloud_pubsub::client::{
    BasePublisher, Publisher, Subscriber, SubscriptionAdmin, TopicAdmin,
};
use google_cloud_pubsub::model::Message;
use google_cloud_pubsub::publisher::PublishFuture;
use google_cloud_pubsub::subscriber::MessageStream;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

const BYTES: usize = 1_024;
const TOPIC: &str = "projects/bench/topics/bench";
const SUBSCRIPTION: &str = "projects/bench/subscriptions/bench";
const MAX_OUTSTANDING: i64 = 5_000;
const LATENCY_ROUNDS: usize = 50;
/// Publish requests of one message that are under way together.
const SINGLES_TOGETHER: usize = 64;

/// How long each phase took.
pub(crate) struct Load {
    pub(crate) messages: usize,
    publish: Duration,
    consume: Duration,
    round_trip: Duration,
    singles: usize,
    single: Duration,
    single_cpu: Duration,
    latency: Duration,
}

#[allow(clippy::cast_precision_loss, reason = "rates for people")]
fn rate(messages: usize, took: Duration) -> f64 {
    messages as f64 / took.as_secs_f64()
}

impl Load {
    /// Does all the work; `cpu` tells the server's processor time.
    pub(crate) async fn run(endpoint: &str, messages: usize, cpu: impl Fn() -> Duration) -> Self {
        create(endpoint).await;
        let publisher = BasePublisher::builder()
            .with_endpoint(endpoint)
            .with_credentials(anyone());
        let publisher = publisher.build().await.unwrap();
        let subscriber = Subscriber::builder()
            .with_endpoint(endpoint)
            .with_credentials(anyone());
        let subscriber = subscriber.build().await.unwrap();
        let batched = publisher
            .publisher(TOPIC)
            .set_message_count_threshold(500_u32)
            .build();
        let single = publisher
            .publisher(TOPIC)
            .set_message_count_threshold(1_u32)
            .build();
        let publish = timed(send(&batched, messages)).await;
        let mut stream = stream(&subscriber);
        let consume = timed(receive(&mut stream, messages)).await;
        let round_trip = timed(async {
            tokio::join!(send(&batched, messages), receive(&mut stream, messages));
        });
        let round_trip = round_trip.await;
        let latency = latency(&single, &mut stream).await;
        let singles = messages / 5;
        let before = cpu();
        let single = timed(async {
            tokio::join!(send_singly(&single, singles), receive(&mut stream, singles));
        });
        let single = single.await;
        let single_cpu = cpu() - before;
        let shutdown = stream.shutdown_token();
        drop(stream);
        shutdown.shutdown().await;
        Self {
            messages,
            publish,
            consume,
            round_trip,
            singles,
            single,
            single_cpu,
            latency,
        }
    }

    pub(crate) fn publish_rate(&self) -> f64 {
        rate(self.messages, self.publish)
    }

    pub(crate) fn consume_rate(&self) -> f64 {
        rate(self.messages, self.consume)
    }

    pub(crate) fn round_trip_rate(&self) -> f64 {
        rate(self.messages, self.round_trip)
    }

    pub(crate) fn single_rate(&self) -> f64 {
        rate(self.singles, self.single)
    }

    /// The server's processor time for a message that comes alone, is delivered and acknowledged.
    pub(crate) fn single_cpu_us(&self) -> f64 {
        1e6 / rate(self.singles, self.single_cpu)
    }

    pub(crate) fn latency_ms(&self) -> f64 {
        self.latency.as_secs_f64() * 1_000.0
    }
}

fn anyone() -> Credentials {
    anonymous::Builder::new().build()
}

async fn create(endpoint: &str) {
    let topics = TopicAdmin::builder()
        .with_endpoint(endpoint)
        .with_credentials(anyone());
    let topics = topics.build().await.unwrap();
    topics.create_topic().set_name(TOPIC).send().await.unwrap();
    let admin = SubscriptionAdmin::builder()
        .with_endpoint(endpoint)
        .with_credentials(anyone());
    let request = admin
        .build()
        .await
        .unwrap()
        .create_subscription()
        .set_name(SUBSCRIPTION);
    request
        .set_topic(TOPIC)
        .set_ack_deadline_seconds(60)
        .send()
        .await
        .unwrap();
}

fn stream(subscriber: &Subscriber) -> MessageStream {
    let stream = subscriber
        .subscribe(SUBSCRIPTION)
        .set_max_outstanding_messages(MAX_OUTSTANDING);
    stream.build()
}

async fn timed(work: impl Future<Output = ()>) -> Duration {
    let start = Instant::now();
    work.await;
    start.elapsed()
}

fn message() -> Message {
    Message::new().set_data(vec![b'm'; BYTES])
}

async fn send(publisher: &Publisher, messages: usize) {
    let published: Vec<_> = (0..messages)
        .map(|_| publisher.publish(message()))
        .collect();
    for future in published {
        future.await.unwrap();
    }
}

/// One request per message, as of a relay with many ordering keys.
async fn send_singly(publisher: &Publisher, messages: usize) {
    let mut under_way = VecDeque::new();
    for n in 0..messages {
        if under_way.len() == SINGLES_TOGETHER {
            let oldest: PublishFuture = under_way.pop_front().unwrap();
            oldest.await.unwrap();
        }
        let key = format!("key-{}", n % SINGLES_TOGETHER);
        under_way.push_back(publisher.publish(message().set_ordering_key(key)));
    }
    for future in under_way {
        future.await.unwrap();
    }
}

async fn receive(stream: &mut MessageStream, messages: usize) {
    for _ in 0..messages {
        let (_, handler) = stream.next().await.unwrap().unwrap();
        handler.ack();
    }
}

async fn latency(publisher: &Publisher, stream: &mut MessageStream) -> Duration {
    let mut took = Vec::new();
    for _ in 0..LATENCY_ROUNDS {
        let round = timed(async {
            publisher.publish(message()).await.unwrap();
            receive(stream, 1).await;
        });
        took.push(round.await);
    }
    took.sort_unstable();
    took[took.len() / 2]
}
