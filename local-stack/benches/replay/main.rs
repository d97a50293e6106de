//! The whole replay, end to end and durable: how fast, where the time goes, how much memory, how soon ready.
//!
//! Reads the Portal record from `CATWEB_PORTAL` (default: `shared/data/portal` beside the checkout). Each line
//! of the table is one process: its processor time over the whole replay, its share, its highest memory.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod process;
mod stack;

use process::Usage;
use stack::{PROCESSES, Stack};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Between two looks at the processes.
const LOOK: Duration = Duration::from_millis(50);
/// After its start a process is left alone for this long before its idle memory is read.
const SETTLE: Duration = Duration::from_secs(3);

fn main() {
    let folder = std::env::var_os("CATWEB_PORTAL").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/portal"),
        PathBuf::from,
    );
    let record = folder.join("Portal_rodent.csv");
    if !record.exists() {
        println!(
            "skipped: no {}; name its folder with CATWEB_PORTAL",
            record.display()
        );
        return;
    }
    let cores = std::thread::available_parallelism().unwrap();
    println!(
        "machine: {} {}, {cores} cores\n",
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    idle();
    replay(&record);
}

/// How soon each process answers that it is ready, and what it holds when nothing happens.
fn idle() {
    let place = tempfile::tempdir().unwrap();
    let mut stack = Stack::start(place.path(), &["--no-demo"]);
    stack.until("data folder");
    std::thread::sleep(SETTLE);
    println!("{:<18} {:>12} {:>14}", "idle", "ready in", "resident");
    let usages = stack.usages();
    for name in PROCESSES {
        let ready = stack.time_a_start(name).as_millis();
        println!(
            "{name:<18} {ready:>9} ms {:>10.1} MiB",
            mib(usages[name].resident_kib)
        );
    }
    stack.stop();
}

fn replay(record: &std::path::Path) {
    let place = tempfile::tempdir().unwrap();
    let mut stack = Stack::start(
        place.path(),
        &[
            "--no-demo",
            "--exit-when-done",
            "--replay",
            record.to_str().unwrap(),
        ],
    );
    let began = Instant::now();
    let mut seen: BTreeMap<String, Usage> = BTreeMap::new();
    while !stack.ended() {
        for (name, usage) in stack.usages() {
            let highest = seen.entry(name).or_default();
            *highest = highest.at_least(usage);
        }
        std::thread::sleep(LOOK);
    }
    let wall = began.elapsed();
    println!("\n{}", stack.said());
    let total: f64 = seen.values().map(Usage::cpu_s).sum();
    println!(
        "{:<18} {:>12} {:>8} {:>14}",
        "replay", "processor", "share", "most resident"
    );
    for (name, usage) in &seen {
        let (cpu, share) = (usage.cpu_s(), 100.0 * usage.cpu_s() / total);
        println!(
            "{name:<18} {cpu:>10.2} s {share:>6.0} % {:>10.1} MiB",
            mib(usage.resident_kib)
        );
    }
    println!(
        "{:<18} {total:>10.2} s over {:.1} s from start to end",
        "all",
        wall.as_secs_f64()
    );
}

#[allow(clippy::cast_precision_loss)] // a few gigabytes at most
fn mib(kib: u64) -> f64 {
    kib as f64 / 1_024.0
}
