//! Random flows of commands over the whole vocabulary: the engine agrees with the naive one, keeps its books balanced, and
//! comes out of a snapshot or a replay as it was. `CATWEB_FLOW_COMMANDS=5000000` runs longer; a failure names its seed, and
//! `CATWEB_FLOW_SEED` runs that one alone.

mod script;

use super::{
    Command, Event, Exchange, Market, Moment, Outcome, Side,
    event::{Output, RejectReason},
    naive::{NaiveExchange, NaiveOrder, NaiveTrade},
};
use proptest::prelude::*;
use script::{Script, cats};
use std::collections::BTreeSet;

/// Commands of one flow: long enough for a book, short enough to start anew often.
const FLOW: u64 = 250;
/// Commands in all, unless told otherwise: about twenty seconds without optimisation.
const COMMANDS: u64 = 75_000;

fn number_from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// The seeds to run.
fn seeds() -> std::ops::Range<u64> {
    if let Some(seed) = number_from_environment("CATWEB_FLOW_SEED") {
        return seed..seed + 1;
    }
    let commands = number_from_environment("CATWEB_FLOW_COMMANDS").unwrap_or(COMMANDS);
    0..commands.div_ceil(FLOW)
}

fn flow(script: &mut Script) -> impl Iterator<Item = (Moment, Command)> {
    let opening = script.opening();
    opening.into_iter().chain((0..FLOW).map(|_| script.next()))
}

fn trades_of(exchange: &Exchange, out: &Output) -> Vec<NaiveTrade> {
    let told = out.events.iter().filter_map(|event| match event {
        Event::TradeExecuted(trade) => Some(trade),
        _ => None,
    });
    told.map(|trade| NaiveTrade {
        market: trade.market,
        price: trade.price.0,
        buyer: exchange.cat_id(trade.buyer).clone(),
        seller: exchange.cat_id(trade.seller).clone(),
        fees: (trade.buyer_fee.0, trade.seller_fee.0),
        lots: out
            .lots_of(trade)
            .iter()
            .map(|lot| exchange.lot_id(*lot).clone())
            .collect(),
    })
    .collect()
}

fn same_accounts(naive: &NaiveExchange, exchange: &Exchange, context: &str) {
    for cat in cats() {
        let account = exchange.account(&cat).unwrap_or_default();
        assert_eq!(
            account.available.0,
            naive.free_kibbles(&cat),
            "{cat}, {context}"
        );
        assert_eq!(account.held.0, naive.held_kibbles(&cat), "{cat}, {context}");
        for market in Market::ALL {
            let free = account.lots[market.index()].0;
            assert_eq!(
                free,
                naive.free_lots(&cat, market),
                "{cat} in {market}, {context}"
            );
        }
    }
}

/// One market's queues, as each exchange has them.
fn same_queues(naive: &NaiveExchange, exchange: &Exchange, context: &str) {
    for market in Market::ALL {
        assert_eq!(
            exchange.phase(market),
            naive.phase(market),
            "{market}, {context}"
        );
        for side in [Side::Buy, Side::Sell] {
            let resting = exchange.resting(market, side, usize::MAX);
            let resting: Vec<_> = resting
                .iter()
                .map(|order| {
                    (
                        order.number.0,
                        order.price.0,
                        order.quantity,
                        order.remaining,
                        order.shown,
                    )
                })
                .collect();
            let mut expected: Vec<&NaiveOrder> = naive
                .book
                .iter()
                .filter(|order| order.market == market && order.side == side)
                .collect();
            // A stable sort: at one price the first in the queue stays first.
            expected.sort_by_key(|order| {
                if side == Side::Buy {
                    -order.price
                } else {
                    order.price
                }
            });
            let expected: Vec<_> = expected
                .iter()
                .map(|order| {
                    (
                        order.number,
                        order.price,
                        order.quantity,
                        order.remaining,
                        order.shown,
                    )
                })
                .collect();
            assert_eq!(resting, expected, "{side} in {market}, {context}");
        }
    }
    let waiting: usize = cats()
        .map(|cat| {
            let orders = exchange.orders_of(&cat, u64::MAX, usize::MAX);
            orders
                .iter()
                .filter(|order| order.state == super::order::OrderState::Waiting)
                .count()
        })
        .sum();
    assert_eq!(waiting, naive.waiting.len(), "stops, {context}");
}

