//! Clients of a Pub/Sub: the embedded broker, or Google's emulator at `CATWEB_TEST_PUBSUB`.

use google_cloud_auth::credentials::{Credentials, anonymous};
use google_cloud_pubsub::client::{
    BasePublisher, Publisher, Subscriber, SubscriptionAdmin, TopicAdmin,
};
use google_cloud_pubsub::model::{Message, Subscription};
use google_cloud_pubsub::subscriber::MessageStream;
use google_cloud_pubsub::subscriber::handler::Handler;
use local_stack::broker::{Broker, BrokerConfig};
use service_chassis::real_component::real_component;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;

/// How long a test waits for what has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How long a test waits for what must not come.
pub(crate) const SILENCE: Duration = Duration::from_millis(400);

/// A Pub/Sub with the official clients of it.
pub(crate) struct PubSub {
    pub(crate) endpoint: String,
    project: String,
    topics: TopicAdmin,
    subscriptions: SubscriptionAdmin,
    publisher: BasePublisher,
    subscriber: Subscriber,
    broker: Option<(Broker, TempDir)>,
}

/// A broker in a folder, on a free port.
pub(crate) async fn start_broker(data_dir: &Path) -> Broker {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Broker::start(BrokerConfig {
        data_dir: data_dir.to_owned(),
        listen,
    })
    .await
    .unwrap()
}

fn credentials() -> Credentials {
    anonymous::Builder::new().build()
}

impl PubSub {
    /// An embedded broker of its own.
    pub(crate) async fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let broker = start_broker(folder.path()).await;
        let mut pubsub = Self::at(&format!("http://{}", broker.address())).await;
        pubsub.broker = Some((broker, folder));
        pubsub
    }

    /// Google's emulator, if there is one.
    pub(crate) async fn google() -> Option<Self> {
        let variable = "CATWEB_TEST_PUBSUB";
        static FOUND: OnceLock<Option<String>> = OnceLock::new();
        let found = || real_component("pubsub", variable, "the broker's conformance suite");
        let host = FOUND.get_or_init(found).clone()?;
        Some(Self::at(&format!("http://{host}")).await)
    }

    pub(crate) async fn at(endpoint: &str) -> Self {
        let project = format!("p{}", uuid::Uuid::new_v4().simple());
        Self::of_project(endpoint, &project).await
    }

    pub(crate) async fn of_project(endpoint: &str, project: &str) -> Self {
        let (at, who) = (endpoint, credentials);
        Self {
            endpoint: endpoint.to_owned(),
            project: project.to_owned(),
            topics: TopicAdmin::builder()
                .with_endpoint(at)
                .with_credentials(who())
                .build()
                .await
                .unwrap(),
            subscriptions: SubscriptionAdmin::builder()
                .with_endpoint(at)
                .with_credentials(who())
                .build()
                .await
                .unwrap(),
            publisher: BasePublisher::builder()
                .with_endpoint(at)
                .with_credentials(who())
                .build()
                .await
                .unwrap(),
            subscriber: Subscriber::builder()
                .with_endpoint(at)
                .with_credentials(who())
                .build()
                .await
                .unwrap(),
            broker: None,
        }
    }

    /// Stops the broker of its own and starts one on the same folder, with new clients.
    pub(crate) async fn restart(self) -> Self {
        let (broker, folder) = self.broker.unwrap();
        broker.stop().await;
        let broker = start_broker(folder.path()).await;
        let endpoint = format!("http://{}", broker.address());
        let mut pubsub = Self::of_project(&endpoint, &self.project).await;
        pubsub.broker = Some((broker, folder));
        pubsub
    }

    pub(crate) fn topics(&self) -> &TopicAdmin {
        &self.topics
    }

    pub(crate) fn subscriptions(&self) -> &SubscriptionAdmin {
        &self.subscriptions
    }

    pub(crate) fn project(&self) -> String {
        format!("projects/{}", self.project)
    }

    pub(crate) fn topic_name(&self, id: &str) -> String {
        format!("projects/{}/topics/{id}", self.project)
    }

    pub(crate) fn subscription_name(&self, id: &str) -> String {
        format!("projects/{}/subscriptions/{id}", self.project)
    }

    pub(crate) async fn create_topic(&self, id: &str) -> String {
        let name = self.topic_name(id);
        self.topics
            .create_topic()
            .set_name(&name)
            .send()
            .await
            .unwrap();
        name
    }

    /// A subscription with these settings beside its name and topic.
    pub(crate) async fn create_subscription(
        &self,
        id: &str,
        topic: &str,
        settings: Subscription,
    ) -> String {
        let name = self.subscription_name(id);
        let subscription = settings
            .set_name(&name)
            .set_topic(topic)
            .set_ack_deadline_seconds(10);
        let mut request = self.subscriptions.create_subscription();
        request = request.with_request(subscription);
        request.send().await.unwrap();
        name
    }

    /// A publisher that sends each message at once.
    pub(crate) fn publisher(&self, topic: &str) -> Publisher {
        self.publisher
            .publisher(topic)
            .set_message_count_threshold(1_u32)
            .build()
    }

    /// Publishes texts one after the other.
    pub(crate) async fn publish(&self, topic: &str, key: &str, texts: &[&str]) {
        let publisher = self.publisher(topic);
        for text in texts {
            publisher
                .publish(message(text).set_ordering_key(key))
                .await
                .unwrap();
        }
    }

    pub(crate) fn stream(&self, subscription: &str) -> MessageStream {
        self.stream_of(subscription, 1_000)
    }

    /// A stream that has at most so many messages outstanding.
    pub(crate) fn stream_of(&self, subscription: &str, outstanding: i64) -> MessageStream {
        self.subscriber
            .subscribe(subscription)
            .set_max_lease_extension(Duration::from_secs(10))
            .set_max_outstanding_messages(outstanding)
            .build()
    }
}

pub(crate) fn message(text: &str) -> Message {
    Message::new().set_data(text.to_owned())
}

pub(crate) fn text(message: &Message) -> String {
    String::from_utf8(message.data.to_vec()).unwrap()
}

/// The next message.
pub(crate) async fn next(stream: &mut MessageStream) -> (Message, Handler) {
    let next = tokio::time::timeout(PATIENCE, stream.next()).await;
    next.expect("a message comes in time")
        .expect("the stream is open")
        .expect("the stream is fine")
}

/// Receives and acknowledges so many messages; answers their texts.
pub(crate) async fn receive(stream: &mut MessageStream, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < count {
        let (message, handler) = next(stream).await;
        texts.push(text(&message));
        handler.ack();
    }
    texts
}

/// Nothing comes for a while.
pub(crate) async fn expect_silence(stream: &mut MessageStream) {
    let next = tokio::time::timeout(SILENCE, stream.next()).await;
    if let Ok(next) = next {
        let (message, _) = next.unwrap().unwrap();
        panic!("{:?} came, but nothing should", text(&message));
    }
}

/// Stops a stream and waits until its acknowledgements are sent.
pub(crate) async fn close(stream: MessageStream) {
    let token = stream.shutdown_token();
    drop(stream);
    token.shutdown().await;
}
