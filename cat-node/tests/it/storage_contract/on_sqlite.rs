//! A SQLite file of its own for each case.

use std::sync::Arc;

use cat_node::storage::Storage;
use cat_node::storage::sqlite::SqliteStorage;
use service_chassis::outbox::sqlite::SqliteOutbox;
use shared_events::OutgoingEvent;
use shared_events::outbox::Outbox;
use tempfile::TempDir;

use super::Store;

pub(super) struct OnSqlite {
    storage: Arc<SqliteStorage>,
    _folder: TempDir,
}

pub(super) fn open() -> OnSqlite {
    let folder = tempfile::tempdir().unwrap();
    let storage = Arc::new(SqliteStorage::open(&folder.path().join("cats.db")).unwrap());
    OnSqlite {
        storage,
        _folder: folder,
    }
}

impl Store for OnSqlite {
    fn storage(&self) -> Arc<dyn Storage> {
        Arc::clone(&self.storage) as Arc<dyn Storage>
    }

    async fn pending_events(&self) -> Vec<OutgoingEvent> {
        let outbox = SqliteOutbox(self.storage.database().clone());
        let pending = outbox.pending(1_000).await.unwrap();
        pending.into_iter().map(|pending| pending.event).collect()
    }
}
