//! One process of the exchange, from its start to its end: the parts that the service is made of, on a simulated machine.

use super::{bus::SimPublisher, scheduler::Life, storage::SimStorage, world::World};
use async_trait::async_trait;
use cadaver_exchange::{
    domain::{Kibbles, Market, Rules, fees::Fees, guard::PriceGuard},
    engine::{self, EngineError, EngineHandle, EngineSettings, Idle, Replay, Shadow, Surroundings},
    events::{incoming::Incoming, outbox::JournalOutbox},
    lease::{self, Contest, Tenure},
    market_data::Hub,
    storage::{Storage, StorageError},
};
use chrono::{DateTime, Utc};
use service_chassis::{
    access_token::{AccessTokens, Keyring, KeyringError, Revocation},
    clock::Clock,
};
use shared_events::{
    events::cat_node::KeysPublished,
    outbox::{Next, Relay, RelaySettings},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;

/// How long a lease lives.
const TTL: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(40);
const RELAY: RelaySettings = RelaySettings {
    batch: 40,
    poll_interval_ms: 100,
    flush_deadline_ms: 1_000,
};

/// A process as others see it.
#[derive(Clone)]
pub(super) struct Process {
    pub(super) life: Life,
    pub(super) engine: EngineHandle,
    pub(super) incoming: Incoming,
    pub(super) hub: Arc<Hub>,
    pub(super) stop: CancellationToken,
}

/// Why a process ended by itself.
#[derive(Debug)]
pub(super) enum Ended {
    /// It was asked to.
    Well,
    /// It may not write any more.
    Fenced,
    /// The database failed, or an entry is damaged.
    Outage(String),
}

/// Keeps a process alive: starts it again whenever it ends.
pub(super) async fn keep_alive(world: World, slot: usize) {
    loop {
        let life = world.scheduler.new_life();
        world.record.lock().statistics.lives += 1;
        let (tell, ended) = oneshot::channel();
        let living = live(world.clone(), life, slot);
        world.scheduler.spawn(life, async move {
            drop(tell.send(living.await));
        });
        let ended = ended.await;
        world.scheduler.kill(life);
        world.set_process(slot, None);
        world.bury(life, slot, ended.ok());
        world.pause_ms(5, 150).await;
    }
}

async fn live(world: World, life: Life, slot: usize) -> Ended {
    let storage: Arc<dyn Storage> = Arc::new(SimStorage::of(world.clone(), life));
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let tokens = AccessTokens::load("cadaver-exchange", Arc::new(NoKeys), clock.clone()).await;
    let (engine, idle) = EngineHandle::new();
    let process = Process {
        life,
        incoming: Incoming::new(
            engine.clone(),
            Arc::new(tokens.expect("no keys are loaded")),
        ),
        hub: Arc::default(),
        stop: CancellationToken::new(),
        engine,
    };
    world.set_process(slot, Some(process.clone()));
    let contest = Contest::new(holder(slot), TTL, clock);
    match trade(&world, &process, storage, idle, contest).await {
        Ok(()) => Ended::Well,
        Err(Failure::Fenced) => Ended::Fenced,
        Err(Failure::Outage(why)) => Ended::Outage(why),
    }
}

pub(super) fn holder(slot: usize) -> String {
    format!("process-{slot}")
}

enum Failure {
    Fenced,
    Outage(String),
}

impl<E: std::error::Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut causes = std::iter::successors(
            Some(&error as &(dyn std::error::Error + 'static)),
            |cause| cause.source(),
        );
        let is_fenced = |cause: &(dyn std::error::Error + 'static)| {
            matches!(
                cause.downcast_ref::<StorageError>(),
                Some(StorageError::Fenced { .. } | StorageError::PositionTaken(_))
            )
        };
        if causes.any(is_fenced) {
            Self::Fenced
        } else {
            Self::Outage(format!("{error:?}"))
        }
    }
}

async fn stand_by(
    world: &World,
    process: &Process,
    storage: &dyn Storage,
    contest: &mut Contest,
) -> Option<(Tenure, Option<Replay>)> {
    let mut warm: Option<Replay> = None;
    while !process.stop.is_cancelled() {
        match contest.try_take(storage).await {
            Ok(Some(tenure)) => return Some((tenure, warm)),
            Ok(None) => {
                warm = match warm {
                    None => engine::recover(storage, &process.hub).await.ok(),
                    Some(mut replay) => {
                        let followed = replay.catch_up(storage, u64::MAX, Some(&process.hub)).await;
                        followed.ok().map(|()| replay)
                    }
                }
            }
            Err(_) => {}
        }
        world.clock.pause(contest.pause()).await;
    }
    None
}

async fn trade(
    world: &World,
    process: &Process,
    storage: Arc<dyn Storage>,
    idle: Idle,
    mut contest: Contest,
) -> Result<(), Failure> {
    let held = stand_by(world, process, storage.as_ref(), &mut contest).await;
    let Some((tenure, warm)) = held else {
        return Ok(());
    };
    let mut replay = match warm {
        Some(replay) => replay,
        None => engine::recover(storage.as_ref(), &process.hub).await?,
    };
    world.say(|| {
        format!(
            "process of {:?} leads in epoch {}",
            process.life,
            tenure.epoch()
        )
    });
    let now = world.clock.now().into();
    engine::begin_epoch(storage.as_ref(), &tenure, now, &mut replay, &process.hub).await?;
    world.compare(replay.position, replay.exchange.state_hash());
    if replay.snapshot > 0 {
        world.record.lock().statistics.from_snapshot += 1;
    }
    let outbox = JournalOutbox::open(storage.clone()).await?;
    let told = Arc::new(Notify::new());
    let surroundings = Surroundings {
        tenure: tenure.clone(),
        shadow: Arc::new(Shadow::of(storage.clone())),
        storage: storage.clone(),
        clock: Arc::new(world.clock.clone()),
        settings: EngineSettings {
            snapshot_every: world.draw(|dice| dice.between(8, 60)),
            tick: TICK,
        },
        told: told.clone(),
        hub: process.hub.clone(),
    };
    let ready = engine::prepare(idle, surroundings, replay, rules(world)).await?;
    let publisher = SimPublisher {
        world: world.clone(),
        life: process.life,
    };
    let relay = Relay::new(outbox, publisher, RELAY, told.clone());
    work(world, process, storage, tenure, ready, (relay, told)).await
}

/// As `app/leading.rs` puts it together.
async fn work(
    world: &World,
    process: &Process,
    storage: Arc<dyn Storage>,
    tenure: Tenure,
    ready: engine::ReadyEngine,
    (relay, told): (Relay<JournalOutbox, SimPublisher>, Arc<Notify>),
) -> Result<(), Failure> {
    let (working, snapshots) = ready.parts();
    let mut engine_ended = world.spawn_in(process.life, working);
    let snapshots = world.spawn_in(process.life, snapshots);
    let released = CancellationToken::new();
    let keeping = lease::keep(storage, tenure, released.clone());
    let mut lease_ended = world.spawn_in(process.life, keeping);
    let relaying = relay_until(world.clone(), relay, told, released.clone());
    let relaying = world.spawn_in(process.life, relaying);
    tokio::select! {
        biased;
        ended = &mut engine_ended => return ended.unwrap_or(Ok(())).map_err(Failure::from),
        ended = &mut lease_ended => return ended.unwrap_or(Ok(())).map_err(Failure::from),
        () = process.stop.cancelled() => {}
    }
    process.engine.stop().await;
    let ended: Result<(), EngineError> = engine_ended.await.unwrap_or(Ok(()));
    ended?;
    // Neither answers anything: they have ended, by themselves or with the life of the process.
    drop(snapshots.await);
    released.cancel();
    drop(relaying.await);
    lease_ended.await.unwrap_or(Ok(()))?;
    Ok(())
}

async fn relay_until(
    world: World,
    mut relay: Relay<JournalOutbox, SimPublisher>,
    told: Arc<Notify>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let next = relay.step().await;
        world.say(|| format!("a round of the relay: {next:?}"));
        let (wait, may_be_woken) = match next {
            Next::AtOnce => continue,
            Next::WhenWoken(wait) => (wait, true),
            Next::After(wait) => (wait, false),
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = told.notified(), if may_be_woken => {}
            () = world.clock.pause(wait) => {}
        }
    }
}

