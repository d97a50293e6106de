//! The engine alone: one thread, no journal, no network. `benches/peers/run` gives the same flow to other engines.
//!
//! `--write-flow FILE RESTING` writes the flow; without it everything is measured and printed: commands a second, and the
//! latencies in nanoseconds of the median, of 99 and of 99.9 of 100 (closed loop, each with the cost of reading the clock).
#![allow(clippy::print_stdout)]

mod flow;
mod world;

use cadaver_exchange::domain::{Kibbles, Moment, event::Output};
use flow::{Flow, Step};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::{
    alloc::System,
    fs::File,
    hint::black_box,
    io::BufWriter,
    time::{Duration, Instant},
};
use world::World;

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Commands that are measured.
const COMMANDS: usize = 1_000_000;
/// Commands before that, so that what grows at first has grown.
const WARM_UP: usize = 2_000_000;
/// Orders in the book: a quiet market and a crowded one.
const RESTING: [usize; 2] = [1_000, 100_000];
const RUNS: usize = 3;

fn main() {
    // Cargo adds `--bench` to what it starts.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let [command, file, resting] = &arguments[..]
        && command == "--write-flow"
    {
        let flow = drawn(resting.parse().expect("a number of orders"));
        let file = File::create(file).expect("a file that can be written");
        flow.write(BufWriter::new(file)).expect("room for the flow");
        return;
    }
    for resting in RESTING {
        let flow = drawn(resting);
        by_number(&flow, resting);
    }
    by_name(&drawn(RESTING[0]));
    listings();
}

/// What is measured, with the warm-up at the end of the filling.
fn drawn(resting: usize) -> Flow {
    let mut flow = Flow::draw(resting, WARM_UP + COMMANDS);
    flow.filling.extend(flow.measured.drain(..WARM_UP));
    flow
}

fn by_number(flow: &Flow, resting: usize) {
    let mut fastest = Duration::MAX;
    let mut on_cpu = Duration::MAX;
    let mut most_allocations = 0;
    for _ in 0..RUNS {
        let mut world = World::filled(flow);
        let memory = Region::new(MEMORY);
        let (started, cpu) = (Instant::now(), time_on_cpu());
        flow.measured.iter().for_each(|step| world.take(step));
        fastest = fastest.min(started.elapsed());
        on_cpu = on_cpu.min(time_on_cpu() - cpu);
        let change = memory.change();
        let allocations = change.allocations + change.reallocations;
        most_allocations = most_allocations.max(allocations);
        assert_eq!(world.refused, 0, "every order is covered");
        assert_eq!(world.exchange.audit(), Ok(()));
        black_box(world.trades);
    }
    // A stock or a queue that is longer than ever before takes memory; an order as such does not.
    assert!(
        most_allocations <= COMMANDS / 1_000,
        "the steady flow allocates {most_allocations} times"
    );
    let name = format!("catweb, {resting} resting");
    report(&name, fastest, &latencies(flow));
    report(&format!("{name}, time on a processor"), on_cpu, &[]);
    println!("# {most_allocations} allocations in {COMMANDS} commands");
}

/// How long this thread has been on a processor: on a shared machine the wall shows what others do, too.
fn time_on_cpu() -> Duration {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let on_cpu = times.split(' ').next().and_then(|ns| ns.parse().ok());
    Duration::from_nanos(on_cpu.unwrap_or_default())
}

/// The time of each command, in nanoseconds and in order.
fn latencies(flow: &Flow) -> Vec<u64> {
    let mut world = World::filled(flow);
    let mut times = Vec::with_capacity(flow.measured.len());
    for step in &flow.measured {
        let started = Instant::now();
        world.take(step);
        let took = started.elapsed();
        times.push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }
    times.sort_unstable();
    times
}

/// The same flow as commands of the journal, with names in text.
fn by_name(flow: &Flow) {
    let mut world = World::filled(&Flow {
        filling: Vec::new(),
        ..drawn(0)
    });
    let mut run = |steps: &[Step]| {
        let commands: Vec<_> = steps.iter().map(world::as_command).collect();
        let started = Instant::now();
        for command in &commands {
            black_box(
                world
                    .exchange
                    .execute(Moment::default(), command, &mut world.out),
            );
        }
        started.elapsed()
    };
    run(&flow.filling);
    let took = run(&flow.measured);
    report("catweb, names in text", took, &[]);
}

/// Lots that come in and are offered.
fn listings() {
    let (mut exchange, mut out): (_, Output) = world::opened(Some(Kibbles(12)));
    let lots: Vec<_> = (0..COMMANDS as u64).map(world::lot).collect();
    let started = Instant::now();
    for lot in &lots {
        black_box(exchange.execute(Moment::default(), lot, &mut out));
    }
    report("catweb, lots listed", started.elapsed(), &[]);
    let started = Instant::now();
    black_box(exchange.state_hash());
    println!(
        "state hash of a million listed lots: {:?}",
        started.elapsed()
    );
}

fn report(name: &str, took: Duration, times: &[u64]) {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    let per_second = (COMMANDS as f64 / took.as_secs_f64()) as u64;
    let at = |part: usize| times.get(times.len() * part / 1_000).copied();
    let quantiles =
        [500, 990, 999].map(|part| at(part).map_or("-".to_owned(), |ns| ns.to_string()));
    println!("{name}\t{per_second}\t{}", quantiles.join("\t"));
}
