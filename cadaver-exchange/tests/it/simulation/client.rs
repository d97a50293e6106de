//! Cats: they order, change their minds, lose answers and ask again.

use super::{dice::Dice, record::Told, world::World};
use cadaver_exchange::{
    domain::{
        Amendment, CancelOrders, Command, Kibbles, Market, Moment, NewOrder, OrderNumber, Outcome,
        Side, Terms, Transfer,
        terms::{OrderKind, SelfTrade, TimeInForce},
    },
    engine::Submission,
};
use service_chassis::clock::Clock;
use shared_events::id::{CatId, OrderId};
use std::time::Duration;

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often it asks before it goes on to something else.
const TRIES: usize = 10;

pub(super) fn cat(number: u64) -> CatId {
    CatId::new(format!("cat-{number}")).expect("a name")
}

/// What came of a command, and the order that it was about.
type Answer = (Outcome, Option<OrderId>);

struct Client {
    world: World,
    cat: CatId,
    orders_made: u64,
    orders: Vec<OrderId>,
}

/// A cat's day of so many deeds.
pub(super) async fn trade(world: World, number: u64, deeds: u64) {
    let mut client = Client {
        cat: cat(number),
        orders_made: 0,
        orders: Vec::new(),
        world: world.clone(),
    };
    for deed in 0..deeds {
        world.pause_ms(1, 120).await;
        match world.draw(|dice| dice.below(20)) {
            0..=11 => client.place().await,
            12..=13 => client.amend().await,
            14..=16 => client.cancel().await,
            17 => client.cancel_all().await,
            _ => client.be_paid(deed).await,
        }
    }
}

impl Client {
    /// Asks until there is an answer; nothing if there never is.
    async fn ask(&self, attempt: impl Fn(usize) -> Submission + Send) -> Option<Answer> {
        for number in 0..TRIES {
            if let Some(answer) = ask_once(&self.world, attempt(number)).await {
                return Some(answer);
            }
            self.world.pause_ms(10, 80).await;
        }
        None
    }

    /// As over HTTP, each attempt gets an id of its own, and the cat's name for the order says that it is the same.
    async fn place(&mut self) {
        self.orders_made += 1;
        let name = format!("{}-{}", self.cat, self.orders_made);
        let now = self.world.clock.now().into();
        let order = self
            .world
            .draw(|dice| new_order(dice, &self.cat, &name, now));
        let attempt = |number: usize| {
            let id = OrderId::new(format!("{name}-{number}")).expect("a name");
            let mut again = order.clone();
            again.order = id;
            Command::PlaceOrder(again).into()
        };
        let answer = self.ask(attempt).await;
        let Some((Outcome::OrderPlaced(number) | Outcome::OrderRepeated(number), id)) = answer
        else {
            return;
        };
        self.orders.extend(id);
        self.world.tell(Told::Placed {
            cat: self.cat.clone(),
            name,
            number,
        });
    }

    fn some_order(&self) -> Option<OrderId> {
        let index = self.world.draw(|dice| dice.index(self.orders.len().max(1)));
        self.orders.get(index).cloned()
    }

    async fn amend(&self) {
        let Some(order) = self.some_order() else {
            return;
        };
        let amendment = self.world.draw(|dice| Amendment {
            cat: self.cat.clone(),
            order,
            quantity: dice.chance(600).then(|| dice.between(1, 6)),
            price: dice.chance(600).then(|| price(dice)),
        });
        self.ask(|_| Command::AmendOrder(amendment.clone()).into())
            .await;
    }

    async fn cancel(&self) {
        let Some(order) = self.some_order() else {
            return;
        };
        let command = Command::CancelOrder {
            cat: self.cat.clone(),
            order,
        };
        let answer = self.ask(|_| command.clone().into()).await;
        if let Some((Outcome::OrderCancelled(number), _)) = answer {
            self.world.tell(Told::Cancelled(number));
        }
    }

