//! Batches of deliveries: what is good is projected in one write, what is bad says why, and an outage loses nothing.

use std::sync::Arc;

use bytes::Bytes;
use cat_node::domain::acl::Access;
use cat_node::domain::names::{ClassName, ObjectId};
use cat_node::domain::query::Query;
use cat_node::events::incoming::ProjectEvents;
use cat_node::projections::class;
use cat_node::storage::Storage;
use cat_node::storage::sqlite::SqliteStorage;
use service_chassis::clock::SystemClock;
use shared_events::Envelope;
use shared_events::bus::{BatchHandler, Delivery, Verdict};
use tempfile::TempDir;

use crate::storage_contract::{Store, on_mongodb};

const CAPTURE: ClassName = ClassName::internal("Capture");

struct House {
    storage: Arc<dyn Storage>,
    handler: ProjectEvents,
    _folder: TempDir,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> =
        Arc::new(SqliteStorage::open(&folder.path().join("cats.db")).unwrap());
    house_on(storage, folder).await
}

async fn house_on(storage: Arc<dyn Storage>, folder: TempDir) -> House {
    class::declare(&*storage).await.unwrap();
    let handler = ProjectEvents::new(Arc::clone(&storage), Arc::new(SystemClock));
    House {
        storage,
        handler,
        _folder: folder,
    }
}

fn delivery(event_type: &str, data: String) -> Delivery {
    let envelope = Envelope {
        id: "e1".to_owned(),
        source: "//net.miaou/mouse-trap".to_owned(),
        event_type: event_type.to_owned(),
        time: chrono::Utc::now(),
        subject: None,
        jurisdiction: None,
        sequence: Some(1),
        traceparent: None,
        data: Bytes::from(data),
    };
    Delivery {
        envelope,
        attempt: Some(1),
    }
}

fn caught(capture: &str) -> Delivery {
    let data = serde_json::json!({"capture": capture, "trap": "barn-7", "site": "farm", "jurisdiction": "CA",
        "position": {"latitude": 46.8, "longitude": -71.2}, "hunter": "tom", "kind": "mouse",
        "species": "Mus musculus", "mass_grams": 21.5, "sex": "female", "caught_at": "2026-11-24T08:00:00.000Z",
        "recorded_at": "2026-11-24T08:00:01.000Z", "confidence": 0.98});
    delivery("net.miaou.mouse-trap.rodent-caught.v1", data.to_string())
}

