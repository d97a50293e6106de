//! Single objects: what is stored comes back, changes do what the domain says, lists and unique fields hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use cat_node::domain::acl::{Access, Acl, Permission};
use cat_node::domain::error::ErrorCode;
use cat_node::domain::names::{ClassName, FieldPath, ObjectId};
use cat_node::domain::object::ParseObject;
use cat_node::domain::query::{Filter, Query};
use cat_node::domain::schema::FieldType;
use cat_node::domain::update::{AclChange, FieldOp, Update};
use cat_node::domain::value::json::fields_from_json;
use cat_node::domain::value::{Fields, ParseValue};
use cat_node::storage::{Storage, StorageError, Transaction, Write};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::Store;

pub(super) const GAME: ClassName = ClassName::internal("Game");

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

pub(super) fn fields(json: &serde_json::Value) -> Fields {
    fields_from_json(json.as_object().unwrap()).unwrap()
}

pub(super) fn game(id: &str, json: &serde_json::Value) -> ParseObject {
    ParseObject::new(ObjectId::new(id), at(10), None, fields(json))
}

/// Declares the fields as the service does before it writes, then inserts.
pub(super) async fn insert(storage: &dyn Storage, class: &ClassName, object: &ParseObject) {
    declare(storage, class, &object.fields).await;
    let write = Write::Insert {
        class: class.clone(),
        object: object.clone(),
    };
    storage
        .commit(Transaction::default().write(write))
        .await
        .unwrap();
}

pub(super) async fn declare(storage: &dyn Storage, class: &ClassName, fields: &Fields) {
    let shown = fields.iter().filter(|(name, _)| !name.starts_with('_'));
    let types = shown.filter_map(|(name, value)| Some((name.clone(), FieldType::of(value)?)));
    let types: BTreeMap<String, FieldType> = types.collect();
    storage.extend_schema(class, types).await.unwrap();
}

pub(super) async fn get(storage: &dyn Storage, id: &str) -> Option<ParseObject> {
    storage
        .get(&GAME, &ObjectId::new(id), &Access::Master)
        .await
        .unwrap()
}

fn update(id: &str, access: Access, guard: Filter, update: Update) -> Transaction {
    Transaction::default().write(Write::Update {
        class: GAME,
        id: ObjectId::new(id),
        access,
        guard,
        update,
    })
}

