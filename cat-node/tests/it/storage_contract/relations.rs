//! Relations: the members of a field.

use cat_node::domain::acl::Access;
use cat_node::domain::names::{ClassName, ObjectId};
use cat_node::storage::{Storage, Transaction, Write};
use serde_json::json;

use super::Store;
use super::objects::{game, insert};

fn ids(names: &[&str]) -> Vec<ObjectId> {
    names.iter().map(|name| ObjectId::new(*name)).collect()
}

async fn relate(storage: &dyn Storage, owner: &str, add: &[&str], remove: &[&str]) {
    let write = Write::Relate {
        class: ClassName::ROLE,
        field: "users".to_owned(),
        owner: ObjectId::new(owner),
        add: ids(add),
        remove: ids(remove),
    };
    storage
        .commit(Transaction::default().write(write))
        .await
        .unwrap();
}

async fn members(storage: &dyn Storage, owners: &[&str]) -> Vec<String> {
    let members = storage
        .related(&ClassName::ROLE, "users", &ids(owners))
        .await
        .unwrap();
    texts(&members)
}

async fn owners(storage: &dyn Storage, members: &[&str]) -> Vec<String> {
    let owners = storage
        .owners(&ClassName::ROLE, "users", &ids(members))
        .await
        .unwrap();
    texts(&owners)
}

fn texts(ids: &[ObjectId]) -> Vec<String> {
    let mut texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    texts.sort();
    texts
}

async fn insert_roles(storage: &dyn Storage) {
    for role in ["r1", "r2"] {
        insert(
            storage,
            &ClassName::ROLE,
            &game(role, &json!({"name": role})),
        )
        .await;
    }
}

pub(super) async fn members_are_there_once(store: &impl Store) {
    let storage = store.storage();
    insert_roles(&*storage).await;
    assert_eq!(members(&*storage, &["r1"]).await, [""; 0]);
    relate(&*storage, "r1", &["a", "b", "a"], &[]).await;
    relate(&*storage, "r1", &["b", "c"], &["a", "never"]).await;
    relate(&*storage, "r2", &["c"], &[]).await;
    assert_eq!(members(&*storage, &["r1"]).await, ["b", "c"]);
    assert_eq!(members(&*storage, &["r1", "r2"]).await, ["b", "c"]);
    assert_eq!(owners(&*storage, &["c"]).await, ["r1", "r2"]);
    assert_eq!(owners(&*storage, &["a"]).await, [""; 0]);
    assert_eq!(owners(&*storage, &[]).await, [""; 0]);
}

pub(super) async fn a_deleted_owner_has_no_members(store: &impl Store) {
    let storage = store.storage();
    insert_roles(&*storage).await;
    relate(&*storage, "r1", &["a"], &[]).await;
    relate(&*storage, "r2", &["a"], &[]).await;
    let delete = Write::Delete {
        class: ClassName::ROLE,
        id: ObjectId::new("r1"),
        access: Access::Master,
    };
    storage
        .commit(Transaction::default().write(delete))
        .await
        .unwrap();
    assert_eq!(owners(&*storage, &["a"]).await, ["r2"]);
}