#[tokio::test]
async fn a_batch_becomes_objects_and_its_poison_says_why() {
    let house = house().await;
    let bad = delivery(
        "net.miaou.mouse-trap.rodent-caught.v1",
        "{\"capture\": 7}".to_owned(),
    );
    let foreign = delivery(
        "net.miaou.cat-node.keys-published.v1",
        "{\"keys\": []}".to_owned(),
    );
    let verdicts = house
        .handler
        .handle(&[caught("c1"), bad, caught("c2"), foreign, caught("c1")])
        .await;
    assert_eq!(
        [&verdicts[0], &verdicts[2], &verdicts[4]],
        [&Verdict::Done; 3]
    );
    for (index, reason) in [(1, "rodent-caught"), (3, "keys-published")] {
        match &verdicts[index] {
            Verdict::Poison(said) => assert!(said.contains(reason), "{said}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(house.storage.count(&Query::all(CAPTURE)).await.unwrap(), 2);

    let strangers = Query {
        access: Access::anonymous(),
        ..Query::all(CAPTURE)
    };
    assert_eq!(house.storage.count(&strangers).await.unwrap(), 0);
    let tom = Access::Grants(vec!["*".into(), "tom".into()]);
    let own = house
        .storage
        .get(&CAPTURE, &ObjectId::new("c1"), &tom)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(own.text("species"), Some("Mus musculus"));
}

/// What the exchange says of a stop that is amended, triggered, and refused a change.
async fn an_order_is_followed(house: &House) {
    let told = |name: &str, sequence, data: serde_json::Value| {
        let event_type = format!("net.miaou.cadaver-exchange.{name}.v1");
        let mut told = delivery(&event_type, data.to_string());
        told.envelope.sequence = Some(sequence);
        told
    };
    let at = "2026-11-24T08:00:00.000Z";
    let accepted = serde_json::json!({"order": "o1", "cat": "tom", "market": "mouse-prime", "side": "buy",
        "quantity": 3, "price": 40, "client_order_id": null, "accepted_at": at,
        "terms": {"kind": "limit", "time_in_force": "day", "stop_price": 35}});
    let amended = serde_json::json!({"order": "o1", "cat": "tom", "market": "mouse-prime", "quantity": 2,
        "remaining": 2, "price": 38, "waiting": true, "amended_at": at});
    let triggered = serde_json::json!({"order": "o1", "cat": "tom", "market": "mouse-prime", "remaining": 2,
        "triggered_at": at});
    let refused = serde_json::json!({"command": "k1", "cat": "tom", "order": "o1", "code": "would-take",
        "detail": "it would trade at once", "refused_at": at});
    let mut story = vec![
        told("order-accepted", 4, accepted),
        told("order-amended", 5, amended),
        told("order-triggered", 6, triggered),
        told("command-refused", 7, refused),
    ];
    let tom = Access::Grants(vec!["*".into(), "tom".into()]);
    let order = ClassName::internal("Order");
    // In order, and then backwards, as if nothing had been acknowledged.
    for _ in 0..2 {
        let verdicts = house.handler.handle(&story).await;
        assert_eq!(
            verdicts,
            [Verdict::Done, Verdict::Done, Verdict::Done, Verdict::Done]
        );
        let id = ObjectId::new("o1");
        let seen = house.storage.get(&order, &id, &tom).await.unwrap().unwrap();
        assert_eq!(
            (seen.text("status"), seen.text("timeInForce")),
            (Some("open"), Some("day"))
        );
        assert_eq!(seen.get("quantity"), Some(&2.0.into()));
        assert_eq!(seen.get("remaining"), Some(&2.0.into()));
        assert_eq!(seen.get("price"), Some(&38.0.into()));
        assert_eq!(seen.get("stopPrice"), Some(&35.0.into()));
        assert!(seen.get("lastRefusal").is_some());
        story.reverse();
    }
}

#[tokio::test]
async fn an_order_is_followed_on_sqlite() {
    an_order_is_followed(&house().await).await;
}

#[tokio::test]
async fn an_order_is_followed_on_mongodb() {
    if let Some(store) = on_mongodb::open().await {
        let house = house_on(store.storage(), tempfile::tempdir().unwrap()).await;
        an_order_is_followed(&house).await;
        store.drop_database().await;
    }
}

#[tokio::test]
async fn the_declared_classes_have_every_field_that_is_projected() {
    let house = house().await;
    let before = house.storage.schema(&CAPTURE).await.unwrap();
    house.handler.handle(&[caught("c1")]).await;
    assert_eq!(house.storage.schema(&CAPTURE).await.unwrap(), before);
}

#[tokio::test]
async fn an_outage_makes_the_good_ones_wait_and_the_bad_ones_poison() {
    let house = house().await;
    // Another type in the way stands for any write that fails.
    let lot = ClassName::internal("Capture");
    house.storage.remove_class(&lot).await.unwrap();
    let wrong = [(
        "kind".to_owned(),
        cat_node::domain::schema::FieldType::Number,
    )];
    house
        .storage
        .extend_schema(&lot, wrong.into())
        .await
        .unwrap();
    let bad = delivery("net.miaou.mouse-trap.moon-caught.v1", "{}".to_owned());
    let verdicts = house.handler.handle(&[caught("c1"), bad]).await;
    assert!(
        matches!(&verdicts[0], Verdict::Retry(reason) if reason.contains("schema mismatch")),
        "{verdicts:?}"
    );
    assert!(matches!(&verdicts[1], Verdict::Poison(_)));
}
