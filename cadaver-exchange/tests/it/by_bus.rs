//! The same list of commands over HTTP and over the bus, in two exchanges: the same orders, books, accounts, statements and
//! trades after each, and the same refusals by the same codes.

use crate::test_app::{Answer, TestApp};
use cadaver_exchange::{events::outbox::JournalOutbox, storage::sqlite::SqliteStorage};
use serde_json::{Value, json};
use shared_events::{
    bus::Verdict,
    events::{
        Kibbles, Side,
        commands::{AmendOrder, CancelOrder, CancelOrders, PlaceOrder},
    },
    id::{CatId, CommandId, OrderId},
    outbox::Outbox,
};
use std::sync::Arc;

const CATS: [&str; 2] = ["kitty", "tom"];

/// What a cat asks, in words that both ways understand; an order is named by its place among those that were taken.
enum Ask {
    Place(Value),
    Amend(usize, Value),
    Cancel(usize),
    CancelMany(Value),
}

/// Both exchanges, and what each calls the orders that it took.
struct Both {
    http: TestApp,
    bus: TestApp,
    orders: Vec<(String, String)>,
    commands: usize,
}

fn cat(name: &str) -> CatId {
    CatId::new(name).unwrap()
}

fn order(id: &str) -> OrderId {
    OrderId::new(id).unwrap()
}

fn kibbles(value: &Value) -> Option<Kibbles> {
    value.as_i64().map(Kibbles)
}

fn side(value: &Value) -> Option<Side> {
    value.as_str().and_then(Side::from_word)
}

impl Both {
    async fn start() -> Self {
        let (http, bus) = (TestApp::start().await, TestApp::start().await);
        for app in [&http, &bus] {
            for name in CATS {
                app.welcome(name).await;
            }
            for number in 0..6 {
                app.catch(&format!("mouse-{number}"), "tom").await;
            }
        }
        let (orders, commands) = (Vec::new(), 0);
        Self {
            http,
            bus,
            orders,
            commands,
        }
    }

    async fn ask(&mut self, who: &str, ask: &Ask) -> (Option<String>, Option<String>) {
        self.commands += 1;
        let command = CommandId::new(format!("command-{}", self.commands)).unwrap();
        let answer = self.over_http(who, ask).await;
        if let (Ask::Place(_), 201) = (ask, answer.status.as_u16()) {
            let id = answer.body["order"].as_str().unwrap().to_owned();
            self.orders.push((id, command.as_str().to_owned()));
        }
        let refused = answer.body["code"].as_str().map(str::to_owned);
        self.over_bus(who, ask, command.clone()).await;
        (refused, self.told_refusal(&command).await)
    }

    async fn over_http(&self, who: &str, ask: &Ask) -> Answer {
        let cat = self.http.as_cat(who);
        match ask {
            Ask::Place(body) => cat.post("/v1/orders", body.clone()).await,
            Ask::Amend(nth, body) => {
                cat.patch(&format!("/v1/orders/{}", self.orders[*nth].0), body.clone())
                    .await
            }
            Ask::Cancel(nth) => {
                cat.delete(&format!("/v1/orders/{}", self.orders[*nth].0))
                    .await
            }
            Ask::CancelMany(which) => {
                let pairs = which.as_object().unwrap().iter();
                let pairs: Vec<String> = pairs
                    .map(|(name, value)| format!("{name}={}", value.to_string().trim_matches('"')))
                    .collect();
                cat.delete(&format!("/v1/orders?{}", pairs.join("&"))).await
            }
        }
    }

    async fn over_bus(&self, who: &str, ask: &Ask, command: CommandId) {
        let (cat, requested_at) = (cat(who), self.bus.clock_now());
        match ask {
            Ask::Place(body) => self.twice(&place(command, cat, body, requested_at)).await,
            Ask::Amend(nth, body) => {
                self.twice(&AmendOrder {
                    command,
                    cat,
                    order: order(&self.orders[*nth].1),
                    quantity: body["quantity"].as_u64(),
                    price: kibbles(&body["price"]),
                    requested_at,
                })
                .await;
            }
            Ask::Cancel(nth) => {
                self.twice(&CancelOrder {
                    command,
                    cat,
                    order: order(&self.orders[*nth].1),
                    requested_at,
                })
                .await;
            }
            Ask::CancelMany(which) => {
                self.twice(&CancelOrders {
                    command,
                    cat,
                    market: which["market"].as_str().map(str::to_owned),
                    side: side(&which["side"]),
                    lowest: kibbles(&which["lowest"]),
                    highest: kibbles(&which["highest"]),
                    listings: which["listings"].as_bool().unwrap_or_default(),
                    requested_at,
                })
                .await;
            }
        }
    }

