//! A database of its own for each test.

use mouse_trap::storage::Storage;
use mouse_trap::storage::mongodb::MongodbStorage;
use mouse_trap::storage::sqlite::SqliteStorage;
use service_chassis::clock::SystemClock;
use service_chassis::mongodb::MongodbDatabase;
use service_chassis::outbox::mongodb::MongodbOutbox;
use service_chassis::outbox::sqlite::SqliteOutbox;
use service_chassis::real_component::real_component;
use service_chassis::secret::Secret;
use shared_events::OutgoingEvent;
use shared_events::outbox::Outbox as _;
use std::sync::{Arc, OnceLock};
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
        static FOUND: OnceLock<Option<String>> = OnceLock::new();
        let found = || real_component("mongodb", URI, "mouse-trap's storage contract");
        let uri = FOUND.get_or_init(found).clone()?;
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
