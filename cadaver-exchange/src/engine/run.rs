//! The engine's loop.

use super::{
    EngineStats, Idle, Replay, Shadow, Submission,
    batch::{Batch, Sealed, Seen},
    handle::Request,
    shadow::keep_snapshots,
    writing::{Writing, beside, written},
};
use crate::{
    domain::{Command, Exchange, Moment, Outcome, Rules},
    lease::Tenure,
    market_data::Hub,
    storage::{Storage, StorageError},
};
use service_chassis::clock::Clock;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// The most commands, answers and looks in one write to the journal, but for a last group that goes beyond.
const MAX_BATCH: usize = 2_048;
/// As many are carried out before the engine sees whether the journal is ready for more.
const MAX_TURN: usize = 128;

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
    /// What is carried out and waits for its turn to be written.
    next: Batch,
    /// What is being written.
    writing: Option<Writing>,
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
        next: Batch::default(),
        writing: None,
        stats,
        trading,
    };
    engine.carry_out_own(Command::ApplyRules(rules)).await?;
    engine.finish().await?;
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
            tokio::select! {
                biased;
                written = written(&mut self.writing) => self.written(written?),
                // Once in a batch: each carries out some of what is due.
                () = &mut tick, if !self.next.has_advanced => {
                    let is_more_due = self.advance_time().await?;
                    tick = clock.pause(if is_more_due { Duration::ZERO } else { self.with.settings.tick });
                    // However much is due, who waits has a turn in between.
                    if let Ok(request) = requests.try_recv() && self.take(request, &mut requests).await? {
                        break;
                    }
                }
                request = requests.recv(), if self.next.len() < MAX_BATCH => match request {
                    Some(request) => if self.take(request, &mut requests).await? {
                        break;
                    },
                    None => break,
                },
            }
            self.write_next();
        }
        self.finish().await
    }

    /// Carries out some of what the queue holds, as far as the next batch has room for it; tells whether a stop was among it.
    async fn take(
        &mut self,
        first: Request,
        requests: &mut mpsc::Receiver<Request>,
    ) -> Result<bool, EngineError> {
        self.make_certain().await?;
        let until = MAX_BATCH.min(self.next.len() + MAX_TURN);
        let mut request = Some(first);
        while let Some(taken) = request {
            match taken {
                Request::Submit {
                    submissions,
                    answer,
                } => {
                    let outcomes = self.carry_out(submissions).await?;
                    self.next.answer(outcomes, answer);
                }
                Request::Look(look) => self.next.look(look),
                Request::Stop => return Ok(true),
            }
            request = if self.next.len() < until {
                requests.try_recv().ok()
            } else {
                None
            };
        }
        Ok(false)
    }

    /// Makes certain that this process may trade.
    async fn make_certain(&mut self) -> Result<(), EngineError> {
        let certain = self.with.tenure.make_certain(self.with.storage.as_ref());
        beside(&mut self.writing, certain)
            .await
            .map_err(EngineError::Lease)
    }

    /// Carries commands out, but for those that were done before: in the journal, in the batch that is being written, or in the next.
    async fn carry_out(
        &mut self,
        submissions: Vec<Submission>,
    ) -> Result<Vec<Outcome>, EngineError> {
        let sources: Vec<_> = submissions
            .iter()
            .filter_map(|one| one.source.clone())
            .collect();
        let known = if sources.is_empty() {
            HashSet::new()
        } else {
            beside(&mut self.writing, self.with.storage.known_sources(sources)).await?
        };
        let now = Moment::from(self.with.clock.now());
        self.stats.commands.inc_by(submissions.len() as u64);
        let writing = self.writing.as_ref().map(|writing| &writing.seen.sources);
        let outcomes = self.next.carry_out(
            &mut self.exchange,
            &mut self.position,
            now,
            submissions,
            |source| known.contains(source) || writing.is_some_and(|some| some.contains(source)),
        );
        Ok(outcomes)
    }

    /// Begins to write what is carried out, unless something is being written.
    fn write_next(&mut self) {
        if self.writing.is_some() || self.next.is_empty() {
            return;
        }
        let Sealed { entries, seen } =
            std::mem::take(&mut self.next).seal(&self.exchange, self.position);
        if entries.is_empty() {
            seen.reveal();
            return;
        }
        let (storage, epoch) = (self.with.storage.clone(), self.with.tenure.epoch());
        let (clock, stats) = (self.with.clock.clone(), self.stats.clone());
        let (count, last_event) = (entries.len(), self.exchange.last_event());
        let write = async move {
            let asked = clock.instant();
            storage.append(epoch, entries).await?;
            stats.note_write(count, clock.instant().duration_since(asked), last_event);
            Ok(())
        };
        self.writing = Some(Writing::new(write, seen));
    }

    /// A batch is in the journal: everyone may see it.
    fn written(&mut self, mut seen: Seen) {
        let updates = std::mem::take(&mut seen.updates);
        self.with.hub.tell(updates, seen.position);
        self.with.told.notify_one();
        seen.reveal();
    }

    /// Writes what is carried out, to the end.
    async fn finish(&mut self) -> Result<(), EngineError> {
        loop {
            self.write_next();
            if self.writing.is_none() {
                return Ok(());
            }
            let seen = written(&mut self.writing).await?;
            self.written(seen);
        }
    }

    /// Regrades and spoils some of what is due, so that others get their turn; tells whether there is more. Journals
    /// nothing when nothing is due.
    async fn advance_time(&mut self) -> Result<bool, EngineError> {
        if !self.exchange.is_due(Moment::from(self.with.clock.now())) {
            return Ok(false);
        }
        self.next.has_advanced = true;
        Ok(self.carry_out_own(Command::AdvanceTime).await? != Outcome::Unchanged)
    }

    async fn carry_out_own(&mut self, command: Command) -> Result<Outcome, EngineError> {
        self.make_certain().await?;
        let outcomes = self.carry_out(vec![Submission::from(command)]).await?;
        Ok(outcomes.first().copied().unwrap_or(Outcome::Unchanged))
    }
}
