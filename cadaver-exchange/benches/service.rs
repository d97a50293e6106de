//! The whole service under an open-loop load: HTTP, access tokens, engine, durable journal, answer. Requests are due at fixed times, whatever
//! became of those before, and latency counts from the time at which one was due: what waits because others were slow is slow (no
//! coordinated omission).
//!
//! ```sh
//! cargo bench -p cadaver-exchange --bench service
//! SERVICE_BENCH_RATES=10000,20000 SERVICE_BENCH_SECONDS=10 SERVICE_BENCH_DATABASE=mongodb://… cargo bench -p cadaver-exchange --bench service
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../tests/it/signer.rs"]
#[allow(unreachable_pub)]
mod signer;

use cadaver_exchange::{
    app::{App, EndedError},
    config::Settings,
    domain::{
        Command, Kibbles, Moment, NewLot, RodentKind,
        command::Transfer,
        listing_policy::{ListingPolicy, ListingPrice},
    },
    engine::EngineHandle,
};
use hdrhistogram::Histogram;
use service_chassis::clock::SystemClock;
use shared_events::{
    EventStamp, OutgoingEvent,
    bus::{BatchHandler, Delivery},
    id::{CatId, LotId},
};
use signer::Signer;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Runtime,
};
use tokio_util::sync::CancellationToken;

const CATS: usize = 500;
const LOTS_PER_CAT: usize = 100;
const CONNECTIONS: usize = 256;
const BATCH: usize = 50;
const MIDDLE: i64 = 100;
/// What is slower counts as this.
const MAX_LATENCY_MICROS: u64 = 600_000_000;

/// What is asked of the bench.
struct Plan {
    rates: Vec<u64>,
    seconds: u64,
    database: Option<String>,
    workers: String,
}

impl Plan {
    fn from_environment() -> Self {
        let word = |name: &str| std::env::var(format!("SERVICE_BENCH_{name}")).ok();
        let rates = word("RATES").unwrap_or_else(|| "5000,10000,20000,30000".to_owned());
        Self {
            rates: rates.split(',').map(|rate| rate.parse().unwrap()).collect(),
            seconds: word("SECONDS").map_or(8, |text| text.parse().unwrap()),
            database: word("DATABASE"),
            workers: word("WORKERS").unwrap_or_else(|| "2".to_owned()),
        }
    }
}

/// The service at work.
struct Service {
    address: SocketAddr,
    engine: EngineHandle,
    tokens: Vec<String>,
    stop: CancellationToken,
    served: tokio::task::JoinHandle<Result<(), EndedError>>,
}

/// What came of a load.
#[derive(Default)]
struct Outcome {
    statuses: BTreeMap<u16, u64>,
    latencies: Option<Histogram<u64>>,
    elapsed: Duration,
}

fn main() {
    let plan = Plan::from_environment();
    let folder =
        tempfile::tempdir_in(std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| ".".into()))
            .unwrap();
    let runtime = Runtime::new().unwrap();
    let service = runtime.block_on(start(&plan, folder.path()));
    runtime.block_on(furnish(&service.engine));
    println!(
        "load average before: {}",
        std::fs::read_to_string("/proc/loadavg")
            .unwrap_or_default()
            .trim()
    );
    println!(
        "| requests | offered /s | orders answered /s | p50 ms | p90 ms | p99 ms | p99.9 ms | max ms | statuses |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for rate in &plan.rates {
        report(
            "one order each",
            *rate,
            1,
            load(service.address, &service.tokens, *rate, 1, plan.seconds),
        );
    }
    for rate in &plan.rates {
        let batches = rate / BATCH as u64;
        report(
            "50 orders each",
            batches,
            BATCH as u64,
            load(
                service.address,
                &service.tokens,
                batches,
                BATCH,
                plan.seconds,
            ),
        );
    }
    println!(
        "load average after: {}",
        std::fs::read_to_string("/proc/loadavg")
            .unwrap_or_default()
            .trim()
    );
    service.stop.cancel();
    let ended = runtime.block_on(service.served).unwrap();
    ended.unwrap();
}

