//! Random flows of commands: the engine agrees with the naive one, keeps its books balanced, and comes out of a
//! snapshot or a replay as it was.

use super::{
    Command, Event, Exchange, Kibbles, Market, Moment, NewOrder, Outcome, Rules, Side, Terms,
    event::Output,
    naive::{NaiveExchange, NaiveTrade, mouse},
};
use proptest::prelude::*;
use shared_events::id::{CatId, OrderId};

const HOUR_MS: i64 = 3_600_000;

#[derive(Debug, Clone)]
enum Step {
    Welcome(u8),
    List {
        cat: u8,
        age_min: i64,
    },
    Place {
        cat: u8,
        buy: bool,
        quantity: u64,
        price: i64,
    },
    Cancel {
        cat: u8,
        back: usize,
    },
    CancelListing {
        cat: u8,
        number: u64,
    },
    Wait {
        hours: i64,
    },
    Void {
        back: usize,
    },
    Erase(u8),
}

fn trading() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (0..4_u8).prop_map(Step::Welcome),
        4 => (0..4_u8, 0..50_i64).prop_map(|(cat, age_min)| Step::List { cat, age_min }),
        8 => (0..4_u8, any::<bool>(), 0..6_u64, 0..12_i64)
            .prop_map(|(cat, buy, quantity, price)| Step::Place { cat, buy, quantity, price }),
        2 => (0..4_u8, 0..20_usize).prop_map(|(cat, back)| Step::Cancel { cat, back }),
    ]
}

fn anything() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => trading(),
        2 => (0..4_u8, 0..200_u64).prop_map(|(cat, number)| Step::CancelListing { cat, number }),
        2 => (1..30_i64).prop_map(|hours| Step::Wait { hours }),
        2 => (0..40_usize).prop_map(|back| Step::Void { back }),
        1 => (0..4_u8).prop_map(Step::Erase),
    ]
}

fn cat(number: u8) -> CatId {
    CatId::new(format!("cat-{number}")).unwrap()
}

fn rules() -> Rules {
    let mut rules = Rules {
        welcome_grant: Kibbles(200),
        ..Rules::default()
    };
    rules.listing_prices[0] = Some(Kibbles(5));
    rules.listing_prices[1] = Some(Kibbles(3));
    rules
}

/// Turns steps into commands, with a moment for each.
struct Script {
    now: Moment,
    made: usize,
    orders: Vec<OrderId>,
}

impl Script {
    fn new() -> Self {
        Self {
            now: Moment::from_millis(1_000 * HOUR_MS),
            made: 0,
            orders: Vec::new(),
        }
    }

    fn command(&mut self, step: &Step) -> Command {
        self.made += 1;
        self.now = self.now.plus_millis(10);
        match *step {
            Step::Welcome(number) => Command::WelcomeCat { cat: cat(number) },
            Step::List {
                cat: number,
                age_min,
            } => {
                let caught_at = self.now.plus_millis(-age_min * 60_000);
                Command::ListLot(mouse(
                    &format!("lot-{}", self.made),
                    &cat(number),
                    caught_at,
                ))
            }
            Step::Place {
                cat: number,
                buy,
                quantity,
                price,
            } => {
                let order = OrderId::new(format!("order-{}", self.made)).unwrap();
                self.orders.push(order.clone());
                Command::PlaceOrder(NewOrder {
                    order,
                    cat: cat(number),
                    market: "mouse-prime".to_owned(),
                    side: if buy { Side::Buy } else { Side::Sell },
                    quantity,
                    price: Kibbles(price),
                    client_order_id: None,
                    terms: Terms::default(),
                })
            }
            Step::Cancel { cat: number, back } => {
                let order = self.orders.iter().rev().nth(back).cloned();
                let order = order.unwrap_or_else(|| OrderId::new("none").unwrap());
                Command::CancelOrder {
                    cat: cat(number),
                    order,
                }
            }
            Step::CancelListing {
                cat: number,
                number: order,
            } => {
                let order = OrderId::new(format!("listing-{order}")).unwrap();
                Command::CancelOrder {
                    cat: cat(number),
                    order,
                }
            }
            Step::Wait { hours } => {
                self.now = self.now.plus_millis(hours * HOUR_MS);
                Command::AdvanceTime
            }
            Step::Void { back } => {
                let lot = format!("lot-{}", self.made.saturating_sub(back));
                Command::VoidCapture {
                    lot: lot.parse().unwrap(),
                    reason: "it was a leaf".to_owned(),
                }
            }
            Step::Erase(number) => Command::EraseCat { cat: cat(number) },
        }
    }
}

