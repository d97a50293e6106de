//! cat-node against parse-server 9.10 (on PostgreSQL) and PocketBase 0.36: the same objects, the same requests, one run, one machine.
//!
//! Starts each server itself, one after the other, fills it, lets wrk ask over 16 connections, and prints requests a second, processor
//! time a request of the server's process, memory, and the ratios; then what a find costs among a million objects.
//!
//! Needs wrk, and for the peers `eval "$(scripts/parse-server.sh install)"` (with PostgreSQL from Debian) and
//! `eval "$(scripts/pocketbase.sh install)"`; a peer that is not installed is left out and said. `CATWEB_BENCH_SECONDS` is how long each work
//! lasts (5), `CATWEB_BENCH_ONLY=cat-node` leaves the peers out, `CATWEB_BENCH_MANY` is how many objects there are in the last part (1000000).
#![allow(clippy::print_stdout)]

mod cat_node;
mod contestant;
mod million;
mod parse;
mod parse_server;
mod pocketbase;
mod postgresql;
mod process;
mod wrk;

use contestant::{Contestant, Figures, Results};

const SECONDS: u64 = 5;

fn number_from_environment(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number"))
    })
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let seconds = number_from_environment("CATWEB_BENCH_SECONDS", SECONDS);
    let with_peers = std::env::var("CATWEB_BENCH_ONLY").is_err();
    let ours = show(&runtime.block_on(cat_node::start()), seconds);
    if with_peers {
        match runtime.block_on(parse_server::start()) {
            Some(peer) => compare(&ours, &show(&peer, seconds)),
            None => println!(
                "parse-server is not installed (scripts/parse-server.sh, PostgreSQL): left out"
            ),
        }
        match runtime.block_on(pocketbase::start()) {
            Some(peer) => compare(&ours, &show(&peer, seconds)),
            None => println!("PocketBase is not installed (scripts/pocketbase.sh): left out"),
        }
    }
    runtime.block_on(million::run(
        number_from_environment("CATWEB_BENCH_MANY", million::OBJECTS),
        seconds,
    ));
}

fn show(contestant: &Contestant, seconds: u64) -> Results {
    let results = contestant.run(seconds);
    println!(
        "\n{}: {:.0} MiB filled, {:.0} MiB after the load",
        results.name, results.idle_mib, results.loaded_mib
    );
    println!("| work | requests/s | CPU ms/request | median ms | p99 ms |\n|---|---|---|---|---|");
    results.figures.iter().for_each(show_figures);
    results
}

fn show_figures(figures: &Figures) {
    let Figures {
        name,
        per_second,
        cpu_ms,
        median_ms,
        p99_ms,
    } = figures;
    println!("| {name} | {per_second:.0} | {cpu_ms:.3} | {median_ms:.2} | {p99_ms:.2} |");
}

/// How many times as much cat-node does in a second, and how many times as much a request of the peer costs.
fn compare(ours: &Results, peer: &Results) {
    println!(
        "\ncat-node against {}: memory {:.2} x",
        peer.name,
        ours.loaded_mib / peer.loaded_mib
    );
    println!("| work | requests/s | CPU a request |\n|---|---|---|");
    for (own, other) in ours.figures.iter().zip(&peer.figures) {
        let (more, less) = (own.per_second / other.per_second, other.cpu_ms / own.cpu_ms);
        println!("| {} | {more:.1} x | 1/{less:.1} |", own.name);
    }
}
