//! What waits for the log's next write.

use super::Log;
use super::record;
use crate::broker::domain::change::Change;
use crate::broker::domain::ids::{MessageId, Millis, TopicId};
use crate::broker::domain::settings::to_timestamp;
use crate::broker::proto::PubsubMessage;
use tokio::sync::oneshot;

/// Something to log.
#[derive(Debug)]
pub(crate) enum Entry {
    Change(Change),
    /// Messages that get their ids and their publish time here.
    Publish {
        topic: TopicId,
        messages: Vec<PubsubMessage>,
    },
}

/// The log took nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LogFailure {
    #[error("the broker is stopping")]
    Stopped,
    #[error("the broker could not write to its data folder: {0}")]
    Write(String),
}

/// Entries that share a fate: they are applied together when they are on disk.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) changes: Vec<Change>,
    pub(super) done: oneshot::Sender<Result<(), LogFailure>>,
}

/// Entries that wait for the next write, already in the form of the log.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) buffer: Vec<u8>,
    pub(super) commits: Vec<Commit>,
    last_message: u64,
    last_publish_time: Option<Millis>,
    /// Nothing is taken any more.
    pub(super) closed: Option<LogFailure>,
}

/// An appended commit: the first message id that it gave out, and the answer after the write.
#[derive(Debug)]
pub(crate) struct Appended {
    pub(crate) first_message: MessageId,
    done: oneshot::Receiver<Result<(), LogFailure>>,
}

impl Appended {
    /// Waits until the commit is on disk and applied.
    ///
    /// # Errors
    /// It is not.
    pub(crate) async fn written(self) -> Result<(), LogFailure> {
        self.done.await.unwrap_or(Err(LogFailure::Stopped))
    }
}

impl Log {
    /// Queues entries for the next write.
    ///
    /// # Errors
    /// The log is closed.
    pub(crate) fn append(&self, entries: Vec<Entry>, now: Millis) -> Result<Appended, LogFailure> {
        let (done, answer) = oneshot::channel();
        let mut queue = self.queue.lock();
        if let Some(failure) = &queue.closed {
            return Err(failure.clone());
        }
        let first_message = MessageId(queue.last_message + 1);
        let changes = entries
            .into_iter()
            .map(|entry| queue.encode(entry, now))
            .collect();
        queue.commits.push(Commit { changes, done });
        drop(queue);
        self.wake_writer.notify_one();
        Ok(Appended {
            first_message,
            done: answer,
        })
    }

    /// Takes nothing more; what is queued is still written.
    pub(crate) fn close(&self) {
        self.queue.lock().closed.get_or_insert(LogFailure::Stopped);
        self.wake_writer.notify_one();
    }
}

impl Queue {
    /// Nothing waits; the next message comes after the last one.
    pub(super) fn after(last: MessageId) -> Self {
        Self {
            last_message: last.0,
            ..Self::default()
        }
    }

    fn encode(&mut self, entry: Entry, now: Millis) -> Change {
        match entry {
            Entry::Change(change) => {
                record::append(&mut self.buffer, &change);
                change
            }
            Entry::Publish {
                topic,
                mut messages,
            } => {
                // Publish times rise with the ids, whatever the clock does.
                let now = self.last_publish_time.map_or(now, |last| last.max(now));
                self.last_publish_time = Some(now);
                let first = MessageId(self.last_message + 1);
                for message in &mut messages {
                    self.last_message += 1;
                    message.message_id = self.last_message.to_string();
                    message.publish_time = Some(to_timestamp(now));
                }
                record::append_published(&mut self.buffer, topic, messages, first)
            }
        }
    }
}
