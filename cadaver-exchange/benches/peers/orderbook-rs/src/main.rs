//! OrderBook-rs on the flow that benches/engine writes: one thread, one book, no accounts.

use orderbook_rs::{Id, OrderBook, Side, TimeInForce};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const RUNS: usize = 3;

#[derive(Clone, Copy)]
enum Step {
    Place { order: u64, side: Side, price: u128, quantity: u64, until: TimeInForce },
    Cancel { order: u64 },
}

fn read(file: &str) -> (Vec<Step>, Vec<Step>) {
    let text = std::fs::read_to_string(file).expect("the flow");
    let mut lines = text.lines();
    let head = lines.next().expect("the numbers of steps");
    let filling: usize = head.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    let mut steps: Vec<Step> = lines.map(step).collect();
    let measured = steps.split_off(filling);
    (steps, measured)
}

fn step(line: &str) -> Step {
    let words: Vec<&str> = line.split(' ').collect();
    let number = |at: usize| words[at].parse::<u64>().expect("a number");
    let order = number(1) + 1;
    if words[0] == "C" {
        return Step::Cancel { order };
    }
    Step::Place {
        order,
        side: if words[3] == "B" { Side::Buy } else { Side::Sell },
        price: u128::from(number(4)),
        quantity: number(5),
        until: if words[0] == "R" { TimeInForce::Gtc } else { TimeInForce::Ioc },
    }
}

fn take(book: &OrderBook<()>, step: Step) {
    match step {
        Step::Place { order, side, price, quantity, until } => {
            let placed = book.add_limit_order(Id::from_u64(order), price, quantity, side, until, None);
            drop(black_box(placed));
        }
        Step::Cancel { order } => drop(black_box(book.cancel_order(Id::from_u64(order)))),
    }
}

fn filled(filling: &[Step]) -> OrderBook<()> {
    let book = OrderBook::new("mouse-prime");
    filling.iter().for_each(|step| take(&book, *step));
    book
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (file, resting) = (arguments.next().expect("a file"), arguments.next().expect("a number"));
    let (filling, measured) = read(&file);
    let mut fastest = Duration::MAX;
    for _ in 0..RUNS {
        let book = filled(&filling);
        let started = Instant::now();
        measured.iter().for_each(|step| take(&book, *step));
        fastest = fastest.min(started.elapsed());
    }
    let book = filled(&filling);
    let mut times: Vec<u128> = Vec::with_capacity(measured.len());
    for step in &measured {
        let started = Instant::now();
        take(&book, *step);
        times.push(started.elapsed().as_nanos());
    }
    times.sort_unstable();
    let at = |part: usize| times[times.len() * part / 1_000];
    let per_second = measured.len() as f64 / fastest.as_secs_f64();
    println!(
        "OrderBook-rs, {resting} resting\t{per_second:.0}\t{}\t{}\t{}",
        at(500), at(990), at(999)
    );
}
