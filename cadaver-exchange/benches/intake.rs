//! From a delivery of the bus to a durable lot: JSON, engine, journal on SQLite, in batches as a consumer makes them.

use cadaver_exchange::{
    domain::{Kibbles, Rules},
    engine::{self, EngineHandle, EngineSettings, Shadow, Surroundings},
    events::incoming::Incoming,
    lease::Contest,
    market_data::Hub,
    storage::{Storage, sqlite::SqliteStorage},
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use service_chassis::{access_token::AccessTokens, clock::SystemClock};
use shared_events::{
    EventStamp, OutgoingEvent,
    bus::{BatchHandler, Delivery, MAX_BATCH, Verdict},
    events::{Position, RodentKind, mouse_trap::RodentCaught},
    id::{CaptureId, CatId, SiteId, TrapId},
};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::Notify};

const CAPTURES: u64 = 20_480;

fn deliveries(first: u64) -> Vec<Delivery> {
    let now = chrono::Utc::now();
    let one = |number: u64| {
        let trap = TrapId::new(format!("portal-{}-{}", number % 24, number % 49)).expect("valid");
        let caught = RodentCaught {
            capture: CaptureId::of_catch(&trap, "bench", number),
            trap,
            site: SiteId::new(format!("portal-{}", number % 24)).expect("valid"),
            jurisdiction: "CA".into(),
            position: Some(Position {
                latitude: 46.8139,
                longitude: -71.208,
            }),
            hunter: CatId::new(format!("cat{}", number % 24)).expect("valid"),
            kind: if number.is_multiple_of(3) {
                RodentKind::Rat
            } else {
                RodentKind::Mouse
            },
            species: Some("Dipodomys merriami".into()),
            mass_grams: Some(42.5),
            sex: None,
            caught_at: now,
            recorded_at: now,
            confidence: 1.0,
        };
        let envelope =
            OutgoingEvent::new(&caught, EventStamp::new(now)).into_envelope("mouse-trap");
        Delivery {
            envelope,
            attempt: None,
        }
    };
    (first..first + CAPTURES).map(one).collect()
}

/// An exchange on a database of its own.
struct Intake {
    incoming: Incoming,
    _folder: TempDir,
}

async fn start() -> Intake {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = SqliteStorage::open(&folder.path().join("exchange.db")).expect("opened");
    let clock = Arc::new(SystemClock);
    let tokens = AccessTokens::load(
        "cadaver-exchange",
        Arc::new(storage.keyring()),
        clock.clone(),
    )
    .await;
    let hub = Arc::new(Hub::default());
    let recovered = engine::recover(&storage, &hub).await.expect("recovered");
    let settings = EngineSettings {
        snapshot_every: 50_000,
        tick: Duration::from_secs(1),
    };
    let rules = Rules {
        listing_prices: [Some(Kibbles(12)); 6],
        ..Rules::default()
    };
    let storage: Arc<dyn Storage> = Arc::new(storage);
    let mut contest = Contest::new(
        "the bench".to_owned(),
        Duration::from_secs(3),
        clock.clone(),
    );
    let tenure = contest.try_take(storage.as_ref()).await.expect("asked");
    let with = Surroundings {
        tenure: tenure.expect("the lease of a new database is free"),
        shadow: Arc::new(Shadow::of(storage.clone())),
        storage,
        clock,
        settings,
        told: Arc::new(Notify::new()),
        hub,
    };
    let (handle, idle) = EngineHandle::new();
    let ready = engine::prepare(idle, with, recovered, rules).await;
    // It works until its handle is dropped.
    drop(ready.expect("started").spawn());
    let incoming = Incoming::new(handle, Arc::new(tokens.expect("loaded")));
    Intake {
        incoming,
        _folder: folder,
    }
}

async fn take_in(intake: &Intake, deliveries: &[Delivery]) {
    for batch in deliveries.chunks(MAX_BATCH) {
        let verdicts = intake.incoming.handle(batch).await;
        assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Done));
    }
}

fn intake(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let deliveries = deliveries(0);
    let mut group = c.benchmark_group("intake");
    group
        .throughput(Throughput::Elements(CAPTURES))
        .sample_size(10);
    group.bench_function("rodent-caught to durable lot", |b| {
        b.iter_batched_ref(
            || runtime.block_on(start()),
            |intake| runtime.block_on(take_in(intake, &deliveries)),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, intake);
criterion_main!(benches);
