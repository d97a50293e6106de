//! A MongoDB database of its own for each case, on the server that the environment names.

use std::sync::{Arc, OnceLock};

use cat_node::storage::Storage;
use cat_node::storage::mongodb::{MongoOptions, MongoStorage};
use service_chassis::clock::SystemClock;
use service_chassis::mongodb::MongodbDatabase;
use service_chassis::outbox::mongodb::MongodbOutbox;
use service_chassis::real_component::real_component;
use service_chassis::secret::Secret;
use shared_events::OutgoingEvent;
use shared_events::outbox::Outbox;
use uuid::Uuid;

use super::Store;

const URI: &str = "CATWEB_TEST_MONGODB_URI";

pub(crate) struct OnMongodb {
    deployment: MongodbDatabase,
    storage: Arc<MongoStorage>,
}

/// `None`, said aloud, without a server to run on; a failure when one is required.
pub(crate) async fn open() -> Option<OnMongodb> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    let found = || real_component("mongodb", URI, "cat-node's storage contract");
    let uri = FOUND.get_or_init(found).clone()?;
    let name = format!("cat_node_test_{}", Uuid::new_v4().simple());
    let deployment = MongodbDatabase::connect(&Secret::new(uri), &name)
        .await
        .unwrap();
    let storage = Arc::new(
        MongoStorage::open(&deployment, &MongoOptions::default())
            .await
            .unwrap(),
    );
    Some(OnMongodb {
        deployment,
        storage,
    })
}

impl OnMongodb {
    pub(crate) async fn drop_database(self) {
        self.deployment.database().drop().await.unwrap();
    }
}

impl Store for OnMongodb {
    fn storage(&self) -> Arc<dyn Storage> {
        Arc::clone(&self.storage) as Arc<dyn Storage>
    }

    async fn pending_events(&self) -> Vec<OutgoingEvent> {
        let outbox = MongodbOutbox::new(&self.deployment, Arc::new(SystemClock));
        let pending = outbox.pending(1_000).await.unwrap();
        pending.into_iter().map(|pending| pending.event).collect()
    }
}