/// The house's rules; they change from life to life.
fn rules(world: &World) -> Rules {
    if let Some(rules) = &world.rules {
        return rules.clone();
    }
    world.draw(|dice| {
        let price = |dice: &mut super::dice::Dice| match dice.below(4) {
            0 => None,
            _ => Some(Kibbles(i64::try_from(dice.between(3, 9)).expect("small"))),
        };
        let bps = |dice: &mut super::dice::Dice| dice.pick(&[0_u16, 0, 100, 1_000]);
        Rules {
            listing_prices: Market::ALL.map(|_| price(dice)),
            welcome_grant: Kibbles(400),
            fees: Fees {
                maker_bps: bps(dice),
                taker_bps: bps(dice),
            },
            guard: PriceGuard {
                band_bps: None,
                jump_bps: dice.pick(&[None, None, Some(8_000)]),
                auction_ms: 150,
            },
            ..Rules::default()
        }
    })
}

/// Nobody signs anything here.
struct NoKeys;

#[async_trait]
impl Keyring for NoKeys {
    async fn load(&self) -> Result<(Option<KeysPublished>, Vec<Revocation>), KeyringError> {
        Ok((None, Vec::new()))
    }

    async fn keep_keys(&self, _: &KeysPublished) -> Result<(), KeyringError> {
        Ok(())
    }

    async fn keep_revocations(
        &self,
        _: &[Revocation],
        _: DateTime<Utc>,
    ) -> Result<(), KeyringError> {
        Ok(())
    }
}