pub(super) async fn objects_come_back_as_they_were(store: &impl Store) {
    let storage = store.storage();
    let everything = json!({
        "nothing": null,
        "yes": true,
        "score": 1337,
        "big": 5_000_000_000_i64,
        "ratio": -0.125,
        "name": "Tom \u{1F408} $x.y",
        "when": {"__type": "Date", "iso": "2026-11-24T08:00:00.123Z"},
        "bytes": {"__type": "Bytes", "base64": "AAECAw=="},
        "player": {"__type": "Pointer", "className": "_User", "objectId": "u1"},
        "at": {"__type": "GeoPoint", "latitude": 45.5, "longitude": -73.25},
        "area": {"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 1], [0, 0]]},
        "photo": {"__type": "File", "name": "cat.png"},
        "tags": ["a", 1, {"deep": [true, null]}, {"__type": "Pointer", "className": "Game", "objectId": "g2"}],
        "nested": {"when": {"__type": "Date", "iso": "2026-11-24T08:00:00.000Z"}, "empty": {}},
        "_hidden": "kept",
    });
    let acl = Acl::public(Permission::READ)
        .with("u1", Permission::READ_WRITE)
        .with_role("court", Permission::READ);
    let mut object = game("g1", &everything);
    object.acl = Some(acl);
    insert(&*storage, &GAME, &object).await;
    assert_eq!(get(&*storage, "g1").await, Some(object));
    let closed = ParseObject {
        acl: Some(Acl::closed()),
        ..game("g2", &json!({}))
    };
    insert(&*storage, &GAME, &closed).await;
    assert_eq!(get(&*storage, "g2").await, Some(closed));
    assert_eq!(get(&*storage, "g3").await, None);
}

pub(super) async fn lists_hide_objects_and_keep_strangers_from_writing(store: &impl Store) {
    let storage = store.storage();
    let tom = Access::Grants(vec!["*".into(), "tom".into()]);
    let acl = Acl::closed().with("tom", Permission::READ_WRITE).with(
        "*",
        Permission {
            read: false,
            write: false,
        },
    );
    let object = ParseObject {
        acl: Some(acl),
        ..game("mine", &json!({"n": 1}))
    };
    insert(&*storage, &GAME, &object).await;
    let id = ObjectId::new("mine");

    assert!(storage.get(&GAME, &id, &tom).await.unwrap().is_some());
    assert!(
        storage
            .get(&GAME, &id, &Access::anonymous())
            .await
            .unwrap()
            .is_none()
    );

    let change = || Update::at(at(20)).set(FieldPath::internal("n"), 2.0);
    let stranger = update("mine", Access::anonymous(), Filter::everything(), change());
    assert!(matches!(
        storage.commit(stranger).await,
        Err(StorageError::NotFound { .. })
    ));
    let delete = Write::Delete {
        class: GAME,
        id: id.clone(),
        access: Access::anonymous(),
    };
    let refused = storage.commit(Transaction::default().write(delete)).await;
    assert!(matches!(refused, Err(StorageError::NotFound { .. })));
    storage
        .commit(update("mine", tom, Filter::everything(), change()))
        .await
        .unwrap();
    assert_eq!(
        get(&*storage, "mine").await.unwrap().get("n"),
        Some(&2.0.into())
    );
}

pub(super) async fn unique_fields_are_held(store: &impl Store) {
    let storage = store.storage();
    let user = |id: &str, name: &str| {
        game(
            id,
            &json!({"username": name, "email": format!("{id}-{name}@cats.example")}),
        )
    };
    insert(&*storage, &ClassName::USER, &user("u1", "tom")).await;
    insert(&*storage, &ClassName::USER, &user("u2", "felix")).await;
    let expect = async |write: Write, expected: &str| match storage
        .commit(Transaction::default().write(write))
        .await
    {
        Err(StorageError::Duplicate { class, field }) => {
            assert_eq!((class, field.as_str()), (ClassName::USER, expected));
        }
        other => panic!("{other:?} where a duplicate {expected} was expected"),
    };
    expect(
        Write::Insert {
            class: ClassName::USER,
            object: user("u3", "tom"),
        },
        "username",
    )
    .await;
    expect(
        Write::Insert {
            class: ClassName::USER,
            object: user("u1", "kit"),
        },
        "objectId",
    )
    .await;
    let rename = Update::at(at(20)).set(FieldPath::internal("username"), "tom");
    let (id, access, guard) = (ObjectId::new("u2"), Access::Master, Filter::everything());
    expect(
        Write::Update {
            class: ClassName::USER,
            id,
            access,
            guard,
            update: rename,
        },
        "username",
    )
    .await;
}

pub(super) async fn absent_unique_values_do_not_clash(store: &impl Store) {
    let storage = store.storage();
    for (id, user) in [
        ("u1", json!({"username": "a"})),
        ("u2", json!({"username": "b"})),
        ("u3", json!({"username": "c", "email": null})),
        ("u4", json!({"username": "d", "email": null})),
        ("u5", json!({"username": "e", "email": "e@cats.example"})),
        ("u6", json!({"username": "f", "email": "f@cats.example"})),
    ] {
        insert(&*storage, &ClassName::USER, &game(id, &user)).await;
    }
    for id in ["u5", "u6"] {
        let update = Update::at(at(20)).set(FieldPath::internal("email"), ParseValue::Null);
        let (id, access, guard) = (ObjectId::new(id), Access::Master, Filter::everything());
        let write = Write::Update {
            class: ClassName::USER,
            id,
            access,
            guard,
            update,
        };
        storage
            .commit(Transaction::default().write(write))
            .await
            .unwrap();
    }
    let without = Filter::equal(FieldPath::internal("email"), ParseValue::Null);
    let query = Query::all(ClassName::USER).filter(without);
    assert_eq!(storage.count(&query).await.unwrap(), 6);
}

/// Ops as they come together in one change.
fn op_cases() -> Vec<Vec<(&'static str, FieldOp)>> {
    let list = |json: serde_json::Value| {
        let fields = fields(&json!({"list": json}));
        match &fields["list"] {
            ParseValue::Array(items) => items.clone(),
            _ => panic!("a list"),
        }
    };
    let player =
        fields(&json!({"p": {"__type": "Pointer", "className": "_User", "objectId": "u2"}}))["p"]
            .clone();
    vec![
        vec![
            ("n", FieldOp::Increment(2.5)),
            ("fresh", FieldOp::Increment(-1.0)),
        ],
        vec![
            ("name", FieldOp::Set("y".into())),
            ("old", FieldOp::Unset),
            ("never", FieldOp::Unset),
        ],
        vec![
            ("list", FieldOp::Add(list(json!([2, "z"])))),
            ("new", FieldOp::Add(list(json!([1])))),
        ],
        vec![
            ("list", FieldOp::AddUnique(list(json!([2, 3, 3])))),
            ("new", FieldOp::AddUnique(list(json!([1, 1])))),
        ],
        vec![(
            "list",
            FieldOp::AddUnique(list(json!([{"a": 1}, {"b": 2}]))),
        )],
        vec![
            ("list", FieldOp::Remove(list(json!([2, {"a": 1}])))),
            ("new", FieldOp::Remove(list(json!([1])))),
        ],
        vec![
            ("home.city", FieldOp::Set("Nancy".into())),
            ("deep.er", FieldOp::Set(1.0.into())),
        ],
        vec![
            ("home.no", FieldOp::Increment(1.0)),
            ("home.city", FieldOp::Unset),
        ],
        vec![
            ("n", FieldOp::Set(10.0.into())),
            ("n", FieldOp::Increment(1.0)),
        ],
        vec![("player", FieldOp::Set(player))],
        vec![
            ("player", FieldOp::Set(ParseValue::Null)),
            ("once", FieldOp::SetOnInsert(1.0.into())),
        ],
    ]
}

pub(super) async fn every_op_does_what_apply_says(store: &impl Store) {
    let storage = store.storage();
    let start = json!({"n": 1, "name": "x", "list": [1, 2, {"a": 1}], "home": {"city": "Nice", "no": 3}, "old": 1,
        "player": {"__type": "Pointer", "className": "_User", "objectId": "u1"}});
    for (number, ops) in op_cases().into_iter().enumerate() {
        let id = format!("g{number}");
        let mut expected = game(&id, &start);
        insert(&*storage, &GAME, &expected).await;
        let ops = ops
            .into_iter()
            .map(|(path, op)| (FieldPath::internal(path), op))
            .collect();
        let acl = AclChange::Set(Acl::public(Permission::READ_WRITE));
        let change = Update {
            acl,
            ops,
            updated_at: at(20),
        };
        change.apply(&mut expected).unwrap();
        let changed = storage
            .commit(update(
                &id,
                Access::anonymous(),
                Filter::everything(),
                change,
            ))
            .await
            .unwrap();
        assert_eq!(
            sorted(changed[0].clone()),
            sorted(Some(expected.clone())),
            "case {number}"
        );
        assert_eq!(
            sorted(get(&*storage, &id).await),
            sorted(Some(expected)),
            "case {number}"
        );
    }
}

/// The order of fields is free.
fn sorted(object: Option<ParseObject>) -> Option<ParseObject> {
    object.map(|mut object| {
        object.fields.sort_keys();
        object
    })
}

pub(super) async fn a_guard_is_compare_and_set(store: &impl Store) {
    let storage = store.storage();
    insert(&*storage, &GAME, &game("code", &json!({"used": false}))).await;
    let unused = || Filter::equal(FieldPath::internal("used"), false);
    let take = || {
        update(
            "code",
            Access::Master,
            unused(),
            Update::at(at(20)).set(FieldPath::internal("used"), true),
        )
    };
    let attempts = (0..8).map(|_| {
        let storage = Arc::clone(&storage);
        let take = take();
        tokio::spawn(async move { storage.commit(take).await.is_ok() })
    });
    let attempts: Vec<_> = attempts.collect();
    let mut taken = 0;
    for attempt in attempts {
        taken += u32::from(attempt.await.unwrap());
    }
    assert_eq!(taken, 1);
}

pub(super) async fn an_op_that_does_not_fit_is_refused(store: &impl Store) {
    let storage = store.storage();
    let before = game("g1", &json!({"name": "x", "list": [1], "nothing": null}));
    insert(&*storage, &GAME, &before).await;
    for (path, op) in [
        ("name", FieldOp::Increment(1.0)),
        ("name", FieldOp::Add(vec![1.0.into()])),
        ("list", FieldOp::Increment(1.0)),
        ("name.first", FieldOp::Set("y".into())),
    ] {
        let change = Update::at(at(20)).op(FieldPath::internal(path), op);
        let error = storage
            .commit(update("g1", Access::Master, Filter::everything(), change))
            .await
            .unwrap_err();
        match error {
            StorageError::Refused(refusal) => assert_eq!(refusal.code, ErrorCode::INCORRECT_TYPE),
            other => panic!("{other:?} at {path}"),
        }
    }
    assert_eq!(get(&*storage, "g1").await, Some(before));
}

pub(super) async fn increments_at_once_all_count(store: &impl Store) {
    let storage = store.storage();
    insert(&*storage, &GAME, &game("counter", &json!({"n": 0}))).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let storage = Arc::clone(&storage);
            tokio::spawn(async move {
                for _ in 0..5 {
                    let add =
                        Update::at(at(20)).op(FieldPath::internal("n"), FieldOp::Increment(1.0));
                    storage
                        .commit(update("counter", Access::Master, Filter::everything(), add))
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        get(&*storage, "counter").await.unwrap().get("n"),
        Some(&40.0.into())
    );
}
