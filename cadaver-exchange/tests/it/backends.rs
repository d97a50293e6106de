//! The databases that the contract runs on, and a journal to fill them with.

use cadaver_exchange::{
    domain::{
        Command, Exchange, Kibbles, Moment, NewLot, NewOrder, RodentKind, Rules, Side, Terms,
        event::{Event, Output},
    },
    storage::{
        Entry, Epoch, StatementLine, Storage, StoredEvent, TradeRecord, mongodb::MongodbStorage,
        sqlite::SqliteStorage,
    },
};
use service_chassis::{mongodb::MongodbDatabase, real_component::real_component, secret::Secret};
use shared_events::{
    events::cat_node::CatRegistered,
    id::{CatId, LotId, OrderId},
};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

const MONGODB_URI: &str = "CATWEB_TEST_MONGODB_URI";

#[derive(Debug, Clone, Copy)]
pub(crate) enum Backend {
    Sqlite,
    Mongodb,
}

impl Backend {
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Mongodb];
}

/// A database of its own, gone with it (SQLite) or left under a random name (MongoDB).
pub(crate) struct TestDatabase {
    pub(crate) storage: Arc<dyn Storage>,
    folder: Option<TempDir>,
    mongodb: Option<MongodbDatabase>,
}

impl TestDatabase {
    /// Another connection to the same database.
    pub(crate) async fn reopen(&self) -> Arc<dyn Storage> {
        match (&self.folder, &self.mongodb) {
            (Some(folder), _) => {
                Arc::new(SqliteStorage::open(&folder.path().join("exchange.db")).unwrap())
            }
            (None, Some(database)) => {
                Arc::new(MongodbStorage::open(database.clone()).await.unwrap())
            }
            (None, None) => unreachable!("a test database is one of the two"),
        }
    }

    /// Loses the candles that are kept, as far as they can be lost by themselves.
    pub(crate) async fn forget_candles(&self, which: bson::Document) {
        if let Some(database) = &self.mongodb {
            let candles = database.database().collection::<bson::Document>("candle");
            candles.delete_many(which).await.unwrap();
        }
    }

    pub(crate) async fn drop_mongodb(&self) {
        if let Some(database) = &self.mongodb {
            database.database().drop().await.unwrap();
        }
    }
}

/// Nothing if the back end is not there and not required.
pub(crate) async fn open(backend: Backend) -> Option<TestDatabase> {
    match backend {
        Backend::Sqlite => {
            let folder = tempfile::tempdir().unwrap();
            let storage = SqliteStorage::open(&folder.path().join("exchange.db")).unwrap();
            Some(TestDatabase {
                storage: Arc::new(storage),
                folder: Some(folder),
                mongodb: None,
            })
        }
        Backend::Mongodb => {
            let url = Secret::new(mongodb_url()?);
            let database = MongodbDatabase::connect(&url, "unnamed").await.unwrap();
            println!("ran on MongoDB");
            let storage = MongodbStorage::open(database.clone()).await.unwrap();
            Some(TestDatabase {
                storage: Arc::new(storage),
                folder: None,
                mongodb: Some(database),
            })
        }
    }
}

/// The URL of a MongoDB database of one's own; nothing if there is none and none is required.
pub(crate) fn mongodb_url() -> Option<String> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    let found = || real_component("mongodb", MONGODB_URI, "cadaver-exchange on MongoDB");
    let uri = FOUND.get_or_init(found).clone()?;
    Some(with_database(
        &uri,
        &format!("exchange-{}", uuid::Uuid::new_v4().simple()),
    ))
}

fn with_database(uri: &str, name: &str) -> String {
    let (address, options) = uri
        .split_once('?')
        .map_or((uri, None), |(address, options)| (address, Some(options)));
    let base = address.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    options.map_or_else(
        || format!("{base}/{name}"),
        |options| format!("{base}/{name}?{options}"),
    )
}

