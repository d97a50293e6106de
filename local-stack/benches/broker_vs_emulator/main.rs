//! The embedded broker against Google's emulator: the same work with the official client on both.
//!
//! Prints, for each, the time until it is ready, its memory, the rates of publishing, of receiving and
//! acknowledging, and of all at once, and the ratios. Without the emulator (or Java) it says so and
//! measures the broker alone. `CATWEB_BENCH_MESSAGES` sets the number of messages.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod contestant;
mod load;

use contestant::Contestant;
use load::Load;
use std::fmt::Display;
use std::time::Duration;

/// Messages in each phase, the same for both: rates and memory are compared.
const MESSAGES: usize = 30_000;

/// What was measured of one contestant.
struct Figures {
    ready: Duration,
    idle_kib: u64,
    load: Load,
    loaded_kib: u64,
    cpu: Duration,
}

fn main() {
    let messages = std::env::var("CATWEB_BENCH_MESSAGES").ok();
    let messages = messages.map_or(MESSAGES, |count| {
        count.parse().expect("a number of messages")
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ours = runtime.block_on(measure(Contestant::broker(), messages));
    print("catweb broker (durable)", &ours);
    let Some(emulator) = Contestant::emulator() else {
        println!("Google's emulator was not found: nothing to compare with");
        return;
    };
    let google = runtime.block_on(measure(emulator, messages));
    print("Google's emulator (in memory)", &google);
    println!("\ncatweb broker against Google's emulator");
    let rates = |figures: &Figures| {
        let load = &figures.load;
        [
            load.publish_rate(),
            load.consume_rate(),
            load.round_trip_rate(),
        ]
    };
    let names = [
        "publish",
        "receive + acknowledge",
        "publish + receive + acknowledge at once",
    ];
    for ((name, ours), google) in names.into_iter().zip(rates(&ours)).zip(rates(&google)) {
        row(name, format!("{:.1} x", ours / google));
    }
    row(
        "ready",
        format!(
            "{:.1} x sooner",
            google.ready.as_secs_f64() / ours.ready.as_secs_f64()
        ),
    );
    #[allow(clippy::cast_precision_loss, reason = "a ratio for people")]
    let memory = ours.loaded_kib as f64 / google.loaded_kib as f64;
    row("memory after the load", format!("{memory:.2} of it"));
}

async fn measure(contestant: Contestant, messages: usize) -> Figures {
    let (running, ready) = contestant.start().await;
    let idle_kib = running.resident_kib();
    let before = running.cpu();
    let load = Load::run(running.endpoint(), messages, || running.cpu()).await;
    let cpu = running.cpu() - before;
    Figures {
        ready,
        idle_kib,
        load,
        loaded_kib: running.resident_kib(),
        cpu,
    }
}

fn print(name: &str, figures: &Figures) {
    let load = &figures.load;
    println!(
        "\n{name}: {} messages of 1 KiB in each phase",
        load.messages
    );
    row(
        "ready after",
        format!("{:.0} ms", figures.ready.as_secs_f64() * 1_000.0),
    );
    row("publish", format!("{:.0} messages/s", load.publish_rate()));
    row(
        "receive + acknowledge",
        format!("{:.0} messages/s", load.consume_rate()),
    );
    row(
        "publish + receive + acknowledge at once",
        format!("{:.0} messages/s", load.round_trip_rate()),
    );
    row(
        "one message per publish request",
        format!("{:.0} messages/s", load.single_rate()),
    );
    row(
        "processor time for such a message",
        format!("{:.0} us", load.single_cpu_us()),
    );
    row(
        "publish to receive, one at a time",
        format!("{:.1} ms (median)", load.latency_ms()),
    );
    row(
        "processor time of the server",
        format!("{:.1} s", figures.cpu.as_secs_f64()),
    );
    row(
        "memory idle / after",
        format!("{} / {} KiB", figures.idle_kib, figures.loaded_kib),
    );
}

fn row(name: &str, value: impl Display) {
    println!("  {name:<42}{value:>22}");
}
