//! The engine's loop.

use super::{
    Recovered, Submission,
    batch::{self, Batch},
    handle::{EngineHandle, Request},
    snapshots,
};
use crate::{
    domain::{Command, Exchange, Moment, Outcome, Rules},
    storage::{Storage, StorageError},
};
use service_chassis::clock::Clock;
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::JoinHandle,
};

/// Requests that may wait for the engine before callers wait to queue.
const QUEUE: usize = 4_096;
/// The most commands in one write to the journal.
const MAX_BATCH: usize = 2_048;

/// How the engine works.
#[derive(Debug, Clone, Copy)]
pub struct EngineSettings {
    /// A snapshot is stored after so many entries.
    pub snapshot_every: u64,
    /// How often to look for lots that are due.
    pub tick: Duration,
}

/// Why the engine ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// What was carried out could not be written, so nobody may see it.
    #[error(
        "the journal could not be written, so the exchange stops before anyone sees what is not in it"
    )]
    Journal(#[from] StorageError),
}

/// What the engine has done so far.
#[derive(Debug, Default)]
pub struct EngineStats {
    /// Commands carried out.
    pub commands: AtomicU64,
    /// Entries written.
    pub entries: AtomicU64,
    /// Writes to the journal.
    pub batches: AtomicU64,
    /// Snapshots stored.
    pub snapshots: AtomicU64,
}

/// An engine at work.
#[derive(Debug)]
pub struct RunningEngine {
    /// The way to it.
    pub handle: EngineHandle,
    /// What it has done so far.
    pub stats: Arc<EngineStats>,
    /// Ends when it was told to stop, or when the journal failed.
    pub task: JoinHandle<Result<(), EngineError>>,
}

struct Engine {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    settings: EngineSettings,
    exchange: Exchange,
    position: u64,
    last_snapshot: u64,
    snapshotting: Option<JoinHandle<()>>,
    /// Tells the relay that there are events.
    told: Arc<Notify>,
    stats: Arc<EngineStats>,
}

/// Starts an engine on a recovered state. It applies `rules` first, so that the market is open when this returns.
///
/// # Errors
/// The journal could not be written.
pub async fn start(
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    settings: EngineSettings,
    recovered: Recovered,
    rules: Rules,
    told: Arc<Notify>,
) -> Result<RunningEngine, EngineError> {
    let stats = Arc::new(EngineStats::default());
    let mut engine = Engine {
        storage,
        clock,
        settings,
        exchange: recovered.exchange,
        position: recovered.position,
        last_snapshot: recovered.snapshot,
        snapshotting: None,
        told,
        stats: stats.clone(),
    };
    engine.submit_own(Command::ApplyRules(rules)).await?;
    let (queue, requests) = mpsc::channel(QUEUE);
    let runtime = tokio::runtime::Handle::current();
    // Batches and snapshots keep a core busy for milliseconds, so the engine has a thread of its own.
    let task = tokio::task::spawn_blocking(move || runtime.block_on(engine.run(requests)));
    Ok(RunningEngine {
        handle: EngineHandle::new(queue),
        stats,
        task,
    })
}

impl Engine {
    async fn run(mut self, mut requests: mpsc::Receiver<Request>) -> Result<(), EngineError> {
        let mut ticks = tokio::time::interval(self.settings.tick);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let first = tokio::select! {
                request = requests.recv() => request,
                _ = ticks.tick() => {
                    if self.advance_time().await? {
                        ticks.reset_immediately();
                    }
                    continue;
                }
            };
            let Some(first) = first else { break };
            let (batch, stop) = collect(first, &mut requests);
            self.work(batch).await?;
            if stop {
                break;
            }
        }
        self.finish().await;
        Ok(())
    }

    async fn work(&mut self, batch: Batch) -> Result<(), EngineError> {
        let sources = batch.sources();
        let done = if sources.is_empty() {
            HashSet::new()
        } else {
            self.storage.known_sources(sources).await?
        };
        let now = Moment::from(self.clock.now());
        let carried = batch::carry_out(&mut self.exchange, self.position, now, batch.groups, done);
        self.stats
            .commands
            .fetch_add(batch.commands as u64, Relaxed);
        if !carried.entries.is_empty() {
            self.position += carried.entries.len() as u64;
            self.stats
                .entries
                .fetch_add(carried.entries.len() as u64, Relaxed);
            self.stats.batches.fetch_add(1, Relaxed);
            self.storage.append(carried.entries).await?;
            self.told.notify_one();
        }
        for (outcomes, answer) in carried.answers {
            // Whoever asked may have gone away; it is done all the same.
            drop(answer.send(outcomes));
        }
        for look in batch.looks {
            look(&self.exchange, self.position);
        }
        self.snapshot_if_due();
        Ok(())
    }

    /// Regrades and spoils some of what is due, so that others get their turn; tells whether there is more. Journals
    /// nothing when nothing is due.
    async fn advance_time(&mut self) -> Result<bool, EngineError> {
        if !self.exchange.is_due(Moment::from(self.clock.now())) {
            return Ok(false);
        }
        Ok(self.submit_own(Command::AdvanceTime).await? != Outcome::Unchanged)
    }

    async fn submit_own(&mut self, command: Command) -> Result<Outcome, EngineError> {
        let (answer, mut outcomes) = oneshot::channel();
        let groups = vec![(vec![Submission::from(command)], answer)];
        self.work(Batch {
            groups,
            commands: 1,
            ..Batch::default()
        })
        .await?;
        let outcome = outcomes
            .try_recv()
            .ok()
            .and_then(|outcomes| outcomes.first().copied());
        Ok(outcome.unwrap_or(Outcome::Unchanged))
    }

    /// The state is copied out here; hashing and storing the copy goes on beside the trading.
    fn snapshot_if_due(&mut self) {
        let due = self.position - self.last_snapshot >= self.settings.snapshot_every;
        let busy = self
            .snapshotting
            .as_ref()
            .is_some_and(|task| !task.is_finished());
        if !due || busy {
            return;
        }
        self.last_snapshot = self.position;
        let state = self.exchange.to_canonical();
        let store = snapshots::store(
            self.storage.clone(),
            self.position,
            state,
            self.stats.clone(),
        );
        self.snapshotting = Some(tokio::spawn(store));
    }

    /// Waits for the snapshot under way; its storing tells its own failures, only a defect is left to tell.
    async fn await_snapshot(&mut self) {
        if let Some(task) = self.snapshotting.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the task that stores a snapshot ended badly");
        }
    }

    /// A snapshot at the end, unless the last one is young, makes the next start quick.
    async fn finish(&mut self) {
        self.await_snapshot().await;
        if self.position - self.last_snapshot > self.settings.snapshot_every / 10 {
            self.settings.snapshot_every = 0;
            self.snapshot_if_due();
        }
        self.await_snapshot().await;
    }
}

/// Takes what the queue holds, up to a batch; tells whether a stop was among it.
fn collect(first: Request, requests: &mut mpsc::Receiver<Request>) -> (Batch, bool) {
    let mut batch = Batch::default();
    let mut next = Some(first);
    while let Some(request) = next {
        match request {
            Request::Submit {
                submissions,
                answer,
            } => {
                batch.commands += submissions.len();
                batch.groups.push((submissions, answer));
            }
            Request::Look(look) => batch.looks.push(look),
            Request::Stop => return (batch, true),
        }
        next = if batch.commands < MAX_BATCH {
            requests.try_recv().ok()
        } else {
            None
        };
    }
    (batch, false)
}
