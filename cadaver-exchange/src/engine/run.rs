//! The engine's loop.

use super::{
    Idle, Replay, Shadow, Submission,
    batch::{self, Batch},
    handle::{Answer, Request},
    shadow::keep_snapshots,
};
use crate::{
    domain::{Command, Exchange, Moment, Outcome, Rules},
    lease::Tenure,
    market_data::{Changes, Hub},
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
    sync::{Notify, mpsc, oneshot, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

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
    /// Another process trades from now on.
    #[error("this exchange may not trade any more")]
    Lease(#[source] StorageError),
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
    /// Ends when it was told to stop, or when the journal failed.
    pub task: JoinHandle<Result<(), EngineError>>,
    /// Ends after the engine, with a last snapshot.
    pub snapshots: JoinHandle<()>,
}

/// What an engine works with.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where the journal is.
    pub storage: Arc<dyn Storage>,
    /// The right to write it.
    pub tenure: Tenure,
    /// The second state, which snapshots are taken of.
    pub shadow: Arc<Shadow>,
    /// What gives commands their moments.
    pub clock: Arc<dyn Clock>,
    /// How it works.
    pub settings: EngineSettings,
    /// Woken when there are events to publish.
    pub told: Arc<Notify>,
    /// Where everyone's market data go.
    pub hub: Arc<Hub>,
}

struct Engine {
    with: Surroundings,
    exchange: Box<Exchange>,
    position: u64,
    changes: Changes,
    stats: Arc<EngineStats>,
    trading: watch::Sender<bool>,
}

/// An engine whose market is open, and that does nothing yet.
pub struct ReadyEngine {
    engine: Engine,
    requests: mpsc::Receiver<Request>,
    last_snapshot: u64,
}

/// An engine on a recovered state. It applies `rules` first, so that the market is open when this returns.
///
/// # Errors
/// The journal could not be written.
pub async fn prepare(
    idle: Idle,
    with: Surroundings,
    recovered: Replay,
    rules: Rules,
) -> Result<ReadyEngine, EngineError> {
    let Idle {
        requests,
        trading,
        stats,
    } = idle;
    let mut engine = Engine {
        with,
        exchange: recovered.exchange,
        position: recovered.position,
        changes: Changes::default(),
        stats,
        trading,
    };
    engine.submit_own(Command::ApplyRules(rules)).await?;
    engine.trading.send_replace(true);
    Ok(ReadyEngine {
        engine,
        requests,
        last_snapshot: recovered.snapshot,
    })
}

impl std::fmt::Debug for ReadyEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReadyEngine(at {})", self.engine.position)
    }
}

impl ReadyEngine {
    /// Starts the engine, on a thread of its own as batches keep a core busy for milliseconds, and what takes its snapshots.
    #[must_use]
    pub fn spawn(self) -> RunningEngine {
        let (working, snapshots) = self.parts();
        let runtime = tokio::runtime::Handle::current();
        RunningEngine {
            task: tokio::task::spawn_blocking(move || runtime.block_on(working)),
            snapshots: tokio::spawn(snapshots),
        }
    }

    /// The engine's work, and that of taking its snapshots, which ends after it, for whoever runs them in another way.
    pub fn parts(
        self,
    ) -> (
        impl Future<Output = Result<(), EngineError>> + Send + 'static,
        impl Future<Output = ()> + Send + 'static,
    ) {
        let stopped = CancellationToken::new();
        let snapshots = keep_snapshots(
            self.engine.with.shadow.clone(),
            self.engine.with.hub.news(),
            self.last_snapshot,
            self.engine.with.settings.snapshot_every,
            self.engine.stats.clone(),
            stopped.clone(),
        );
        let working = async move {
            let _stop_snapshots = stopped.drop_guard();
            self.engine.run(self.requests).await
        };
        (working, snapshots)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.trading.send_replace(false);
    }
}

impl Engine {
    async fn run(mut self, mut requests: mpsc::Receiver<Request>) -> Result<(), EngineError> {
        let clock = self.with.clock.clone();
        let mut tick = clock.pause(Duration::ZERO);
        loop {
            let first = tokio::select! {
                biased;
                () = &mut tick => {
                    let is_more_due = self.advance_time().await?;
                    tick = clock.pause(if is_more_due { Duration::ZERO } else { self.with.settings.tick });
                    // However much is due, who waits has a turn in between.
                    requests.try_recv().ok()
                }
                request = requests.recv() => match request {
                    Some(request) => Some(request),
                    None => break,
                },
            };
            let Some(first) = first else { continue };
            let (batch, stop) = collect(first, &mut requests);
            self.work(batch).await?;
            if stop {
                break;
            }
        }
        Ok(())
    }

    async fn work(&mut self, batch: Batch) -> Result<(), EngineError> {
        let tenure = self.with.tenure.clone();
        let storage = self.with.storage.clone();
        let certain = tenure.make_certain(storage.as_ref()).await;
        certain.map_err(EngineError::Lease)?;
        let sources = batch.sources();
        let done = if sources.is_empty() {
            HashSet::new()
        } else {
            storage.known_sources(sources).await?
        };
        let now = Moment::from(self.with.clock.now());
        let carried = batch::carry_out(
            &mut self.exchange,
            self.position,
            now,
            batch.groups,
            done,
            &mut self.changes,
        );
        self.stats
            .commands
            .fetch_add(batch.commands as u64, Relaxed);
        if !carried.entries.is_empty() {
            self.position += carried.entries.len() as u64;
            self.stats
                .entries
                .fetch_add(carried.entries.len() as u64, Relaxed);
            self.stats.batches.fetch_add(1, Relaxed);
            storage.append(tenure.epoch(), carried.entries).await?;
            let (exchange, hub) = (&self.exchange, &self.with.hub);
            self.changes.publish(exchange, self.position, now, hub);
            self.with.told.notify_one();
        }
        for (outcomes, answer) in carried.answers {
            answer(&self.exchange, outcomes);
        }
        for look in batch.looks {
            look(&self.exchange, self.position);
        }
        Ok(())
    }

    /// Regrades and spoils some of what is due, so that others get their turn; tells whether there is more. Journals
    /// nothing when nothing is due.
    async fn advance_time(&mut self) -> Result<bool, EngineError> {
        if !self.exchange.is_due(Moment::from(self.with.clock.now())) {
            return Ok(false);
        }
        Ok(self.submit_own(Command::AdvanceTime).await? != Outcome::Unchanged)
    }

    async fn submit_own(&mut self, command: Command) -> Result<Outcome, EngineError> {
        let (answer, mut outcome) = oneshot::channel();
        let answer: Answer = Box::new(move |_, outcomes| {
            // It is asked for below, right after the work.
            let _ = answer.send(outcomes.first().copied());
        });
        self.work(Batch {
            groups: vec![(vec![Submission::from(command)], answer)],
            commands: 1,
            ..Batch::default()
        })
        .await?;
        let outcome = outcome.try_recv().ok().flatten();
        Ok(outcome.unwrap_or(Outcome::Unchanged))
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
