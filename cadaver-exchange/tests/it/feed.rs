//! The live feed: whoever follows it has the engine's book, whatever gets lost on the way.

use crate::{
    book_client::{Book, Levels, Reaction},
    test_app::TestApp,
};
use cadaver_exchange::{
    domain::{Command, Kibbles, Market, NewOrder, Side, terms::Terms},
    feed::{Channel, Next, Notice, Subscription},
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use shared_events::id::{CatId, OrderId};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

const MARKET: &str = "mouse-prime";

/// A client's connection, with its book.
struct Reader {
    socket: WebSocketStream<TcpStream>,
    book: Book,
    notices: Vec<String>,
    snapshots: usize,
}

impl Reader {
    async fn connect(app: &TestApp, book: Book) -> Self {
        let address = app.address();
        let socket = TcpSocket::new_v4().unwrap();
        // A small window, so that a reader that stops reading is noticed soon.
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = socket.connect(address).await.unwrap();
        let url = format!("ws://{address}/v1/feed");
        let (socket, _) = client_async(url, stream).await.unwrap();
        Self {
            socket,
            book,
            notices: Vec::new(),
            snapshots: 0,
        }
    }

    async fn receive(&mut self) -> String {
        loop {
            match self.socket.next().await.unwrap().unwrap() {
                Message::Text(text) => return text.as_str().to_owned(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn say(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    /// Takes messages, but for those that get lost, until the book is right up to `seq`.
    async fn read_to(&mut self, seq: u64, mut is_lost: impl FnMut(&Value) -> bool) {
        while self.book.seq().is_none_or(|mine| mine < seq) {
            let text = self.receive().await;
            let message: Value = serde_json::from_str(&text).unwrap();
            match message["type"].as_str().unwrap() {
                "notice" => self
                    .notices
                    .push(message["code"].as_str().unwrap().to_owned()),
                "snapshot" => self.snapshots += 1,
                "delta" if is_lost(&message) => continue,
                _ => {}
            }
            if let Reaction::Say(text) = self.book.take(&text) {
                self.say(text).await;
            }
        }
    }
}

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

async fn open_market(app: &TestApp) {
    for cat in ["kitty", "tom", "last"] {
        app.welcome(cat).await;
    }
    for number in 0..200 {
        app.catch(&format!("mouse-{number}"), "tom").await;
    }
}

/// Orders and cancellations of two cats, in batches; ends with one that certainly changes the book.
async fn trade(app: &TestApp, dice: &mut Dice, batches: usize, orders: u64) {
    for batch in 0..batches {
        let commands = (0..orders).map(|number| one_command(dice, batch, number));
        let submissions: Vec<_> = commands.map(Into::into).collect();
        app.engine.submit_all(submissions).await.unwrap();
    }
    let placed = app.as_cat("last").order("buy", 1, 1).await;
    assert_eq!(placed.status.as_u16(), 201, "{}", placed.body);
}

fn one_command(dice: &mut Dice, batch: usize, number: u64) -> Command {
    let id = |number: u64| OrderId::new(format!("o-{batch}-{number}")).unwrap();
    let buys = dice.below(2) == 0;
    let cat = CatId::new(if buys { "kitty" } else { "tom" }).unwrap();
    if number > 0 && dice.below(3) == 0 {
        let order = id(dice.below(number));
        return Command::CancelOrder { cat, order };
    }
    Command::PlaceOrder(limit_order(id(number), cat, buys, dice))
}

fn limit_order(order: OrderId, cat: CatId, buys: bool, dice: &mut Dice) -> NewOrder {
    let offset = i64::try_from(dice.below(12)).unwrap();
    NewOrder {
        order,
        cat,
        market: MARKET.to_owned(),
        side: if buys { Side::Buy } else { Side::Sell },
        quantity: 1 + dice.below(3),
        price: Kibbles(if buys { 1 + offset } else { 20 - offset }),
        client_order_id: None,
        terms: Terms::default(),
    }
}

async fn position(app: &TestApp) -> u64 {
    app.engine.look(|_, position| position).await.unwrap()
}

/// The engine's own book.
async fn truth(app: &TestApp) -> (Levels, Levels) {
    let market: Market = MARKET.parse().unwrap();
    let side = move |side| {
        move |exchange: &cadaver_exchange::domain::Exchange, _| -> Levels {
            let levels = exchange.depth(market, side, usize::MAX).into_iter();
            levels.map(|level| (level.price.0, level.lots)).collect()
        }
    };
    (
        app.engine.look(side(Side::Buy)).await.unwrap(),
        app.engine.look(side(Side::Sell)).await.unwrap(),
    )
}

async fn assert_right(app: &TestApp, reader: &Reader) {
    assert_eq!(reader.book.top(usize::MAX), truth(app).await);
}

#[tokio::test]
async fn a_client_has_the_engines_book_under_random_trading() {
    let app = TestApp::start().await;
    open_market(&app).await;
    let mut reader = Reader::connect(&app, Book::of(MARKET)).await;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..20 {
        trade(&app, &mut dice, 3, 10).await;
        reader.read_to(position(&app).await, |_| false).await;
        assert_right(&app, &reader).await;
    }
    assert_eq!((reader.snapshots, reader.notices.len()), (1, 0));
    assert!(reader.book.proven() > 20);
}

#[tokio::test]
async fn what_is_lost_is_asked_for_again() {
    let app = TestApp::start_with(&[("CADAVER_EXCHANGE__FEED__HEARTBEAT_MS", "20")]).await;
    open_market(&app).await;
    let mut reader = Reader::connect(&app, Book::of(MARKET)).await;
    let (mut dice, mut fate, mut lost) = (Dice(7), Dice(99), 0);
    for _ in 0..10 {
        trade(&app, &mut dice, 5, 4).await;
        // Also the last message may be lost: then a heartbeat tells.
        let is_lost = |_: &Value| {
            let is_lost = fate.below(3) == 0;
            lost += u64::from(is_lost);
            is_lost
        };
        reader.read_to(position(&app).await, is_lost).await;
        assert_right(&app, &reader).await;
    }
    assert!(lost > 5, "{lost}");
    assert_eq!(reader.snapshots, 1, "what was lost came from the ring");
}

/// A reader that looks only now and then: its place in the ring, and the client's book.
#[tokio::test]
async fn a_slow_reader_gets_less_and_is_told() {
    let app = TestApp::start().await;
    open_market(&app).await;
    let mut reader = Reader::connect(&app, Book::of(MARKET)).await;
    reader.read_to(position(&app).await, |_| false).await;
    let mut book = reader.book.clone();
    let market: Market = MARKET.parse().unwrap();
    let mut place = Subscription::new(market, Channel::L2, book.seq().unwrap());
    let (mut dice, mut conflated) = (Dice(3), 0);
    for _ in 0..5 {
        trade(&app, &mut dice, 12, 6).await;
        let Next::Conflated(texts) = place.next(&app.market_data, 3) else {
            panic!("the ring goes back far enough, and more than three updates are new");
        };
        for text in texts {
            conflated += usize::from(text.contains("conflated"));
            assert!(!matches!(book.take(&text), Reaction::Say(_)), "{text}");
        }
        assert_eq!(book.top(usize::MAX), truth(&app).await);
    }
    assert_eq!(conflated, 5, "each time twelve updates or so came as one");
    assert_eq!(place.next(&app.market_data, 3), Next::Texts(Vec::new()));

    // One that is further behind than the ring goes, or comes from another journal, is told so.
    place.begin_at(0);
    app.market_data.begin(position(&app).await);
    assert_eq!(
        place.next(&app.market_data, 3),
        Next::Snapshot(Notice::Resync)
    );
    place.begin_at(1_000_000);
    assert_eq!(
        place.next(&app.market_data, 3),
        Next::Snapshot(Notice::Reset)
    );
}

#[tokio::test]
async fn a_client_goes_on_where_it_was_also_after_a_restart() {
    let mut app = TestApp::start().await;
    open_market(&app).await;
    let mut dice = Dice(11);
    trade(&app, &mut dice, 5, 10).await;
    let mut reader = Reader::connect(&app, Book::of(MARKET)).await;
    reader.read_to(position(&app).await, |_| false).await;
    let Reader { book, .. } = reader;

    trade(&app, &mut dice, 5, 10).await;
    let mut reader = Reader::connect(&app, book).await;
    reader.read_to(position(&app).await, |_| false).await;
    assert_right(&app, &reader).await;
    assert_eq!(reader.snapshots, 0, "it went on with deltas");
    let Reader { book, .. } = reader;

    trade(&app, &mut dice, 5, 10).await;
    app.restart().await;
    trade(&app, &mut dice, 5, 10).await;
    let mut reader = Reader::connect(&app, book).await;
    reader.read_to(position(&app).await, |_| false).await;
    assert_right(&app, &reader).await;
    assert_eq!(
        reader.snapshots, 0,
        "the ring is filled again from the journal"
    );
}

#[tokio::test]
async fn orders_and_trades_are_told_as_they_happen() {
    let app = TestApp::start().await;
    open_market(&app).await;
    let mut reader = Reader::connect(&app, Book::of(MARKET)).await;
    for channel in ["l1", "l3", "trades"] {
        let ask = json!({"op": "subscribe", "market": MARKET, "channel": channel});
        reader.say(ask.to_string()).await;
        while !reader.receive().await.contains("\"snapshot\"") {}
    }
    app.as_cat("kitty").order("buy", 2, 12).await;
    let mut told: Vec<Value> = Vec::new();
    while told.len() < 3 {
        let message: Value = serde_json::from_str(&reader.receive().await).unwrap();
        if message["type"] == "delta" {
            told.push(message);
        }
    }
    let of = |channel: &str| {
        told.iter()
            .find(|delta| delta["channel"] == channel)
            .unwrap()
    };
    assert_eq!(of("l1")["ask"], json!([12, 198, 198]));
    assert_eq!(of("l1")["last_price"], 12);
    assert_eq!(of("trades")["trades"].as_array().unwrap().len(), 2);
    assert_eq!(of("trades")["trades"][0]["price"], 12);
    assert!(!told.iter().any(|delta| delta.to_string().contains("kitty")));
    let changes = of("l3")["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    assert!(
        changes.iter().all(|change| change[0] == "del"),
        "{changes:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_understood_is_said() {
    let app = TestApp::start().await;
    let mut reader = Reader::connect(&app, Book::of(MARKET)).await;
    for wrong in ["{", r#"{"op":"dance"}"#] {
        reader.say(wrong).await;
        while !reader.receive().await.contains("invalid-message") {}
    }
    reader
        .say(json!({"op": "resend", "market": MARKET, "channel": "l3", "from_seq": 1}).to_string())
        .await;
    while !reader.receive().await.contains("not-subscribed") {}
    app.get("/v1/feed").await.is(400, "not-a-websocket");
}

#[tokio::test]
async fn a_number_from_another_journal_begins_anew() {
    let app = TestApp::start().await;
    open_market(&app).await;
    let mut reader = Reader::connect(&app, Book::of(MARKET)).await;
    let ask = json!({"op": "subscribe", "market": MARKET, "channel": "l1", "from_seq": 1_000_000});
    reader.say(ask.to_string()).await;
    while !reader.receive().await.contains("reset") {}
    assert!(reader.receive().await.contains("\"snapshot\""));
}

#[tokio::test]
async fn connections_are_bounded() {
    let app = TestApp::start_with(&[("CADAVER_EXCHANGE__FEED__MAX_CONNECTIONS", "1")]).await;
    let mut reader = Reader::connect(&app, Book::of(MARKET)).await;
    reader.receive().await;
    let url = format!("ws://{}/v1/feed", app.address());
    let refused = tokio_tungstenite::connect_async(url).await.unwrap_err();
    assert!(refused.to_string().contains("503"), "{refused}");
}