fn opened() -> (Exchange, Output) {
    let (mut exchange, mut out) = (Exchange::default(), Output::default());
    let outcome = exchange.execute(
        Moment::from_millis(0),
        &Command::ApplyRules(rules()),
        &mut out,
    );
    assert_eq!(outcome, Outcome::Done);
    (exchange, out)
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
        lots: out
            .lots_of(trade)
            .iter()
            .map(|lot| exchange.lot_id(*lot).clone())
            .collect(),
    })
    .collect()
}

fn agree_on(
    naive: &mut NaiveExchange,
    command: &Command,
    at: Moment,
    outcome: Outcome,
    trades: &[NaiveTrade],
) {
    match command {
        Command::WelcomeCat { cat } => naive.welcome(cat),
        Command::ListLot(lot) => assert_eq!(naive.list(lot, at), trades),
        Command::PlaceOrder(order) => {
            let expected = naive.place(order);
            assert_eq!(
                matches!(outcome, Outcome::OrderPlaced(_)),
                expected.is_some(),
                "{order:?}"
            );
            assert_eq!(expected.unwrap_or_default(), trades);
        }
        Command::CancelOrder { cat, order } => {
            assert_eq!(
                matches!(outcome, Outcome::OrderCancelled(_)),
                naive.cancel(cat, order)
            );
        }
        other => panic!("the naive exchange does not know {other:?}"),
    }
}

fn same_books(naive: &NaiveExchange, exchange: &Exchange) {
    let market = Market::ALL[0];
    for side in [Side::Buy, Side::Sell] {
        let shown = exchange.depth(market, side, 100);
        let shown: Vec<_> = shown
            .iter()
            .map(|level| (level.price.0, level.lots, level.orders))
            .collect();
        assert_eq!(shown, naive.depth(market, side));
    }
    for cat in (0..4).map(cat) {
        if let Some(account) = exchange.account(&cat) {
            assert_eq!(account.available.0, naive.free_kibbles(&cat));
            assert_eq!(account.lots[0].0, naive.free_lots(&cat, market));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_trades_as_the_naive_one_does(steps in prop::collection::vec(trading(), 1..160)) {
        let (mut exchange, mut out) = opened();
        let (mut naive, mut script) = (NaiveExchange::new(rules()), Script::new());
        let welcomes = (0..4).map(Step::Welcome).collect::<Vec<_>>();
        for step in welcomes.iter().chain(&steps) {
            let command = script.command(step);
            let outcome = exchange.execute(script.now, &command, &mut out);
            agree_on(&mut naive, &command, script.now, outcome, &trades_of(&exchange, &out));
            same_books(&naive, &exchange);
        }
        prop_assert_eq!(exchange.audit(), Ok(()));
    }

    #[test]
    fn nothing_unbalances_the_books(steps in prop::collection::vec(anything(), 1..200)) {
        let (mut exchange, mut out) = opened();
        let (mut replayed, _) = opened();
        let mut script = Script::new();
        for step in &steps {
            let command = script.command(step);
            let before = exchange.state_hash();
            let outcome = exchange.execute(script.now, &command, &mut out);
            prop_assert_eq!(exchange.audit(), Ok(()), "after {:?}", command);
            if outcome.belongs_in_journal() {
                let mut again = Output::default();
                replayed.execute(script.now, &command, &mut again);
                prop_assert_eq!(&again, &out);
            } else {
                prop_assert_eq!(exchange.state_hash(), before, "{:?} is not journaled", command);
                prop_assert!(out.events.is_empty());
            }
        }
        prop_assert_eq!(replayed.state_hash(), exchange.state_hash());
        let restored = Exchange::from_canonical(&exchange.to_canonical()).expect("its own form");
        prop_assert_eq!(restored.state_hash(), exchange.state_hash());
        same_future(exchange, restored, &mut script, &steps)?;
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(mut at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let (mut exchange, mut out) = opened();
        let mut script = Script::new();
        for step in [Step::Welcome(1), Step::List { cat: 2, age_min: 1 }, Step::Place { cat: 1, buy: true, quantity: 2, price: 5 }] {
            exchange.execute(script.now, &script.command(&step), &mut out);
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

fn same_future(
    mut one: Exchange,
    mut other: Exchange,
    script: &mut Script,
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let (mut out, mut other_out) = (Output::default(), Output::default());
    for step in steps {
        let command = script.command(step);
        let outcome = one.execute(script.now, &command, &mut out);
        prop_assert_eq!(other.execute(script.now, &command, &mut other_out), outcome);
        prop_assert_eq!(&other_out, &out);
    }
    prop_assert_eq!(other.state_hash(), one.state_hash());
    Ok(())
}
