//! Outbox and inbox: one list of cases, run on both databases.

use async_trait::async_trait;
use bson::doc;
use chrono::{TimeDelta, Utc};
use service_chassis::clock::SystemClock;
use service_chassis::inbox::mongodb::MongodbInbox;
use service_chassis::inbox::sqlite::SqliteInbox;
use service_chassis::mongodb::MongodbDatabase;
use service_chassis::outbox::mongodb::MongodbOutbox;
use service_chassis::outbox::sqlite::SqliteOutbox;
use service_chassis::real_component::real_component;
use service_chassis::secret::Secret;
use service_chassis::sqlite::{Database, DatabaseError};
use service_chassis::{inbox, outbox};
use shared_events::events::cat_node::CatErased;
use shared_events::id::CatId;
use shared_events::inbox::Inbox;
use shared_events::outbox::Outbox;
use shared_events::{EventStamp, OutgoingEvent};
use std::sync::Arc;

fn event(cat: &str) -> OutgoingEvent {
    let event = CatErased {
        cat: CatId::new(cat).unwrap(),
        erased_at: Utc::now(),
    };
    OutgoingEvent::new(
        &event,
        EventStamp::new(Utc::now())
            .with_sequence(1)
            .with_traceparent(Some("t".into())),
    )
}

/// A database in which events are appended and recorded together, or not at all.
#[async_trait]
trait Store: Sync {
    type Outbox: Outbox;
    fn outbox(&self) -> &Self::Outbox;
    fn inbox(&self) -> &dyn Inbox;
    /// Records `id` and appends events when it is new; then commits or gives up. Whether it was new.
    async fn write(&self, id: &str, events: &[OutgoingEvent], commit: bool) -> bool;
}

async fn cases<S: Store>(store: &S) {
    let events: Vec<_> = ["a", "b", "c"].iter().map(|cat| event(cat)).collect();
    assert!(store.write("1", &events, true).await);
    assert!(
        !store.write("1", &events, true).await,
        "a repeat has no effect"
    );
    store.write("2", &[event("lost")], false).await;
    let pending = store.outbox().pending(10).await.unwrap();
    assert_eq!(
        pending
            .iter()
            .map(|pending| &pending.event)
            .collect::<Vec<_>>(),
        events.iter().collect::<Vec<_>>()
    );
    assert_eq!(store.outbox().pending(2).await.unwrap().len(), 2);
    let first = pending[0].position.clone();
    store.outbox().remove(vec![first.clone()]).await.unwrap();
    store.outbox().remove(vec![first]).await.unwrap();
    assert_eq!(
        store.outbox().pending(10).await.unwrap()[0].event,
        events[1]
    );

    let asked = ["1", "2", "3"].map(str::to_owned);
    assert_eq!(store.inbox().seen("me", &asked).await.unwrap(), ["1"]);
    assert!(
        store
            .inbox()
            .seen("somebody-else", &asked)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store
            .inbox()
            .forget_before(Utc::now() - TimeDelta::days(1))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        store
            .inbox()
            .forget_before(Utc::now() + TimeDelta::days(1))
            .await
            .unwrap(),
        1
    );
}

struct OnSqlite(Database, SqliteOutbox, SqliteInbox);

#[async_trait]
impl Store for OnSqlite {
    type Outbox = SqliteOutbox;
    fn outbox(&self) -> &SqliteOutbox {
        &self.1
    }
    fn inbox(&self) -> &dyn Inbox {
        &self.2
    }
    async fn write(&self, id: &str, events: &[OutgoingEvent], commit: bool) -> bool {
        let (id, events) = (id.to_owned(), events.to_vec());
        self.0
            .write(move |connection| {
                let fresh = inbox::sqlite::record(connection, "me", &id, Utc::now())?;
                if fresh {
                    outbox::sqlite::append(connection, &events)?;
                }
                if commit {
                    Ok(fresh)
                } else {
                    Err(DatabaseError::Closed)
                }
            })
            .await
            .unwrap_or(true)
    }
}

#[tokio::test]
async fn on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let all = [outbox::sqlite::MIGRATIONS, inbox::sqlite::MIGRATIONS];
    let database = Database::open(&dir.path().join("a.db"), &all).unwrap();
    cases(&OnSqlite(
        database.clone(),
        SqliteOutbox(database.clone()),
        SqliteInbox(database),
    ))
    .await;
}

struct OnMongodb(MongodbDatabase, MongodbOutbox, MongodbInbox);

#[async_trait]
impl Store for OnMongodb {
    type Outbox = MongodbOutbox;
    fn outbox(&self) -> &MongodbOutbox {
        &self.1
    }
    fn inbox(&self) -> &dyn Inbox {
        &self.2
    }
    async fn write(&self, id: &str, events: &[OutgoingEvent], commit: bool) -> bool {
        let mut session = self.0.client().start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        let database = self.0.database();
        let fresh = inbox::mongodb::record(database, &mut session, "me", id, Utc::now())
            .await
            .unwrap();
        if fresh {
            outbox::mongodb::append(database, &mut session, events)
                .await
                .unwrap();
        }
        if commit {
            session.commit_transaction().await.unwrap();
        } else {
            session.abort_transaction().await.unwrap();
        }
        fresh
    }
}

#[tokio::test]
async fn on_mongodb() {
    let variable = "CATWEB_TEST_MONGODB_URI";
    let Some(uri) = real_component("mongodb", variable, "outbox and inbox on MongoDB") else {
        return;
    };
    let name = format!("chassis-{}", uuid::Uuid::new_v4());
    let database = MongodbDatabase::connect(&Secret::new(uri), &name)
        .await
        .unwrap();
    let outbox = MongodbOutbox::new(&database, Arc::new(SystemClock));
    let replica = MongodbOutbox::new(&database, Arc::new(SystemClock));
    cases(&OnMongodb(
        database.clone(),
        outbox,
        MongodbInbox::new(&database),
    ))
    .await;
    assert!(
        replica.pending(10).await.unwrap().is_empty(),
        "only one replica relays at a time"
    );
    database.database().drop().await.unwrap();
}
