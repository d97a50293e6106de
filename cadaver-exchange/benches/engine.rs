//! The engine alone: one thread, no journal, no network.

use cadaver_exchange::domain::{
    Command, Exchange, Kibbles, Moment, NewLot, NewOrder, RodentKind, Rules, Side, Terms,
    event::Output,
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use shared_events::id::{CatId, LotId, OrderId};
use std::hint::black_box;

const CATS: u32 = 100;
const LOTS_PER_CAT: u32 = 100;
const COMMANDS: u32 = 20_000;

fn cat(number: u32) -> CatId {
    CatId::new(format!("cat-{number}")).expect("valid")
}

fn lot(number: u32) -> Command {
    Command::ListLot(NewLot {
        lot: LotId::new(format!("lot-{number}")).expect("valid"),
        hunter: cat(number % CATS),
        kind: RodentKind::Mouse,
        species: Some("Peromyscus eremicus".to_owned()),
        mass_mg: Some(20_000),
        caught_at: Moment::from_millis(i64::from(number)),
        jurisdiction: "CA".to_owned(),
    })
}

/// Cats with kibbles and lots, and an empty book.
fn market(listing: Option<Kibbles>) -> Exchange {
    let (mut exchange, mut out) = (Exchange::default(), Output::default());
    let mut rules = Rules {
        welcome_grant: Kibbles(1_000_000_000),
        ..Rules::default()
    };
    rules.listing_prices[0] = listing;
    exchange.execute(Moment::default(), &Command::ApplyRules(rules), &mut out);
    for number in 0..CATS {
        exchange.execute(
            Moment::default(),
            &Command::WelcomeCat { cat: cat(number) },
            &mut out,
        );
    }
    for number in 0..CATS * LOTS_PER_CAT {
        exchange.execute(Moment::default(), &lot(number), &mut out);
    }
    exchange
}

/// 70 % orders around the middle price, 30 % cancellations of earlier ones; the same for every run.
fn mixed_flow() -> Vec<Command> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut placed: Vec<(CatId, OrderId)> = Vec::new();
    let mut flow = Vec::with_capacity(COMMANDS as usize);
    for number in 0..COMMANDS {
        if draw(10) < 3 && !placed.is_empty() {
            let index = usize::try_from(draw(placed.len() as u64)).expect("small");
            let (cat, order) = placed.swap_remove(index);
            flow.push(Command::CancelOrder { cat, order });
            continue;
        }
        let order = OrderId::new(format!("order-{number}")).expect("valid");
        let cat = cat(u32::try_from(draw(u64::from(CATS))).expect("small"));
        let buys = draw(2) == 0;
        let offset = i64::try_from(draw(50)).expect("small");
        placed.push((cat.clone(), order.clone()));
        flow.push(Command::PlaceOrder(NewOrder {
            order,
            cat,
            market: "mouse-prime".to_owned(),
            side: if buys { Side::Buy } else { Side::Sell },
            quantity: 1 + draw(4),
            price: Kibbles(if buys { 980 + offset } else { 1_020 - offset }),
            client_order_id: None,
            terms: Terms::default(),
        }));
    }
    flow
}

fn run(exchange: &mut Exchange, flow: &[Command]) {
    let mut out = Output::default();
    for command in flow {
        black_box(exchange.execute(Moment::default(), command, &mut out));
    }
}

fn engine(c: &mut Criterion) {
    let mut group = c.benchmark_group("engine");
    group
        .throughput(Throughput::Elements(u64::from(COMMANDS)))
        .sample_size(20);
    let (fresh, flow) = (market(None), mixed_flow());
    group.bench_function("mixed flow", |b| {
        b.iter_batched_ref(
            || fresh.clone(),
            |exchange| run(exchange, &flow),
            BatchSize::LargeInput,
        );
    });
    let listing = market(Some(Kibbles(12)));
    let lots: Vec<Command> = (0..COMMANDS)
        .map(|number| lot(1_000_000 + number))
        .collect();
    group.bench_function("list lots", |b| {
        b.iter_batched_ref(
            || listing.clone(),
            |exchange| run(exchange, &lots),
            BatchSize::LargeInput,
        );
    });
    group.finish();
    c.bench_function("state hash of 10,000 lots", |b| {
        b.iter(|| black_box(listing.state_hash()));
    });
}

criterion_group!(benches, engine);
criterion_main!(benches);
