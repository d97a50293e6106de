//! The log with its writer and its reader, on disk.

use super::{Entry, FolderLock, Log, LogBounds, Writer, open};
use crate::broker::domain::change::Change;
use crate::broker::domain::ids::{MessageId, Millis, SubscriptionId, TopicId};
use crate::broker::domain::settings::complete_subscription;
use crate::broker::domain::state::State;
use crate::broker::proto::{self, PubsubMessage};
use parking_lot::Mutex;
use prost::Message;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const TOPIC: TopicId = TopicId(1);
const CATS: SubscriptionId = SubscriptionId(1);
const SMALL: LogBounds = LogBounds {
    segment_bytes: 4_096,
    checkpoint_bytes: 2_048,
    checkpoint_commits: 10,
};

struct Opened {
    log: Log,
    state: Arc<Mutex<State>>,
    writer: Writer,
}

fn start(folder: &Path, bounds: LogBounds) -> Opened {
    let lock = FolderLock::take(folder).expect("free");
    let (log, state, tail) = open(folder, Millis(1)).expect("a whole log");
    let state = Arc::new(Mutex::new(state));
    let wake = Box::new(|_: &BTreeSet<SubscriptionId>| {});
    let writer = Writer::start(log.clone(), state.clone(), tail, wake, lock, bounds);
    Opened {
        log,
        state,
        writer: writer.expect("a thread"),
    }
}

impl Opened {
    async fn write(&self, entry: Entry) {
        let appended = self.log.append(vec![entry], Millis(5)).expect("open");
        appended.written().await.expect("written");
    }

    async fn create(&self) {
        let topic = proto::Topic {
            name: "projects/p/topics/mice".to_owned(),
            ..Default::default()
        };
        self.write(Entry::Change(Change::TopicSaved {
            id: TOPIC,
            topic: Box::new(topic),
        }))
        .await;
        let subscription = proto::Subscription {
            name: "projects/p/subscriptions/cats".to_owned(),
            topic: "projects/p/topics/mice".to_owned(),
            ..Default::default()
        };
        let subscription = Box::new(complete_subscription(subscription).expect("fine"));
        let change = Change::SubscriptionSaved {
            id: CATS,
            topic: TOPIC,
            subscription,
        };
        self.write(Entry::Change(change)).await;
    }

    async fn publish(&self, text: &str) {
        let message = PubsubMessage {
            data: text.to_owned().into(),
            ..Default::default()
        };
        self.write(Entry::Publish {
            topic: TOPIC,
            messages: vec![message],
        })
        .await;
    }

    async fn acknowledge(&self, id: u64) {
        let messages = vec![MessageId(id)];
        self.write(Entry::Change(Change::Acknowledged {
            subscription: CATS,
            messages,
        }))
        .await;
    }

    /// The unacknowledged messages' texts, read from disk.
    fn texts(&self) -> Vec<String> {
        let state = self.state.lock();
        let Some(cats) = state.subscriptions.get(CATS) else {
            return Vec::new();
        };
        let position = |id: MessageId| state.index.get(id).expect("kept").position;
        let positions: Vec<_> = cats
            .queue
            .unacknowledged()
            .into_iter()
            .map(position)
            .collect();
        let read = self.log.read(&positions).expect("on disk").into_iter();
        let text = |bytes| PubsubMessage::decode(bytes).expect("whole").data.to_vec();
        read.map(|bytes| String::from_utf8(text(bytes)).expect("text"))
            .collect()
    }

    fn stop(self) {
        self.log.close();
        self.writer.join();
    }
}

fn segments(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder)
        .expect("there")
        .map(|it| it.expect("readable").path());
    entries
        .filter(|path| path.extension().is_some_and(|it| it == "log"))
        .count()
}

/// The folder as a crash would leave it now, its first segment cut to so many bytes.
fn crashed(folder: &Path, length: usize) -> TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    let name = "0000000000000001.log";
    let bytes = std::fs::read(folder.join(name)).expect("the segment");
    std::fs::write(copy.path().join(name), &bytes[..length.min(bytes.len())]).expect("room");
    copy
}

#[tokio::test]
async fn a_log_that_is_cut_anywhere_keeps_what_was_whole_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let opened = start(folder.path(), LogBounds::default());
    opened.create().await;
    for text in ["one", "two", "three"] {
        opened.publish(text).await;
    }
    opened.acknowledge(2).await;
    let length = std::fs::metadata(folder.path().join("0000000000000001.log"))
        .expect("there")
        .len();
    let length = usize::try_from(length).expect("small");
    let mut outcomes = BTreeSet::new();
    for length in 0..=length {
        let crashed = crashed(folder.path(), length);
        let reopened = start(crashed.path(), LogBounds::default());
        let texts = reopened.texts();
        let is_prefix = ["one", "two", "three"]
            .starts_with(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(
            is_prefix || texts == ["one", "three"],
            "cut at {length}: {texts:?}"
        );
        if !texts.is_empty() {
            reopened.publish("after").await;
            assert_eq!(reopened.texts().last().map(String::as_str), Some("after"));
        }
        outcomes.insert(texts.join(" "));
        reopened.stop();
    }
    let expected = ["", "one", "one three", "one two", "one two three"];
    assert_eq!(
        outcomes.iter().map(String::as_str).collect::<Vec<_>>(),
        expected
    );
    opened.stop();
}

#[tokio::test]
async fn segments_go_when_nothing_in_them_is_needed() {
    let folder = tempfile::tempdir().expect("a folder");
    let opened = start(folder.path(), SMALL);
    opened.create().await;
    let large = "m".repeat(1_000);
    for id in 1..=100 {
        opened.publish(&format!("{id} {large}")).await;
        if id != 50 {
            opened.acknowledge(id).await;
        }
    }
    opened.stop();
    assert_eq!(
        segments(folder.path()),
        2,
        "the one of message 50, and the last"
    );
    let opened = start(folder.path(), SMALL);
    assert_eq!(opened.texts(), [format!("50 {large}")]);
    opened.publish("next").await;
    assert_eq!(opened.state.lock().last_message, MessageId(101));
    opened.stop();
}

#[tokio::test]
async fn a_missing_or_damaged_segment_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let opened = start(folder.path(), SMALL);
    opened.create().await;
    for id in 1..=20 {
        opened.publish(&format!("{id} {}", "m".repeat(1_000))).await;
    }
    opened.stop();
    let first = folder.path().join("0000000000000001.log");
    std::fs::rename(&first, folder.path().join("hidden")).expect("there");
    assert!(open(folder.path(), Millis(1)).is_err());
}

#[tokio::test]
async fn a_closed_log_takes_nothing_but_writes_what_it_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let opened = start(folder.path(), LogBounds::default());
    opened.create().await;
    let topic = TOPIC;
    let messages = vec![PubsubMessage {
        data: "last".into(),
        ..Default::default()
    }];
    let appended = opened
        .log
        .append(vec![Entry::Publish { topic, messages }], Millis(5));
    opened.log.close();
    appended
        .expect("it was open")
        .written()
        .await
        .expect("written");
    let entry = Entry::Change(Change::TopicDeleted { id: topic });
    assert!(opened.log.append(vec![entry], Millis(5)).is_err());
    assert_eq!(opened.texts(), ["last"]);
    opened.stop();
}
