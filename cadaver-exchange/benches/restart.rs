//! A million resting orders: how long trading waits for a snapshot of them, and how long a restart takes.
//!
//! ```sh
//! cargo bench -p cadaver-exchange --bench restart
//! RESTART_BENCH_CATS=200 cargo bench -p cadaver-exchange --bench restart   # a hundred thousand orders
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use cadaver_exchange::{
    domain::{Command, Exchange, Kibbles, NewOrder, Side, command::Transfer, terms::Terms},
    engine::{self, EngineHandle, EngineSettings, RunningEngine, Shadow, Surroundings, recover},
    lease::Contest,
    market_data::Hub,
    storage::{Storage, sqlite::SqliteStorage},
};
use service_chassis::clock::SystemClock;
use shared_events::id::{CatId, OrderId};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Notify;

const ORDERS_PER_CAT: usize = 500;
const CHUNK: usize = 2_000;
/// How often the engine is asked something while a snapshot is made.
const PROBE_EVERY: Duration = Duration::from_millis(1);

/// Cats, each with as many open orders as a cat may have.
fn cats() -> usize {
    let cats = std::env::var("RESTART_BENCH_CATS");
    cats.map_or(2_000, |text| text.parse().unwrap())
}

struct Running {
    handle: EngineHandle,
    engine: RunningEngine,
    shadow: Arc<Shadow>,
    hub: Arc<Hub>,
    storage: Arc<dyn Storage>,
    tenure: cadaver_exchange::lease::Tenure,
}

async fn start(path: &Path) -> Running {
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open(path).unwrap());
    let mut contest = Contest::new(
        "the bench".to_owned(),
        Duration::from_secs(3),
        Arc::new(SystemClock),
    );
    let tenure = contest.try_take(storage.as_ref()).await.unwrap().unwrap();
    let hub = Arc::new(Hub::default());
    let mut recovered = recover(storage.as_ref(), &hub).await.unwrap();
    let now = chrono::Utc::now().into();
    engine::begin_epoch(storage.as_ref(), &tenure, now, &mut recovered, &hub)
        .await
        .unwrap();
    let shadow = Arc::new(Shadow::of(storage.clone()));
    let with = Surroundings {
        storage: storage.clone(),
        tenure: tenure.clone(),
        shadow: shadow.clone(),
        clock: Arc::new(SystemClock),
        settings: EngineSettings {
            // None while the orders come in, and one at the end.
            snapshot_every: (cats() * ORDERS_PER_CAT * 5) as u64,
            tick: Duration::from_secs(1),
        },
        told: Arc::new(Notify::new()),
        hub: hub.clone(),
    };
    let (handle, idle) = EngineHandle::new();
    let rules = cadaver_exchange::domain::Rules::default();
    let ready = engine::prepare(idle, with, recovered, rules).await.unwrap();
    Running {
        handle,
        engine: ready.spawn(),
        shadow,
        hub,
        storage,
        tenure,
    }
}

async fn stop(running: Running) {
    running.handle.stop().await;
    running.engine.task.await.unwrap().unwrap();
    running.engine.snapshots.await.unwrap();
    let epoch = running.tenure.epoch();
    running.storage.release_lease(epoch).await.unwrap();
}

fn cat(number: usize) -> CatId {
    CatId::new(format!("cat-{number}")).unwrap()
}

async fn fill(handle: &EngineHandle) {
    let cats = cats();
    let deposits = (0..cats).map(|number| {
        Command::Deposit(Transfer {
            cat: cat(number),
            amount: Kibbles(1_000_000_000),
            reason: "the bench".to_owned(),
        })
    });
    let orders = (0..cats * ORDERS_PER_CAT).map(|number| {
        Command::PlaceOrder(NewOrder {
            order: OrderId::new(format!("order-{number}")).unwrap(),
            cat: cat(number % cats),
            market: ["mouse-prime", "rat-prime"][number / cats % 2].to_owned(),
            side: Side::Buy,
            quantity: 1 + (number % 5) as u64,
            price: Kibbles(1 + i64::try_from(number * 7 % 2_000).unwrap()),
            client_order_id: None,
            terms: Terms::default(),
        })
    });
    let commands: Vec<Command> = deposits.chain(orders).collect();
    for chunk in commands.chunks(CHUNK) {
        let submissions = chunk.iter().cloned().map(Into::into).collect();
        handle.submit_all(submissions).await.unwrap();
    }
}

/// The longest that the engine took for a question while `work` went on, and how long that took.
async fn probed<T>(
    handle: &EngineHandle,
    work: impl Future<Output = T>,
) -> (T, Duration, Duration) {
    let (begin, mut worst) = (Instant::now(), Duration::ZERO);
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return (done, worst, begin.elapsed()),
            () = tokio::time::sleep(PROBE_EVERY) => {
                let asked = Instant::now();
                handle.look(|exchange, _| exchange.last_event()).await.unwrap();
                worst = worst.max(asked.elapsed());
            }
        }
    }
}

fn main() {
    let folder = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| ".".to_owned());
    let folder = tempfile::tempdir_in(folder).unwrap();
    let path = folder.path().join("exchange.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let running = start(&path).await;
        let begin = Instant::now();
        fill(&running.handle).await;
        let filled = begin.elapsed();
        println!("{} orders taken in and durable in {filled:.1?}", cats() * ORDERS_PER_CAT);
        let position = running.hub.position();
        let snapshot = tokio::spawn({
            let shadow = running.shadow.clone();
            async move { shadow.at(position, Exchange::to_canonical).await.unwrap().len() }
        });
        let (bytes, worst, took) = probed(&running.handle, snapshot).await;
        println!(
            "a snapshot of {} bytes in {took:.1?}, from an empty shadow; the engine's longest answer meanwhile: {worst:.2?}",
            bytes.unwrap()
        );
        // The one at the end is stored.
        stop(running).await;

        let begin = Instant::now();
        let running = start(&path).await;
        println!("restart from the snapshot until trading: {:.2?}", begin.elapsed());
        let open = running
            .handle
            .look(|exchange, _| exchange.orders_of(&cat(0), u64::MAX, 1_000).len());
        assert_eq!(open.await.unwrap(), ORDERS_PER_CAT);
        stop(running).await;
    });
}
