//! The market in which the flow is run: 400 cats with kibbles and lots, and the steps as the engine takes them.

use crate::flow::{CATS, Flow, MAKERS, Order, Step};
use cadaver_exchange::domain::{
    CatIx, Command, Exchange, Kibbles, Market, Moment, NewLot, NewOrder, OrderNumber, Outcome,
    RodentKind, Rules, Side, Terms, event::Output, exchange::Ticket, terms::TimeInForce,
};
use shared_events::id::{CatId, LotId, OrderId};

/// Lots of a cat that takes: what it sells and buys comes out even, but not from moment to moment.
const LOTS_PER_TAKER: u64 = 8_000;
const IMMEDIATE: Terms = Terms {
    time_in_force: TimeInForce::Ioc,
    ..Terms::PLAIN
};

fn cat(number: u64) -> CatId {
    CatId::new(format!("cat-{number}")).expect("valid")
}

pub(crate) fn lot(number: u64) -> Command {
    Command::ListLot(NewLot {
        lot: LotId::new(format!("lot-{number}")).expect("valid"),
        hunter: cat(number % CATS),
        kind: RodentKind::Mouse,
        species: Some("Peromyscus eremicus".to_owned()),
        mass_mg: Some(20_000),
        caught_at: Moment::from_millis(i64::try_from(number).expect("small")),
        jurisdiction: "CA".to_owned(),
    })
}

/// Rules with which the house lists at `listing`.
pub(crate) fn opened(listing: Option<Kibbles>) -> (Exchange, Output) {
    let (mut exchange, mut out) = (Exchange::default(), Output::default());
    let mut rules = Rules {
        welcome_grant: Kibbles(1_000_000_000),
        ..Rules::default()
    };
    rules.listing_prices[0] = listing;
    exchange.execute(Moment::default(), &Command::ApplyRules(rules), &mut out);
    for number in 0..CATS {
        let welcome = Command::WelcomeCat { cat: cat(number) };
        exchange.execute(Moment::default(), &welcome, &mut out);
    }
    (exchange, out)
}

/// The engine and its cats.
pub(crate) struct World {
    pub(crate) exchange: Exchange,
    pub(crate) out: Output,
    cats: Vec<CatIx>,
    pub(crate) refused: u64,
    pub(crate) trades: u64,
}

impl World {
    /// A market whose book has been filled.
    pub(crate) fn filled(flow: &Flow) -> Self {
        let (mut exchange, mut out) = opened(None);
        // Makers have twice what their asks come to, and some to spare.
        let per_maker = 700 + flow.resting as u64 * 3 / MAKERS;
        for number in 0..CATS * LOTS_PER_TAKER {
            let (turn, cat) = (number / CATS, number % CATS);
            if cat >= MAKERS || turn < per_maker {
                exchange.execute(Moment::default(), &lot(number), &mut out);
            }
        }
        let cats = (0..CATS).map(|number| exchange.cat_number(&cat(number)).expect("welcomed"));
        let mut world = Self {
            cats: cats.collect(),
            exchange,
            out,
            refused: 0,
            trades: 0,
        };
        flow.filling.iter().for_each(|step| world.take(step));
        world
    }

    /// Carries a step out.
    pub(crate) fn take(&mut self, step: &Step) {
        let outcome = match step {
            Step::Rest(order) => self.place(order, Terms::PLAIN),
            Step::Take(order) => self.place(order, IMMEDIATE),
            Step::Cancel { order, cat } => {
                let (cat, number) = (self.cats[*cat as usize], number_of(*order));
                self.exchange
                    .cancel_numbered(Moment::default(), cat, number, &mut self.out)
            }
        };
        self.refused += u64::from(matches!(outcome, Outcome::OrderRejected(_)));
        self.trades += u64::from(!self.out.lots.is_empty());
    }

    fn place(&mut self, order: &Order, terms: Terms) -> Outcome {
        let ticket = Ticket {
            cat: self.cats[order.cat as usize],
            market: Market::ALL[0],
            side: side(order),
            quantity: u64::from(order.quantity),
            price: Kibbles(order.price),
            terms,
        };
        let outcome = self
            .exchange
            .place(Moment::default(), &ticket, &mut self.out);
        if let Outcome::OrderPlaced(number) = outcome {
            assert_eq!(number, number_of(order.order), "every order is taken");
        }
        outcome
    }
}

/// The engine counts orders from 1, and takes all of them.
fn number_of(order: u32) -> OrderNumber {
    OrderNumber(u64::from(order) + 1)
}

fn side(order: &Order) -> Side {
    if order.buys { Side::Buy } else { Side::Sell }
}

/// The step as a command of the journal, with names in text.
pub(crate) fn as_command(step: &Step) -> Command {
    let id = |order: &u32| OrderId::new(format!("order-{order}")).expect("valid");
    let (order, terms) = match step {
        Step::Cancel { order, cat: number } => {
            return Command::CancelOrder {
                cat: cat(u64::from(*number)),
                order: id(order),
            };
        }
        Step::Rest(order) => (order, Terms::PLAIN),
        Step::Take(order) => (order, IMMEDIATE),
    };
    Command::PlaceOrder(NewOrder {
        order: id(&order.order),
        cat: cat(u64::from(order.cat)),
        market: Market::ALL[0].name().to_owned(),
        side: side(order),
        quantity: u64::from(order.quantity),
        price: Kibbles(order.price),
        client_order_id: None,
        terms,
    })
}
