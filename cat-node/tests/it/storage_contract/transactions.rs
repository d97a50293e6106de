//! Several writes and their events: all of it, in order, or nothing.

use cat_node::domain::acl::{Access, Acl};
use cat_node::domain::names::{ClassName, FieldPath, ObjectId};
use cat_node::domain::query::{Filter, Query, Test};
use cat_node::domain::update::{AclChange, Update};
use cat_node::domain::value::ParseValue;
use cat_node::storage::{StorageError, Transaction, Write};
use serde_json::json;
use shared_events::events::cat_node::CatRegistered;
use shared_events::id::CatId;
use shared_events::{EventStamp, OutgoingEvent};

use super::Store;
use super::objects::{GAME, at, game, get, insert};

fn registered(name: &str) -> OutgoingEvent {
    let data = CatRegistered {
        cat: CatId::new("tom").unwrap(),
        name: name.to_owned(),
        registered_at: at(1),
    };
    OutgoingEvent::new(&data, EventStamp::new(at(1)))
}

fn insert_game(id: &str) -> Write {
    Write::Insert {
        class: GAME,
        object: game(id, &json!({"n": 1})),
    }
}

pub(super) async fn all_or_nothing_with_its_events(store: &impl Store) {
    let storage = store.storage();
    insert(&*storage, &GAME, &game("taken", &json!({"n": 1}))).await;
    let failing = Transaction::default()
        .write(insert_game("new"))
        .write(insert_game("taken"))
        .event(registered("never"));
    let refused = storage.commit(failing).await;
    assert!(
        matches!(refused, Err(StorageError::Duplicate { .. })),
        "{refused:?}"
    );
    assert_eq!(get(&*storage, "new").await, None);

    let absent = Write::Delete {
        class: GAME,
        id: ObjectId::new("absent"),
        access: Access::Master,
    };
    let refused = storage
        .commit(
            Transaction::default()
                .event(registered("never"))
                .write(absent),
        )
        .await;
    assert!(
        matches!(refused, Err(StorageError::NotFound { .. })),
        "{refused:?}"
    );
    assert_eq!(store.pending_events().await, []);
}

pub(super) async fn events_keep_their_order(store: &impl Store) {
    let storage = store.storage();
    let events: Vec<OutgoingEvent> = (0..12)
        .map(|number| registered(&format!("cat-{number}")))
        .collect();
    for few in events.chunks(3) {
        let transaction = Transaction {
            writes: Vec::new(),
            events: few.to_vec(),
        };
        storage.commit(transaction).await.unwrap();
    }
    assert_eq!(store.pending_events().await, events);
}

pub(super) async fn deletes_take_all_that_match(store: &impl Store) {
    let storage = store.storage();
    for n in 0..6 {
        insert(
            &*storage,
            &GAME,
            &game(&format!("g{n}"), &json!({"n": n, "home": {"x": n % 2}})),
        )
        .await;
    }
    let path = || FieldPath::internal("n");
    let few = Filter::Field {
        path: path(),
        test: Test::Less(2.0.into()),
    };
    let odd = Filter::equal(FieldPath::internal("home.x"), 1.0);
    let transaction = Transaction::default()
        .write(Write::DeleteWhere {
            class: GAME,
            filter: few,
        })
        .write(Write::DeleteWhere {
            class: GAME,
            filter: odd,
        })
        .write(Write::DeleteWhere {
            class: ClassName::internal("Nothing"),
            filter: Filter::everything(),
        });
    storage.commit(transaction).await.unwrap();
    let left = storage.find(&Query::all(GAME)).await.unwrap();
    let mut left: Vec<String> = left.iter().map(|object| object.id.to_string()).collect();
    left.sort();
    assert_eq!(left, ["g2", "g4"]);
}

pub(super) async fn updates_take_all_that_match(store: &impl Store) {
    let storage = store.storage();
    for n in 0..4 {
        let fields = json!({"n": n, "home": {"x": n % 2}});
        insert(&*storage, &GAME, &game(&format!("g{n}"), &fields)).await;
    }
    let update = |filter: Filter, name: &'static str| Write::UpdateWhere {
        class: GAME,
        filter,
        update: Update::at(at(30)).set(FieldPath::internal("n"), name),
    };
    let odd = Filter::equal(FieldPath::internal("home.x"), 1.0);
    let first = Filter::id(&ObjectId::new("g0"));
    let failing = Transaction::default()
        .write(update(Filter::everything(), "never"))
        .write(insert_game("g0"));
    assert!(storage.commit(failing).await.is_err());
    let mut closing = Update::at(at(31)).set(FieldPath::internal("home"), ParseValue::Null);
    closing.acl = AclChange::Set(Acl::closed());
    let transaction = Transaction::default()
        .write(update(odd, "odd"))
        .write(Write::UpdateWhere {
            class: GAME,
            filter: first,
            update: closing,
        })
        .write(Write::UpdateWhere {
            class: ClassName::internal("Nothing"),
            filter: Filter::everything(),
            update: Update::at(at(32)),
        });
    storage.commit(transaction).await.unwrap();
    let mut found = storage.find(&Query::all(GAME)).await.unwrap();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    let odd: Vec<Option<&str>> = found.iter().map(|object| object.text("n")).collect();
    assert_eq!(odd, [None, Some("odd"), None, Some("odd")]);
    assert_eq!(found[0].acl, Some(Acl::closed()));
    assert_eq!(found[0].get("home"), Some(&ParseValue::Null));
    assert_eq!((found[1].updated_at, found[0].updated_at), (at(30), at(31)));
}

pub(super) async fn writes_answer_with_their_objects(store: &impl Store) {
    let storage = store.storage();
    insert(&*storage, &GAME, &game("old", &json!({"n": 5}))).await;
    let (access, guard) = (Access::Master, Filter::everything());
    let update = Update::at(at(30)).set(FieldPath::internal("n"), 2.0);
    let answers = storage
        .commit(
            Transaction::default()
                .write(insert_game("new"))
                .write(Write::Update {
                    class: GAME,
                    id: ObjectId::new("new"),
                    access,
                    guard,
                    update,
                })
                .write(Write::DeleteWhere {
                    class: GAME,
                    filter: Filter::id(&ObjectId::new("absent")),
                })
                .write(Write::Delete {
                    class: GAME,
                    id: ObjectId::new("old"),
                    access: Access::Master,
                })
                .event(registered("tom")),
        )
        .await
        .unwrap();
    let numbers: Vec<Option<f64>> = answers
        .iter()
        .map(|answer| answer.as_ref()?.get("n")?.as_number())
        .collect();
    assert_eq!(numbers, [Some(1.0), Some(2.0), None, Some(5.0)]);
    assert_eq!(answers[1].as_ref().unwrap().updated_at, at(30));
    assert_eq!(store.pending_events().await.len(), 1);
}