    /// As buses do.
    async fn twice<E: shared_events::EventData>(&self, event: &E) {
        let batch = [self.bus.delivery(event), self.bus.delivery(event)];
        assert_eq!(
            self.bus.deliver(&batch).await,
            [Verdict::Done, Verdict::Done]
        );
    }

    /// The code of the event that refuses this command.
    async fn told_refusal(&self, command: &CommandId) -> Option<String> {
        let storage = Arc::new(SqliteStorage::open(&self.bus.database()).unwrap());
        let outbox = JournalOutbox::open(storage).await.unwrap();
        let told = outbox.pending(1_000).await.unwrap();
        let mut refusals = told.iter().filter_map(|told| {
            let data: Value = serde_json::from_str(&told.event.data).unwrap();
            let is_this = match &*told.event.event_type {
                "net.miaou.cadaver-exchange.order-rejected.v1" => data["order"] == command.as_str(),
                "net.miaou.cadaver-exchange.command-refused.v1" => {
                    data["command"] == command.as_str()
                }
                _ => false,
            };
            is_this.then(|| data["code"].as_str().unwrap().to_owned())
        });
        let refusal = refusals.next();
        assert_eq!(refusals.next(), None, "{command} is answered once");
        refusal
    }

    async fn state(app: &TestApp) -> Value {
        let mut own = Vec::new();
        for name in CATS {
            let cat = app.as_cat(name);
            let mut orders = cat.get("/v1/orders").await.body;
            for order in orders["orders"].as_array_mut().unwrap() {
                order["order"] = json!("its own");
            }
            let account = cat.get("/v1/account").await.body;
            let statement = cat.get("/v1/account/statement").await.body["lines"].clone();
            let mut lines = statement.as_array().unwrap().clone();
            // A request that changes nothing is journaled over the bus: positions differ.
            for line in &mut lines {
                line["position"] = json!("its own");
            }
            own.push(json!({"orders": orders, "account": account, "statement": lines}));
        }
        let book = app.get("/v1/markets/mouse-prime/book").await.body;
        let trades = app.get("/v1/markets/mouse-prime/trades").await.body;
        let sides = json!({"bids": book["bids"], "asks": book["asks"]});
        json!({"own": own, "book": sides, "trades": trades["trades"]})
    }
}

fn place(
    command: CommandId,
    cat: CatId,
    body: &Value,
    requested_at: chrono::DateTime<chrono::Utc>,
) -> PlaceOrder {
    let is_market = body["type"] == "market";
    let terms = json!({
        "kind": body.get("type").unwrap_or(&json!("limit")),
        "time_in_force": body.get("time_in_force").unwrap_or(&json!(if is_market { "ioc" } else { "gtc" })),
        "expires_at": body["expires_at"],
        "post_only": body.get("post_only").unwrap_or(&json!(false)),
        "display_quantity": body["display_quantity"],
        "stop_price": body["stop_price"],
        "self_trade": body["self_trade"],
    });
    PlaceOrder {
        command,
        cat,
        market: body["market"].as_str().unwrap().to_owned(),
        side: side(&body["side"]).unwrap(),
        quantity: body["quantity"].as_u64().unwrap(),
        price: kibbles(&body["price"]).unwrap_or_default(),
        client_order_id: body["client_order_id"].as_str().map(str::to_owned),
        terms: Some(serde_json::from_value(terms).unwrap()),
        requested_at,
    }
}

fn bid(quantity: u64, price: i64, more: &Value) -> Ask {
    new_order("buy", quantity, price, more)
}