async fn start(plan: &Plan, folder: &std::path::Path) -> Service {
    let database = format!("sqlite://{}", folder.join("exchange.db").display());
    let environment = [
        ("DATABASE_URL", plan.database.clone().unwrap_or(database)),
        ("PUBSUB_EMULATOR_HOST", "127.0.0.1:1".to_owned()),
        ("CADAVER_EXCHANGE__HTTP__PORT", "0".to_owned()),
        ("CADAVER_EXCHANGE__HTTP__WORKERS", plan.workers.clone()),
        (
            "CADAVER_EXCHANGE__LIMITS__TRADER_PER_SECOND",
            "1000000".to_owned(),
        ),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    // Any other setting may be tried by its name.
    let tried = std::env::vars().filter(|(name, _)| name.starts_with("CADAVER_EXCHANGE__"));
    let settings = Settings::load(None, environment.into_iter().chain(tried).collect()).unwrap();
    let app = App::build(settings, Arc::new(SystemClock)).await.unwrap();
    let (address, engine, incoming) = (app.address(), app.engine().clone(), app.incoming().clone());
    let stop = CancellationToken::new();
    let served = tokio::spawn(app.run(stop.clone()));
    engine.until_trading().await.unwrap();

    let (signer, now) = (Signer::new(), chrono::Utc::now());
    let keys = OutgoingEvent::new(&signer.published(now), EventStamp::new(now));
    let delivery = Delivery {
        envelope: keys.into_envelope("cat-node"),
        attempt: None,
    };
    incoming.handle(&[delivery]).await;
    let tokens = (0..CATS).map(|number| signer.token(&format!("cat-{number}"), &[], now));
    Service {
        address,
        engine,
        tokens: tokens.collect(),
        stop,
        served,
    }
}

/// Every cat gets kibbles, and mice that it offers itself.
async fn furnish(engine: &EngineHandle) {
    let now = Moment::from(chrono::Utc::now());
    let cat = |number: usize| CatId::new(format!("cat-{number}")).unwrap();
    let mut commands = Vec::new();
    for number in 0..CATS {
        commands.push(Command::Deposit(Transfer {
            cat: cat(number),
            amount: Kibbles(1_000_000_000),
            reason: "the bench".to_owned(),
        }));
        commands.push(Command::SetListingPolicy {
            cat: cat(number),
            market: None,
            policy: ListingPolicy {
                price: ListingPrice::Off,
                ..ListingPolicy::default()
            },
        });
    }
    commands.extend((0..CATS * LOTS_PER_CAT).map(|number| {
        Command::ListLot(NewLot {
            lot: LotId::new(format!("bench-{number}")).unwrap(),
            hunter: cat(number % CATS),
            kind: RodentKind::Mouse,
            species: None,
            mass_mg: None,
            caught_at: now,
            jurisdiction: "CA".to_owned(),
        })
    }));
    for chunk in commands.chunks(1_000) {
        let submissions = chunk.iter().cloned().map(Into::into).collect();
        engine.submit_all(submissions).await.unwrap();
    }
}

/// Sends `rate` requests a second for a while, from a thread of its own.
fn load(address: SocketAddr, tokens: &[String], rate: u64, orders: usize, seconds: u64) -> Outcome {
    let requests: Arc<Vec<Vec<u8>>> = Arc::new(
        (0..tokens.len() * 8)
            .map(|number| request(&tokens[number % tokens.len()], number, orders))
            .collect(),
    );
    let sending = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(send_all(address, requests, rate, seconds))
    });
    sending.join().unwrap()
}

async fn send_all(
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    rate: u64,
    seconds: u64,
) -> Outcome {
    let begin = Instant::now() + Duration::from_millis(100);
    let total = rate * seconds;
    let connections = (0..CONNECTIONS as u64).map(|first| {
        let requests = requests.clone();
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut latencies =
                Histogram::<u64>::new_with_bounds(1, MAX_LATENCY_MICROS, 3).unwrap();
            let mut statuses = BTreeMap::new();
            let mut buffer = Vec::with_capacity(64 * 1_024);
            for number in (first..total).step_by(CONNECTIONS) {
                let due = begin + Duration::from_nanos(number * 1_000_000_000 / rate);
                tokio::time::sleep_until(due.into()).await;
                let request = &requests[usize::try_from(number).unwrap() % requests.len()];
                stream.write_all(request).await.unwrap();
                let status = answer(&mut stream, &mut buffer).await;
                latencies.saturating_record(u64::try_from(due.elapsed().as_micros()).unwrap());
                *statuses.entry(status).or_insert(0) += 1;
            }
            (latencies, statuses, begin.elapsed())
        })
    });
    let connections: Vec<_> = connections.collect();
    let mut outcome = Outcome::default();
    for connection in connections {
        let (latencies, statuses, elapsed) = connection.await.unwrap();
        outcome.elapsed = outcome.elapsed.max(elapsed);
        match &mut outcome.latencies {
            Some(all) => all.add(latencies).unwrap(),
            none => *none = Some(latencies),
        }
        for (status, count) in statuses {
            *outcome.statuses.entry(status).or_insert(0) += count;
        }
    }
    outcome
}

/// Half of the orders buy and half sell, around the same middle.
fn request(token: &str, number: usize, orders: usize) -> Vec<u8> {
    let one = |number: usize| {
        let offset = i64::try_from(number * 7 % 5).unwrap() - 2;
        let side = if number.is_multiple_of(2) {
            "buy"
        } else {
            "sell"
        };
        format!(
            r#"{{"market":"mouse-prime","side":"{side}","quantity":1,"price":{}}}"#,
            MIDDLE + offset
        )
    };
    let (path, body) = if orders == 1 {
        ("/v1/orders", one(number / 3))
    } else {
        let all: Vec<String> = (0..orders).map(|index| one(number + index)).collect();
        (
            "/v1/orders/batch",
            format!(r#"{{"orders":[{}]}}"#, all.join(",")),
        )
    };
    format!(
        "POST {path} HTTP/1.1\r\nhost: exchange\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Reads one answer; gives its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    loop {
        assert!(
            stream.read_buf(buffer).await.unwrap() > 0,
            "the service hung up"
        );
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = std::str::from_utf8(&buffer[..end])
            .unwrap()
            .to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |text| text.trim().parse().unwrap());
        while buffer.len() < end + 4 + length {
            assert!(
                stream.read_buf(buffer).await.unwrap() > 0,
                "the service hung up"
            );
        }
        return head[9..12].parse().unwrap();
    }
}

#[allow(clippy::cast_precision_loss)] // figures for people
fn report(what: &str, rate: u64, orders: u64, outcome: Outcome) {
    let latencies = outcome.latencies.unwrap();
    let ms = |micros: u64| micros as f64 / 1_000.0;
    let at = |quantile: f64| ms(latencies.value_at_quantile(quantile));
    let statuses: Vec<_> = outcome
        .statuses
        .iter()
        .map(|(status, count)| format!("{status}: {count}"))
        .collect();
    let answered = (latencies.len() * orders) as f64 / outcome.elapsed.as_secs_f64();
    println!(
        "| {what} | {} | {answered:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {} |",
        rate * orders,
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        ms(latencies.max()),
        statuses.join(", ")
    );
}
