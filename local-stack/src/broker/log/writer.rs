//! The one thread that writes: everything that is queued, one `fdatasync`, apply, answer, and again.

use super::append::{Commit, LogFailure};
use super::checkpoint::Checkpoints;
use super::image;
use super::lock::FolderLock;
use super::open::Tail;
use super::{Log, LogBounds, segment::MAGIC};
use crate::broker::domain::change::Change;
use crate::broker::domain::ids::{MessageId, SubscriptionId};
use crate::broker::domain::state::State;
use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// When the last write was for several commits, but not many, the next one waits this long for more: a
/// sync costs more than the wait. One client that publishes and waits never waits for this.
const LINGER: Duration = Duration::from_millis(1);
/// So many commits share a write well enough.
const MANY_COMMITS: usize = 64;

/// The running writer. It ends when the log is closed.
#[derive(Debug)]
pub(crate) struct Writer(JoinHandle<()>);

/// What the writer does after it applied changes: wake who waits for messages of these subscriptions.
pub(crate) type Wake = Box<dyn Fn(&BTreeSet<SubscriptionId>) + Send>;

struct WriterThread {
    log: Log,
    state: Arc<Mutex<State>>,
    wake: Wake,
    tail: Tail,
    checkpoints: Checkpoints,
    segment_bytes: u64,
    /// Held until the last write: nobody else may write here before.
    _lock: FolderLock,
}

impl Writer {
    /// Starts writing behind the log's tail.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(crate) fn start(
        log: Log,
        state: Arc<Mutex<State>>,
        tail: Tail,
        wake: Wake,
        lock: FolderLock,
        bounds: LogBounds,
    ) -> io::Result<Self> {
        let checkpoints = Checkpoints::new(log.segments.clone(), tail.replayed, bounds);
        let mut thread = WriterThread {
            log,
            state,
            wake,
            tail,
            checkpoints,
            segment_bytes: bounds.segment_bytes,
            _lock: lock,
        };
        let builder = std::thread::Builder::new().name("broker-log".to_owned());
        Ok(Self(builder.spawn(move || thread.run())?))
    }

    /// Waits until everything is written and the last checkpoint is on disk. The log must be closed.
    pub(crate) fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the thread that writes the broker's log ended with a panic");
        }
    }
}

impl WriterThread {
    fn run(&mut self) {
        let mut commit_count = 0;
        while let Some((buffer, commits)) = self.next_batch(commit_count) {
            commit_count = commits.len();
            match self.write(&buffer) {
                Ok(start) => self.apply(start, buffer, commits),
                Err(failure) => commits.into_iter().for_each(|commit| {
                    let _ = commit.done.send(Err(failure.clone()));
                }),
            }
            if self.checkpoints.is_due(commit_count) {
                self.checkpoint();
            }
        }
        self.checkpoint();
        self.checkpoints.finish();
    }

    /// Waits for commits; `None` when the log is closed and all is written.
    fn next_batch(&self, last_count: usize) -> Option<(Vec<u8>, Vec<Commit>)> {
        let mut queue = self.log.queue.lock();
        while queue.commits.is_empty() {
            if queue.closed.is_some() {
                return None;
            }
            self.log.wake_writer.wait(&mut queue);
        }
        if (2..MANY_COMMITS).contains(&last_count) && queue.commits.len() < MANY_COMMITS {
            MutexGuard::unlocked(&mut queue, || std::thread::sleep(LINGER));
        }
        let buffer = std::mem::take(&mut queue.buffer);
        Some((buffer, std::mem::take(&mut queue.commits)))
    }

    /// Makes the bytes last; answers where in the segment they begin.
    fn write(&mut self, buffer: &[u8]) -> Result<u64, LogFailure> {
        if self.tail.length >= self.segment_bytes {
            self.begin_segment()
                .map_err(|error| LogFailure::Write(error.to_string()))?;
        }
        let start = self.tail.length;
        if let Err(error) = self.tail.file.write_all_at(buffer, start) {
            tracing::error!(%error, "the broker's log could not be written");
            return Err(self.fail_unless_cut(&error));
        }
        if let Err(error) = self.tail.file.sync_data() {
            // What is on disk after a failed sync is unknown: nothing may be acknowledged from here on.
            tracing::error!(%error, "the broker's log could not be synced; restart the broker");
            return Err(self.fail(LogFailure::Write(error.to_string())));
        }
        self.tail.length += buffer.len() as u64;
        self.checkpoints.count(buffer.len());
        Ok(start)
    }

    fn begin_segment(&mut self) -> io::Result<()> {
        let number = self.tail.segment + 1;
        self.tail.file = self.log.segments.create(number)?;
        self.tail.segment = number;
        self.tail.length = MAGIC.len() as u64;
        Ok(())
    }

    /// A full disk is survived when the half-written bytes can be cut off.
    fn fail_unless_cut(&mut self, error: &io::Error) -> LogFailure {
        let failure = LogFailure::Write(error.to_string());
        match self.tail.file.set_len(self.tail.length) {
            Ok(()) => failure,
            Err(_) => self.fail(failure),
        }
    }

    fn fail(&self, failure: LogFailure) -> LogFailure {
        self.log.queue.lock().closed.get_or_insert(failure).clone()
    }

    fn apply(&self, start: u64, buffer: Vec<u8>, commits: Vec<Commit>) {
        let buffer = Bytes::from(buffer);
        let mut touched = BTreeSet::new();
        let mut answers = Vec::with_capacity(commits.len());
        let mut published = Vec::new();
        let mut state = self.state.lock();
        for commit in commits {
            for mut change in commit.changes {
                published.extend(self.place(&mut change, start, &buffer));
                touched.extend(state.apply(change));
            }
            answers.push(commit.done);
        }
        published.retain(|(id, _)| state.index.get(*id).is_some());
        state.index.recent.keep(published, buffer.len());
        drop(state);
        (self.wake)(&touched);
        for answer in answers {
            let _ = answer.send(Ok(()));
        }
    }

    /// Turns positions in the buffer into positions in the log; answers the payloads.
    fn place(&self, change: &mut Change, start: u64, buffer: &Bytes) -> Vec<(MessageId, Bytes)> {
        let Change::Published { messages, .. } = change else {
            return Vec::new();
        };
        let start = u32::try_from(start).expect("segments are rolled at 64 MiB");
        let placed = messages.iter_mut().map(|message| {
            let position = &mut message.position;
            let from = position.offset as usize;
            position.segment = self.tail.segment;
            position.offset += start;
            (
                message.id,
                buffer.slice(from..from + position.length as usize),
            )
        });
        placed.collect()
    }

    fn checkpoint(&mut self) {
        let image = image::of(&self.state.lock(), self.tail.segment, self.tail.length);
        self.checkpoints.write(image);
    }
}

impl std::fmt::Debug for WriterThread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriterThread")
            .field("tail", &self.tail)
            .finish_non_exhaustive()
    }
}