fn new_order(side: &str, quantity: u64, price: i64, more: &Value) -> Ask {
    let mut body =
        json!({"market": "mouse-prime", "side": side, "quantity": quantity, "price": price});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    Ask::Place(body)
}

/// Every field of an order, every kind of command, and what is refused.
fn story() -> impl Iterator<Item = (&'static str, Ask)> {
    kinds_of_orders().into_iter().chain(changes())
}

fn kinds_of_orders() -> Vec<(&'static str, Ask)> {
    let tomorrow = "2026-11-25T08:00:00.000Z";
    vec![
        (
            "kitty",
            bid(
                5,
                7,
                &json!({"time_in_force": "gtd", "expires_at": tomorrow, "post_only": true, "display_quantity": 2}),
            ),
        ),
        (
            "kitty",
            bid(
                3,
                6,
                &json!({"time_in_force": "day", "client_order_id": "supper"}),
            ),
        ),
        (
            "kitty",
            bid(
                3,
                6,
                &json!({"time_in_force": "day", "client_order_id": "supper"}),
            ),
        ),
        ("kitty", bid(2, 9, &json!({"stop_price": 12}))),
        ("kitty", bid(1, 99_999, &json!({}))),
        ("kitty", bid(1, 20, &json!({"post_only": true}))),
        ("kitty", bid(20, 20, &json!({"time_in_force": "fok"}))),
        (
            "kitty",
            bid(1, 5, &json!({"type": "market", "time_in_force": "day"})),
        ),
        (
            "kitty",
            bid(
                1,
                5,
                &json!({"time_in_force": "gtd", "expires_at": "2026-11-23T08:00:00.000Z"}),
            ),
        ),
        ("kitty", bid(1, 5, &json!({"display_quantity": 2}))),
    ]
}

fn changes() -> Vec<(&'static str, Ask)> {
    let none = json!({});
    vec![
        ("kitty", Ask::Amend(0, json!({"quantity": 4}))),
        ("kitty", Ask::Amend(0, json!({"price": 8}))),
        ("kitty", Ask::Amend(0, json!({"price": 8}))),
        ("kitty", Ask::Amend(0, json!({"price": 500}))),
        ("kitty", Ask::Amend(0, json!({"quantity": 20_000}))),
        ("kitty", Ask::Amend(2, json!({"quantity": 3, "price": 10}))),
        ("tom", Ask::Amend(0, json!({"quantity": 1}))),
        ("tom", Ask::Cancel(0)),
        (
            "tom",
            Ask::CancelMany(json!({"listings": true, "side": "buy"})),
        ),
        ("kitty", bid(1, 12, &json!({"time_in_force": "ioc"}))),
        ("tom", Ask::CancelMany(json!({"listings": true}))),
        (
            "tom",
            new_order("sell", 2, 8, &json!({"self_trade": "cancel-both"})),
        ),
        ("tom", new_order("sell", 2, 15, &none)),
        ("tom", bid(1, 15, &json!({"self_trade": "decrement"}))),
        ("kitty", bid(1, 0, &json!({"type": "market"}))),
        ("kitty", Ask::Cancel(1)),
        ("kitty", Ask::Cancel(1)),
        ("kitty", Ask::Amend(1, json!({"quantity": 1}))),
        ("kitty", bid(1, 3, &none)),
        ("kitty", bid(1, 4, &none)),
        ("kitty", bid(1, 5, &none)),
        (
            "kitty",
            Ask::CancelMany(
                json!({"market": "mouse-prime", "side": "buy", "lowest": 4, "highest": 5}),
            ),
        ),
        ("kitty", Ask::CancelMany(json!({"side": "sell"}))),
        ("kitty", Ask::CancelMany(none)),
    ]
}

