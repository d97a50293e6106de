//! Many at once: whatever the order, nothing is lost and nothing is doubled. On SQLite, and on MongoDB where there is one.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use service_chassis::real_component::real_component;

use super::{Actor, Reply, TestApp};

/// Requests at the same time.
const MANY: usize = 24;

async fn all_at_once<F: Future<Output = Reply>>(request: impl Fn(usize) -> F) -> Vec<Reply> {
    join_all((0..MANY).map(request)).await
}

fn succeeded(replies: &[Reply]) -> usize {
    replies.iter().filter(|reply| reply.status < 300).count()
}

async fn one_name_is_one_user(app: &TestApp) {
    let (anyone, master) = (Actor::anonymous(), Actor::master());
    let user = json!({"username": "tom", "password": "tuna"});
    let replies = all_at_once(|_| app.post(&anyone, "/users", user.clone())).await;
    assert_eq!(succeeded(&replies), 1, "{replies:?}");
    let refused = replies.iter().filter(|reply| reply.status >= 300);
    for reply in refused {
        reply.refuses(400, 202, "Account already exists for this username.");
    }
    let found = app.find(&master, "_User", json!({"count": 1})).await;
    assert_eq!(found.body["count"], 1);
}

async fn ops_all_count(app: &TestApp) {
    let anyone = Actor::anonymous();
    let id = app
        .post(&anyone, "/classes/Counter", json!({"n": 0}))
        .await
        .id();
    let path = format!("/classes/Counter/{id}");
    let change = |number: usize| {
        json!({
            "n": {"__op": "Increment", "amount": 1},
            "all": {"__op": "Add", "objects": [number]},
            "few": {"__op": "AddUnique", "objects": [number % 3]},
        })
    };
    let replies = all_at_once(|number| app.put(&anyone, &path, change(number))).await;
    assert_eq!(succeeded(&replies), MANY, "{replies:?}");
    let counter = app.get(&anyone, &path).await.body;
    let length = |field: &str| counter[field].as_array().map(Vec::len);
    assert_eq!(
        (&counter["n"], length("all"), length("few")),
        (&json!(MANY), Some(MANY), Some(3))
    );
}

async fn a_new_class_and_its_fields_have_one_type_each(app: &TestApp) {
    let (anyone, master) = (Actor::anonymous(), Actor::master());
    // Half of them mean a text, half a number: the first one decides, and the others are told.
    let value = |number: usize| {
        if number.is_multiple_of(2) {
            json!("text")
        } else {
            json!(7)
        }
    };
    let object = |number: usize| json!({"kind": value(number), format!("own{number}"): number});
    let replies = all_at_once(|number| app.post(&anyone, "/classes/Fresh", object(number))).await;
    let schema = app.get(&master, "/schemas/Fresh").await.body;
    let kind = schema["fields"]["kind"]["type"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let fits = |value: &Json| value.is_string() == (kind == "String");
    for (number, reply) in replies.iter().enumerate() {
        assert_eq!(
            reply.status < 300,
            fits(&value(number)),
            "{kind}: {reply:?}"
        );
        if reply.status >= 300 {
            assert_eq!(reply.body["code"], 111, "{reply:?}");
        }
    }
    let found = app
        .find(&master, "Fresh", json!({"limit": 1000}))
        .await
        .body;
    let objects = found["results"].as_array().unwrap();
    assert_eq!(objects.len(), succeeded(&replies));
    for object in objects {
        for field in object.as_object().unwrap().keys() {
            assert!(schema["fields"].get(field).is_some(), "{field}");
        }
    }
}

macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::$case(&super::TestApp::start().await).await;
            })+
        }

        mod mongodb {
            $(#[tokio::test]
            async fn $case() {
                if let Some(app) = super::on_mongodb().await {
                    super::$case(&app).await;
                }
            })+
        }
    };
}

on_both! {
    one_name_is_one_user,
    ops_all_count,
    a_new_class_and_its_fields_have_one_type_each,
}

async fn on_mongodb() -> Option<TestApp> {
    let uri = real_component(
        "mongodb",
        "CATWEB_TEST_MONGODB_URI",
        "cat-node under many at once",
    )?;
    let name = format!("cat_node_{}", uuid::Uuid::new_v4().simple());
    let (server, parameters) = uri.split_once('?').unwrap_or((&uri, ""));
    let database = format!("{}/{name}?{parameters}", server.trim_end_matches('/'));
    let folder = Arc::new(tempfile::tempdir().unwrap());
    Some(TestApp::start_on(&database, folder, &[]).await)
}