/// The words for what happened, to see that the flows leave nothing out.
fn words_of(outcome: Outcome, out: &Output, seen: &mut BTreeSet<String>) {
    match outcome {
        Outcome::OrderRejected(reason) => seen.insert(reason.code().to_owned()),
        Outcome::OrderPlaced(_) => seen.insert("placed".to_owned()),
        other => seen.insert(
            format!("{other:?}")
                .chars()
                .filter(|c| !c.is_numeric())
                .collect(),
        ),
    };
    for event in &out.events {
        match event {
            Event::OrderCancelled { why, .. } => seen.insert(format!("cancelled: {why:?}")),
            Event::PhaseChanged { phase, .. } => seen.insert(phase.name().to_owned()),
            other => seen.insert(
                format!("{other:?}")
                    .chars()
                    .take_while(|c| c.is_alphabetic())
                    .collect(),
            ),
        };
    }
}

fn nothing_is_left_out(seen: &BTreeSet<String>) {
    let reasons = RejectReason::ALL
        .iter()
        .map(|reason| reason.code().to_owned());
    let cancels = [
        "Cat",
        "SelfTrade",
        "Regraded",
        "Spoiled",
        "Voided",
        "CatErased",
        "Expired",
        "Unfilled",
        "OutOfKibbles",
        "Volatility",
        "TradingStopped",
    ];
    let cancels = cancels.map(|why| format!("cancelled: {why}"));
    let others = [
        "OrderTriggered",
        "RequestRefused",
        "OrderAmended",
        "TradeExecuted",
        "LotRegraded",
        "opening-auction",
        "halted",
    ];
    let all = reasons.chain(cancels).chain(others.map(str::to_owned));
    let missing: Vec<_> = all.filter(|word| !seen.contains(word)).collect();
    assert!(
        missing.is_empty(),
        "no flow came to {missing:?}; seen: {seen:?}"
    );
}

#[test]
fn the_engine_agrees_with_the_naive_one() {
    let mut seen = BTreeSet::new();
    for seed in seeds() {
        let (mut exchange, mut out) = (Exchange::default(), Output::default());
        let (mut naive, mut script) = (NaiveExchange::default(), Script::new(seed));
        for (turn, (at, command)) in flow(&mut script).enumerate() {
            let context = format!("seed {seed}, command {turn}: {command:?}");
            let outcome = exchange.execute(at, &command, &mut out);
            let (expected, trades) = naive.execute(at, &command);
            words_of(outcome, &out, &mut seen);
            assert_eq!(outcome, expected, "{context}");
            assert_eq!(trades_of(&exchange, &out), trades, "{context}");
            same_queues(&naive, &exchange, &context);
            same_accounts(&naive, &exchange, &context);
        }
        assert_eq!(exchange.audit(), Ok(()), "seed {seed}");
    }
    if number_from_environment("CATWEB_FLOW_SEED").is_none() {
        nothing_is_left_out(&seen);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_unbalances_the_books(seed in any::<u64>()) {
        let (mut exchange, mut out) = (Exchange::default(), Output::default());
        let mut replayed = Exchange::default();
        let mut script = Script::new(seed);
        let mut restored = Exchange::default();
        for (turn, (at, command)) in flow(&mut script).enumerate() {
            let before = exchange.state_hash();
            let outcome = exchange.execute(at, &command, &mut out);
            prop_assert_eq!(exchange.audit(), Ok(()), "after {:?}", command);
            let mut again = Output::default();
            prop_assert_eq!(restored.execute(at, &command, &mut again), outcome, "restored, {:?}", command);
            prop_assert_eq!(&again, &out);
            if outcome.belongs_in_journal() {
                replayed.execute(at, &command, &mut again);
                prop_assert_eq!(&again, &out);
            } else {
                prop_assert_eq!(exchange.state_hash(), before, "{:?} is not journaled", command);
                prop_assert!(out.events.is_empty() && out.book.is_empty() && out.postings.is_empty());
            }
            if turn % 16 == 0 {
                restored = Exchange::from_canonical(&exchange.to_canonical()).expect("its own form");
            }
            prop_assert_eq!(restored.state_hash(), exchange.state_hash(), "restored, {:?}", command);
        }
        prop_assert_eq!(replayed.state_hash(), exchange.state_hash());
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(seed in any::<u64>(), mut at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let (mut exchange, mut out) = (Exchange::default(), Output::default());
        for (at, command) in flow(&mut Script::new(seed)).take(120) {
            exchange.execute(at, &command, &mut out);
        }
        let mut bytes = exchange.to_canonical();
        for (index, byte) in at.drain(..) {
            let place = index.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = Exchange::from_canonical(&bytes);
        let half = bytes.len() / 2;
        prop_assert!(Exchange::from_canonical(&bytes[..half]).is_err());
    }
}