#[tokio::test]
async fn the_same_commands_end_the_same_over_http_and_over_the_bus() {
    let mut both = Both::start().await;
    let mut refusals = Vec::new();
    for (turn, (who, ask)) in story().enumerate() {
        let (over_http, over_bus) = both.ask(who, &ask).await;
        assert_eq!(over_http, over_bus, "turn {turn}");
        refusals.extend(over_http);
        let states = [Both::state(&both.http).await, Both::state(&both.bus).await];
        assert_eq!(states[0], states[1], "turn {turn}");
    }
    for code in [
        "insufficient-kibbles",
        "would-take",
        "cannot-fill",
        "invalid-time-in-force",
        "invalid-expiry",
        "invalid-display-quantity",
        "invalid-quantity",
        "unknown-order",
        "order-closed",
    ] {
        assert!(
            refusals.iter().any(|refused| refused == code),
            "no {code} in {refusals:?}"
        );
    }
    let reports = [&both.http, &both.bus].map(|app| app.get("/v1/ledger/balance-report"));
    let [http, bus] = reports;
    let (http, bus) = (http.await.body, bus.await.body);
    assert_eq!(
        (&http["assets"], &http["balanced"]),
        (&bus["assets"], &json!(true))
    );
}

#[tokio::test]
async fn a_key_makes_a_mass_cancel_harmless_that_had_nothing_to_do() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let token = app.token_of("kitty", &[]);
    let cancel = || async {
        let request = reqwest::Client::new().delete(app.url("/v1/orders"));
        let request = request
            .bearer_auth(&token)
            .header("idempotency-key", "off-1");
        app.send(request).await.body["cancelled"].clone()
    };
    assert_eq!(cancel().await, 0);
    app.as_cat("kitty").order("buy", 2, 7).await;
    assert_eq!(cancel().await, 0);
    assert_eq!(app.as_cat("kitty").kibbles().await, (1000, 14));
}

/// A refused order is journaled and told; how much of it a stranger may write is bounded.
#[tokio::test]
async fn names_of_any_length_are_refused_and_not_kept() {
    let app = TestApp::start().await;
    app.welcome("kitty").await;
    let long = "x".repeat(50_000);
    let body = json!({"market": long, "side": "buy", "quantity": 1, "price": 7});
    let answer = app.as_cat("kitty").post("/v1/orders", body).await;
    answer.is(422, "unknown-market");
    let body = json!({"market": "mouse-prime", "side": "buy", "quantity": 1, "price": 7, "client_order_id": long});
    let answer = app.as_cat("kitty").post("/v1/orders", body.clone()).await;
    answer.is(422, "invalid-client-order-id");
    let command = CommandId::new("command-1").unwrap();
    app.tell(&place(command, cat("kitty"), &body, app.clock_now()))
        .await;
    let journal = rusqlite::Connection::open(app.database()).unwrap();
    let longest = "SELECT max(length(command) + length(events)) FROM journal WHERE command LIKE '%place-order%'";
    let longest: i64 = journal.query_row(longest, [], |row| row.get(0)).unwrap();
    assert!(longest < 2_000, "{longest} letters are kept");
}

#[tokio::test]
async fn a_request_that_came_to_nothing_does_nothing_when_it_comes_again() {
    let mut app = TestApp::start().await;
    app.welcome("kitty").await;
    let all_off = CancelOrders {
        command: CommandId::new("all-off").unwrap(),
        cat: cat("kitty"),
        market: None,
        side: None,
        lowest: None,
        highest: None,
        listings: false,
        requested_at: app.clock_now(),
    };
    let nowhere = CancelOrders {
        command: CommandId::new("nowhere").unwrap(),
        market: Some("tulips".to_owned()),
        ..all_off.clone()
    };
    app.tell(&all_off).await;
    app.tell(&nowhere).await;
    let too_early = CancelOrder {
        command: CommandId::new("too-early").unwrap(),
        cat: cat("kitty"),
        order: order("command-1"),
        requested_at: app.clock_now(),
    };
    app.tell(&too_early).await;
    let body = json!({"market": "mouse-prime", "side": "buy", "quantity": 2, "price": 7});
    let now = app.clock_now();
    app.tell(&place(
        CommandId::new("command-1").unwrap(),
        cat("kitty"),
        &body,
        now,
    ))
    .await;
    app.tell(&all_off).await;
    app.tell(&too_early).await;
    app.restart().await;
    app.tell(&all_off).await;
    assert_eq!(app.as_cat("kitty").kibbles().await, (1000, 14));
}
