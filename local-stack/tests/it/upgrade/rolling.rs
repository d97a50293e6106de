//! The rolling replacement itself.

use super::balancer::Balancer;
use super::clients::{Clients, Seen};
use super::process::{DEADLINE, LOOK_AGAIN, Process, Surroundings};
use service_chassis::real_component::{real_component, tell};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// Load before, between and after the replacements.
const LOAD: Duration = Duration::from_secs(2);
/// Captures in one question.
const CHUNK: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_under_load_and_the_way_back_lose_no_event_and_fail_no_request() {
    let suite = "upgrade under load";
    let Some(previous) = real_component("previous-catweb", "CATWEB_TEST_PREVIOUS", suite) else {
        return;
    };
    let (old, new) = (
        PathBuf::from(previous),
        PathBuf::from(env!("CARGO_BIN_EXE_catweb")),
    );
    let folder = tempfile::tempdir().unwrap();
    let at = Surroundings {
        folder: folder.path(),
        broker: free_port(),
    };
    let broker = Process::broker(&new, &at);
    apply_topology(&new, &at);

    let (mut traps, traps_url) = Replaced::start(&old, &at, "mouse-trap").await;
    let (mut cats, cats_url) = Replaced::start(&old, &at, "cat-node").await;
    let (mut exchange, exchange_url) = Replaced::start(&old, &at, "cadaver-exchange").await;
    let clients = Clients::new(traps_url, exchange_url, cats_url);
    let stop = CancellationToken::new();
    let mut workers = clients.start(&stop).await;

    let began = Instant::now();
    sleep(LOAD).await;
    traps.replace_side_by_side(&new, &at).await;
    sleep(LOAD).await;
    cats.replace_side_by_side(&new, &at).await;
    sleep(LOAD).await;
    let gap = exchange.hand_over(&new, &at).await;
    sleep(LOAD).await;
    // And back: what the new one has stored must not hinder the old one. The exchange goes no way back beyond a command that it
    // has newly learned (decision 0036).
    cats.replace_side_by_side(&old, &at).await;
    traps.replace_side_by_side(&old, &at).await;
    sleep(LOAD).await;
    let took = began.elapsed();
    stop.cancel();
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }

    let (captures, lots, objects, balanced) = settled(&clients).await;
    let seen = std::mem::take(&mut *clients.seen.lock().unwrap());
    tell_figures(&seen, took, gap, (captures, lots, objects));
    assert_eq!(seen.failures, Vec::<String>::new());
    assert_eq!((captures, lots, balanced), (objects, objects, true));
    let ids: Vec<_> = seen.captures.into_iter().collect();
    for chunk in ids.chunks(CHUNK) {
        assert_eq!(clients.existing(chunk).await, chunk.len());
    }
    for service in [&mut traps, &mut cats, &mut exchange] {
        service.stop().await;
    }
    assert!(broker.stop().await.success());
}

/// A service behind a balancer, of one version and then of another.
struct Replaced {
    name: &'static str,
    balancer: Balancer,
    /// None while one has ended and the next one not begun.
    process: Option<Process>,
}

impl Replaced {
    async fn start(program: &Path, at: &Surroundings<'_>, name: &'static str) -> (Self, String) {
        let (balancer, url) = Balancer::start().await;
        let mut process = Process::service(program, at, name, free_port());
        process.until_ready().await;
        balancer.add(&process.url).await;
        let replaced = Self {
            name,
            balancer,
            process: Some(process),
        };
        (replaced, url)
    }

    /// The new one works beside the old one before that is asked to stop.
    async fn replace_side_by_side(&mut self, program: &Path, at: &Surroundings<'_>) {
        let mut next = Process::service(program, at, self.name, free_port());
        next.until_ready().await;
        self.balancer.add(&next.url).await;
        sleep(LOAD).await;
        self.stop().await;
        self.process = Some(next);
        tell(format_args!(
            "upgrade under load: {} was replaced; {} requests were sent elsewhere",
            self.name,
            self.balancer.redirected()
        ));
    }

    /// One writer at a time: the new one stands by until the old one has given the lease back, and requests wait meanwhile.
    /// Answers how long.
    async fn hand_over(&mut self, program: &Path, at: &Surroundings<'_>) -> Duration {
        let mut next = Process::service(program, at, self.name, free_port());
        next.until_answering().await;
        self.balancer.add(&next.url).await;
        sleep(LOAD).await;
        let began = Instant::now();
        let running = self.process.take().unwrap();
        let url = running.url.clone();
        let (status, ()) = tokio::join!(running.stop(), next.until_ready());
        assert!(status.success(), "{} ends badly", self.name);
        self.balancer.remove(&url).await;
        self.process = Some(next);
        began.elapsed()
    }

    async fn stop(&mut self) {
        let running = self.process.take().unwrap();
        let url = running.url.clone();
        assert!(running.stop().await.success(), "{} ends badly", self.name);
        self.balancer.remove(&url).await;
    }
}

fn apply_topology(program: &Path, at: &Surroundings<'_>) {
    let status = Command::new(program)
        .args(["topology", "apply"])
        .env("PUBSUB_EMULATOR_HOST", format!("127.0.0.1:{}", at.broker))
        .env("GOOGLE_CLOUD_PROJECT", "catweb-upgrade")
        .status();
    assert!(status.unwrap().success());
}

/// The counts when all has arrived; the last ones when it never does.
async fn settled(clients: &Clients) -> (u64, u64, u64, bool) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let counts = clients.count().await;
        let (captures, lots, objects, _) = counts;
        if (captures, lots) == (objects, objects) || Instant::now() > deadline {
            return counts;
        }
        sleep(LOOK_AGAIN).await;
    }
}

fn tell_figures(seen: &Seen, took: Duration, gap: Duration, counts: (u64, u64, u64)) {
    let (captures, lots, objects) = counts;
    for (what, requests) in &seen.requests {
        let slowest = seen.slowest[what].as_millis();
        tell(format_args!(
            "upgrade under load: {requests} {what}, the slowest took {slowest} ms"
        ));
    }
    tell(format_args!(
        "upgrade under load: {:.1} s; {} requests failed; {} captures and {} orders acknowledged; {captures} captures, {lots} lots, {objects} Parse objects; the exchange's writer changed in {} ms",
        took.as_secs_f64(),
        seen.failures.len(),
        seen.captures.len(),
        seen.orders,
        gap.as_millis(),
    ));
}

fn free_port() -> u16 {
    let held = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    held.local_addr().unwrap().port()
}