    async fn cancel_all(&self) {
        let which = self.world.draw(|dice| CancelOrders {
            side: dice.pick(&[None, Some(Side::Buy), Some(Side::Sell)]),
            listings: dice.chance(300),
            ..CancelOrders::all_of(self.cat.clone())
        });
        self.ask(|_| Command::CancelOrders(which.clone()).into())
            .await;
    }

    /// An administrator's transfer is known by its source, so that it is carried out once.
    async fn be_paid(&self, deed: u64) {
        let source = format!("{}-pay-{deed}", self.cat);
        let transfer = Transfer {
            cat: self.cat.clone(),
            amount: Kibbles(25),
            reason: "a gift".to_owned(),
        };
        let attempt = |_| Submission {
            command: Command::Deposit(transfer.clone()),
            source: Some(source.clone()),
            traceparent: None,
        };
        if let Some((Outcome::Done | Outcome::Unchanged, _)) = self.ask(attempt).await {
            self.world.tell(Told::Carried(source));
        }
    }
}

/// Asks some process once; nothing if no answer comes, or none that says what became of it.
pub(super) async fn ask_once(world: &World, submission: Submission) -> Option<Answer> {
    let process = world.some_process()?;
    let (network, engine) = (world.clone(), process.engine);
    let answer = world.spawn_in(process.life, async move {
        network.pause_ms(0, 8).await;
        let seen = engine.submit_and_look(submission, |exchange, outcome| {
            let number: Option<OrderNumber> = match outcome {
                Outcome::OrderPlaced(number) | Outcome::OrderRepeated(number) => Some(number),
                _ => None,
            };
            (outcome, number.map(|number| exchange.order_id(number)))
        });
        let seen = seen.await;
        network.pause_ms(0, 8).await;
        seen.ok()
    });
    let answer = tokio::select! {
        biased;
        answer = answer => answer.ok().flatten(),
        () = world.clock.pause(PATIENCE) => None,
    };
    answer.filter(|_| !world.fails(|faults| faults.answer_lost))
}

fn price(dice: &mut Dice) -> Kibbles {
    Kibbles(i64::try_from(dice.between(1, 12)).expect("a small number"))
}

/// Most cats go where most cats go.
fn market(dice: &mut Dice) -> Market {
    if dice.chance(600) {
        Market::ALL[0]
    } else {
        dice.pick(&Market::ALL)
    }
}

fn new_order(dice: &mut Dice, cat: &CatId, name: &str, now: Moment) -> NewOrder {
    let quantity = dice.between(1, 6);
    let mut order = NewOrder {
        order: OrderId::new(name).expect("a name"),
        cat: cat.clone(),
        market: market(dice).name().to_owned(),
        side: dice.pick(&[Side::Buy, Side::Buy, Side::Sell]),
        quantity,
        price: price(dice),
        client_order_id: Some(name.to_owned()),
        terms: Terms::default(),
    };
    order.terms.self_trade = dice.pick(&[
        SelfTrade::CancelNewest,
        SelfTrade::CancelOldest,
        SelfTrade::CancelBoth,
        SelfTrade::Decrement,
    ]);
    match dice.below(12) {
        0 => order.terms.time_in_force = TimeInForce::Ioc,
        1 => order.terms.time_in_force = TimeInForce::Fok,
        2 => order.terms.time_in_force = TimeInForce::Day,
        3 => {
            let until = now.plus_millis(i64::try_from(dice.between(50, 3_000)).expect("small"));
            order.terms.time_in_force = TimeInForce::Gtd { until };
        }
        4 => order.terms.post_only = true,
        5 => order.terms.display_quantity = Some(1),
        6 => order.terms.stop_price = Some(price(dice)),
        7 => {
            order.terms.kind = OrderKind::Market;
            order.terms.time_in_force = TimeInForce::Ioc;
            order.price = Kibbles(0);
        }
        _ => {}
    }
    order
}