/// A small flow that touches every command.
pub(crate) fn known_flow() -> Vec<(Moment, Command)> {
    let cat = |name: &str| CatId::new(name).unwrap();
    let mut rules = Rules {
        welcome_grant: Kibbles(500),
        ..Rules::default()
    };
    rules.listing_prices[0] = Some(Kibbles(12));
    rules.listing_prices[1] = Some(Kibbles(8));
    let lot = |number: u32| NewLot {
        lot: LotId::new(format!("lot-{number}")).unwrap(),
        hunter: cat("tom"),
        kind: if number % 5 == 4 {
            RodentKind::Rat
        } else {
            RodentKind::Mouse
        },
        species: number
            .is_multiple_of(2)
            .then(|| "Peromyscus eremicus".to_owned()),
        mass_mg: number.is_multiple_of(3).then_some(21_500 + number),
        caught_at: Moment::from_millis(i64::from(number) * 1_000),
        jurisdiction: "CA".to_owned(),
    };
    let order = |id: &str, side, quantity, price| {
        Command::PlaceOrder(NewOrder {
            order: OrderId::new(id).unwrap(),
            cat: cat("kitty"),
            market: "mouse-prime".to_owned(),
            side,
            quantity,
            price: Kibbles(price),
            client_order_id: Some(format!("mine-{id}")),
            terms: Terms::default(),
        })
    };
    let mut commands = vec![Command::ApplyRules(rules)];
    commands
        .extend([cat("kitty"), cat("tom"), cat("leaver")].map(|cat| Command::WelcomeCat { cat }));
    commands.extend((0..20).map(|number| Command::ListLot(lot(number))));
    commands.push(order("a", Side::Buy, 3, 14));
    commands.push(order("b", Side::Buy, 4, 5));
    commands.push(order("c", Side::Sell, 2, 30));
    commands.push(order("d", Side::Buy, 400, 100));
    commands.push(Command::VoidCapture {
        lot: LotId::new("lot-0").unwrap(),
        reason: "a leaf".to_owned(),
    });
    commands.push(Command::CancelOrder {
        cat: cat("kitty"),
        order: OrderId::new("b").unwrap(),
    });
    commands.push(Command::EraseCat { cat: cat("leaver") });
    let mut flow: Vec<_> = commands
        .into_iter()
        .zip(1..)
        .map(|(c, n)| (Moment::from_millis(n * 60_000), c))
        .collect();
    flow.push((Moment::from_millis(6 * 3_600_000), Command::AdvanceTime));
    flow
}

/// Begins the next epoch, whoever holds the lease.
pub(crate) async fn take_lease(storage: &dyn Storage) -> Epoch {
    let seen = storage.lease().await.unwrap();
    let taken = storage.take_lease(seen, "a test".to_owned()).await;
    taken.unwrap().expect("nobody else is about")
}

/// Carries the flow out and appends what belongs in the journal.
pub(crate) async fn fill(storage: &dyn Storage, exchange: &mut Exchange) -> Vec<Entry> {
    let entries = carried_out(exchange);
    let epoch = take_lease(storage).await;
    storage.append(epoch, entries.clone()).await.unwrap();
    entries
}

/// The flow's entries; their events are stand-ins, as the journal does not look into them.
pub(crate) fn carried_out(exchange: &mut Exchange) -> Vec<Entry> {
    let (mut entries, mut out) = (Vec::new(), Output::default());
    for (at, command) in known_flow() {
        let events_before = exchange.last_event();
        if !exchange
            .execute(at, &command, &mut out)
            .belongs_in_journal()
        {
            continue;
        }
        let position = entries.len() as u64 + 1;
        let source =
            matches!(command, Command::PlaceOrder(_)).then(|| format!("command-{position}"));
        let events = (events_before..exchange.last_event())
            .map(stand_in)
            .collect();
        let trades = out
            .events
            .iter()
            .filter_map(|event| trade_record(event, at))
            .collect();
        entries.push(Entry {
            position,
            at,
            source,
            traceparent: None,
            command,
            events_before,
            events,
            trades,
            lines: vec![StatementLine {
                cat: CatId::new("kitty").unwrap(),
                number: position * 2,
                asset: "kibbles".into(),
                amount: -1,
                balance: 1_000 - i64::try_from(position).unwrap(),
                why: "trade".into(),
            }],
        });
    }
    entries
}

fn stand_in(number: u64) -> StoredEvent {
    StoredEvent::of(&CatRegistered {
        cat: CatId::new(format!("cat-{number}")).unwrap(),
        name: "ÿ \"quoted\"".to_owned(),
        registered_at: chrono::DateTime::UNIX_EPOCH,
    })
}

fn trade_record(event: &Event, at: Moment) -> Option<TradeRecord> {
    match event {
        Event::TradeExecuted(trade) => Some(TradeRecord {
            number: trade.number,
            market: trade.market,
            price: trade.price,
            quantity: trade.quantity,
            taker: trade.taker,
            executed_at: at,
        }),
        _ => None,
    }
}
