//! `kill -9` at any moment: no acknowledged message is lost, no acknowledged acknowledgement comes undone.

use super::harness::{PubSub, SILENCE};
use super::wire::Wire;
use google_cloud_pubsub::model::Subscription;
use parking_lot::Mutex;
use rand::RngExt;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const ROUNDS: usize = 12;
const PUBLISHERS: usize = 4;
const PROJECT: &str = "durable";

/// What clients were told.
#[derive(Default)]
struct Told {
    /// Publishing was answered.
    published: BTreeSet<String>,
    /// An acknowledgement was sent; it may or may not count.
    maybe_acknowledged: BTreeSet<String>,
    /// The acknowledgement was answered.
    acknowledged: BTreeSet<String>,
}

/// The real binary.
struct Process(Child);

impl Process {
    fn start(data_dir: &Path, port: u16) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_catweb"))
            .args(["broker", "--port", &port.to_string(), "--data-dir"])
            .arg(data_dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

async fn connect(endpoint: &str, subscription: &str) -> Wire {
    loop {
        if let Ok(wire) = Wire::to(endpoint, subscription).await {
            return wire;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn publish_until_killed(
    mut wire: Wire,
    topic: String,
    prefix: String,
    told: Arc<Mutex<Told>>,
) {
    for n in 0.. {
        let texts = [format!("{prefix}-{n}-a"), format!("{prefix}-{n}-b")];
        let published = wire.publish(&topic, &[&texts[0], &texts[1]]).await;
        if published.is_err() {
            return;
        }
        told.lock().published.extend(texts);
    }
}

async fn consume_until_killed(mut wire: Wire, told: Arc<Mutex<Told>>) {
    while let Ok(pulled) = wire.pull(20).await {
        let texts: Vec<String> = pulled.iter().map(text).collect();
        check_not_acknowledged(&told.lock(), &texts);
        told.lock().maybe_acknowledged.extend(texts.iter().cloned());
        let ack_ids = pulled.into_iter().map(|message| message.ack_id).collect();
        if wire.acknowledge(ack_ids).await.is_err() {
            return;
        }
        told.lock().acknowledged.extend(texts);
    }
}

fn text(
    message: &googleapis_tonic_google_pubsub_v1::google::pubsub::v1::ReceivedMessage,
) -> String {
    let data = message.message.as_ref().unwrap().data.to_vec();
    String::from_utf8(data).unwrap()
}

fn check_not_acknowledged(told: &Told, texts: &[String]) {
    let undone: Vec<_> = texts
        .iter()
        .filter(|text| told.acknowledged.contains(*text))
        .collect();
    assert!(
        undone.is_empty(),
        "acknowledged, but delivered again: {undone:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_nothing_is_lost_or_undone() {
    let folder = tempfile::tempdir().unwrap();
    let told = Arc::new(Mutex::new(Told::default()));
    let (mut topic, mut subscription) = (String::new(), String::new());
    for round in 0..ROUNDS {
        let port = free_port();
        let endpoint = format!("http://127.0.0.1:{port}");
        let process = Process::start(folder.path(), port);
        connect(&endpoint, "").await;
        if round == 0 {
            let pubsub = PubSub::of_project(&endpoint, PROJECT).await;
            topic = pubsub.create_topic("mice").await;
            subscription = pubsub
                .create_subscription("cats", &topic, Subscription::new())
                .await;
        }
        let consumer = connect(&endpoint, &subscription).await;
        let mut clients = vec![tokio::spawn(consume_until_killed(consumer, told.clone()))];
        for publisher in 0..PUBLISHERS {
            let wire = connect(&endpoint, &subscription).await;
            let prefix = format!("{round}-{publisher}");
            let publishing = publish_until_killed(wire, topic.clone(), prefix, told.clone());
            clients.push(tokio::spawn(publishing));
        }
        let lifetime = Duration::from_millis(rand::rng().random_range(50..300));
        tokio::time::sleep(lifetime).await;
        process.kill();
        for client in clients {
            client.await.unwrap();
        }
    }
    check_the_rest(folder.path(), &subscription, &told).await;
}

/// Drains what is left: with what was acknowledged, it is all that was published.
async fn check_the_rest(folder: &Path, subscription: &str, told: &Mutex<Told>) {
    let port = free_port();
    let process = Process::start(folder, port);
    let mut wire = connect(&format!("http://127.0.0.1:{port}"), subscription).await;
    let mut left = BTreeSet::new();
    while let Ok(Ok(pulled)) = tokio::time::timeout(SILENCE, wire.pull(1_000)).await {
        let texts: Vec<String> = pulled.iter().map(text).collect();
        check_not_acknowledged(&told.lock(), &texts);
        left.extend(texts);
    }
    process.kill();
    let told = told.lock();
    let is_missing =
        |text: &&String| !left.contains(*text) && !told.maybe_acknowledged.contains(*text);
    let lost: Vec<_> = told.published.iter().filter(is_missing).collect();
    assert!(lost.is_empty(), "published, but lost: {lost:?}");
    println!(
        "killed {ROUNDS} times: {} published, {} acknowledged, {} left",
        told.published.len(),
        told.acknowledged.len(),
        left.len()
    );
    assert!(told.acknowledged.len() > ROUNDS, "the test did something");
}
