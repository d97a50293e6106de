//! Classes: their fields, types and permissions.

use std::collections::BTreeMap;
use std::sync::Arc;

use cat_node::domain::error::ErrorCode;
use cat_node::domain::names::ClassName;
use cat_node::domain::query::Query;
use cat_node::domain::schema::FieldType;
use cat_node::domain::schema::change::read::{self, Rules};
use cat_node::domain::schema::change::{Before, PermissionsChange, SchemaChange};
use cat_node::domain::schema::class_permissions::{self, UserIds};
use cat_node::storage::StorageError;
use serde_json::json;

use super::Store;
use super::objects::{GAME, game, get, insert};

fn types<const N: usize>(fields: [(&str, FieldType); N]) -> BTreeMap<String, FieldType> {
    fields.map(|(name, kind)| (name.to_owned(), kind)).into()
}

pub(super) async fn a_class_grows_and_keeps_its_types(store: &impl Store) {
    let storage = store.storage();
    let first = types([
        ("score", FieldType::Number),
        ("owner", FieldType::Pointer(ClassName::USER)),
    ]);
    storage.extend_schema(&GAME, first.clone()).await.unwrap();
    let more = types([
        ("fans", FieldType::Relation(ClassName::USER)),
        ("score", FieldType::Number),
    ]);
    let grown = storage.extend_schema(&GAME, more).await.unwrap();
    let mut expected = first;
    expected.insert("fans".to_owned(), FieldType::Relation(ClassName::USER));
    assert_eq!(grown.fields, expected);
    assert_eq!(
        storage.schema(&GAME).await.unwrap().unwrap().fields,
        expected
    );

    let wrong = types([("new", FieldType::String), ("score", FieldType::String)]);
    match storage.extend_schema(&GAME, wrong).await {
        Err(StorageError::Refused(refusal)) => {
            assert_eq!(refusal.code, ErrorCode::INCORRECT_TYPE);
            assert_eq!(
                refusal.message,
                "schema mismatch for Game.score; expected Number but got String"
            );
        }
        other => panic!("{other:?}"),
    }
    let schemas = storage.schemas().await.unwrap();
    let game = schemas
        .into_iter()
        .find(|schema| schema.class == GAME)
        .unwrap();
    assert_eq!(game.fields, expected);
}

pub(super) async fn writers_at_once_agree_on_a_class(store: &impl Store) {
    let storage = store.storage();
    let writers: Vec<_> = (0..8)
        .map(|n| {
            let storage = Arc::clone(&storage);
            let kind = if n % 2 == 0 {
                FieldType::String
            } else {
                FieldType::Number
            };
            let own = format!("own{n}");
            tokio::spawn(async move {
                let own = types([(own.as_str(), FieldType::Boolean)]);
                storage.extend_schema(&GAME, own).await.unwrap();
                storage
                    .extend_schema(&GAME, types([("shared", kind)]))
                    .await
                    .is_ok()
            })
        })
        .collect();
    let mut agreed = 0;
    for writer in writers {
        agreed += usize::from(writer.await.unwrap());
    }
    let schema = storage.schema(&GAME).await.unwrap().unwrap();
    assert_eq!(agreed, 4, "those who wanted the type that won");
    assert_eq!(schema.fields.len(), 9);
}

pub(super) async fn permissions_are_kept_and_cleared(store: &impl Store) {
    let storage = store.storage();
    storage.extend_schema(&GAME, BTreeMap::new()).await.unwrap();
    let given =
        json!({"find": {"*": true}, "get": {"role:court": true}, "readUserFields": ["owner"]});
    let set = SchemaChange {
        permissions: PermissionsChange::Set(given.clone()),
        ..SchemaChange::none(Before::There)
    };
    storage.change_schema(&GAME, set).await.unwrap();
    let kept = storage.schema(&GAME).await.unwrap().unwrap();
    assert_eq!(kept.permissions, Some(class_permissions::complete(&given)));
    let clear = SchemaChange {
        permissions: PermissionsChange::Clear,
        ..SchemaChange::none(Before::There)
    };
    storage.change_schema(&GAME, clear).await.unwrap();
    let open = storage.schema(&GAME).await.unwrap().unwrap();
    assert_eq!(open.permissions, None);
}

fn creation(body: &serde_json::Value) -> SchemaChange {
    let rules = Rules {
        user_ids: UserIds::Generated,
        check_index_fields: true,
    };
    read::creation(&GAME, body.as_object().unwrap(), rules).unwrap()
}

pub(super) async fn options_and_indexes_are_kept(store: &impl Store) {
    let storage = store.storage();
    let made = creation(&json!({
        "fields": {
            "score": {"type": "Number", "defaultValue": 5},
            "name": {"type": "String", "required": true},
            "owner": {"type": "Pointer", "targetClass": "_User"},
        },
        "indexes": {"score_1": {"score": 1}, "by owner; DROP": {"_p_owner": 1, "name": -1}},
    }));
    let made_schema = storage.change_schema(&GAME, made.clone()).await.unwrap();
    assert_eq!(
        storage.schema(&GAME).await.unwrap(),
        Some(made_schema.clone())
    );
    assert_eq!(
        made_schema.options["name"].entries(),
        json!({"required": true}).as_object().unwrap()
    );
    match storage.change_schema(&GAME, made).await {
        Err(StorageError::Duplicate { field, .. }) => assert_eq!(field, "className"),
        other => panic!("{other:?}"),
    }
    let body = json!({
        "fields": {"name": {"type": "String"}, "score": {"__op": "Delete"}},
        "indexes": {"by owner; DROP": {"__op": "Delete"}, "name_1": {"name": 1}},
    });
    let rules = Rules {
        user_ids: UserIds::Generated,
        check_index_fields: true,
    };
    let altered = read::alteration(&made_schema, body.as_object().unwrap(), rules).unwrap();
    let altered = storage.change_schema(&GAME, altered).await.unwrap();
    assert_eq!(
        altered.indexes.keys().collect::<Vec<_>>(),
        ["score_1", "name_1"]
    );
    assert!(altered.options.is_empty() && !altered.fields.contains_key("score"));
    assert_eq!(storage.schema(&GAME).await.unwrap(), Some(altered));
}

pub(super) async fn removed_fields_leave_the_objects(store: &impl Store) {
    let storage = store.storage();
    let pointer = json!({"__type": "Pointer", "className": "_User", "objectId": "u1"});
    insert(
        &*storage,
        &GAME,
        &game("g1", &json!({"a": 1, "b": 2, "owner": pointer})),
    )
    .await;
    let change = SchemaChange {
        remove_fields: vec!["a".to_owned(), "owner".to_owned()],
        ..SchemaChange::none(Before::There)
    };
    storage.change_schema(&GAME, change).await.unwrap();
    assert_eq!(
        get(&*storage, "g1").await,
        Some(game("g1", &json!({"b": 2})))
    );
    let schema = storage.schema(&GAME).await.unwrap().unwrap();
    assert_eq!(schema.fields, types([("b", FieldType::Number)]));
}

pub(super) async fn removed_classes_are_gone(store: &impl Store) {
    let storage = store.storage();
    insert(&*storage, &GAME, &game("g1", &json!({"a": 1}))).await;
    storage.remove_class(&GAME).await.unwrap();
    assert_eq!(storage.schema(&GAME).await.unwrap(), None);
    assert_eq!(storage.find(&Query::all(GAME)).await.unwrap(), []);
    insert(&*storage, &GAME, &game("g1", &json!({"a": "text now"}))).await;
}
