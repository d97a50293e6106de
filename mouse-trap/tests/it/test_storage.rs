//! A database of its own for each test.

use mouse_trap::storage::Storage;
use mouse_trap::storage::mongodb::MongodbStorage;
use mouse_trap::storage::sqlite::SqliteStorage;
use service_chassis::clock::SystemClock;
use service_chassis::mongodb::MongodbDatabase;
use service_chassis::outbox::mongodb::MongodbOutbox;
use service_chassis::outbox::sqlite::SqliteOutbox;
use service_chassis::secret::Secret;
use shared_events::OutgoingEvent;
use shared_events::outbox::Outbox as _;
use std::io::Write as _;
use std::sync::{Arc, Once};
use tempfile::TempDir;

/// A storage under test, with a look into its outbox.
pub(crate) struct TestStorage {
    pub(crate) storage: Arc<dyn Storage>,
    outbox: TestOutbox,
}

enum TestOutbox {
    Sqlite(
        SqliteOutbox,
        #[allow(dead_code, reason = "deletes the folder at the end")] TempDir,
    ),
    Mongodb(MongodbOutbox, MongodbDatabase),
}

impl TestStorage {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(&folder.path().join("mouse-trap.db")).unwrap();
        let outbox = TestOutbox::Sqlite(storage.outbox(), folder);
        Self {
            storage: Arc::new(storage),
            outbox,
        }
    }

    /// None when no MongoDB is there and none is required.
    pub(crate) async fn mongodb() -> Option<Self> {
        const URI: &str = "CATWEB_TEST_MONGODB_URI";
        let Ok(uri) = std::env::var(URI) else {
            let required = std::env::var("CATWEB_TEST_REQUIRE").unwrap_or_default();
            assert!(
                !required.split(',').any(|name| name == "mongodb"),
                "{URI} is not set, and mongodb is required"
            );
            tell(format_args!("skipped on MongoDB: {URI} is not set"));
            return None;
        };
        tell(format_args!(
            "the storage contract runs on SQLite and on the MongoDB of {URI}"
        ));
        let name = format!("mouse-trap-test-{}", uuid::Uuid::new_v4().simple());
        let database = MongodbDatabase::connect(&Secret::new(uri), &name)
            .await
            .unwrap();
        let storage = MongodbStorage::open(database.clone()).await.unwrap();
        let outbox = TestOutbox::Mongodb(storage.outbox(Arc::new(SystemClock)), database);
        Some(Self {
            storage: Arc::new(storage),
            outbox,
        })
    }

    /// The events that wait to be published.
    pub(crate) async fn pending(&self) -> Vec<OutgoingEvent> {
        const ALL: usize = 100_000;
        match &self.outbox {
            TestOutbox::Sqlite(outbox, _) => outbox
                .pending(ALL)
                .await
                .unwrap()
                .into_iter()
                .map(|pending| pending.event)
                .collect(),
            TestOutbox::Mongodb(outbox, _) => outbox
                .pending(ALL)
                .await
                .unwrap()
                .into_iter()
                .map(|pending| pending.event)
                .collect(),
        }
    }

    /// Removes the database.
    pub(crate) async fn end(self) {
        if let TestOutbox::Mongodb(_, database) = self.outbox {
            database.database().drop().await.unwrap();
        }
    }
}

/// Says once, past the capturing of test output, what this run is worth.
fn tell(what: std::fmt::Arguments<'_>) {
    static TOLD: Once = Once::new();
    let line = format!("mouse-trap: {what}\n");
    TOLD.call_once(|| std::io::stderr().write_all(line.as_bytes()).unwrap());
}
