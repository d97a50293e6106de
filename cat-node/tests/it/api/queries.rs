//! Queries over HTTP: what they find, in what order, in what shape.

use serde_json::{Value as Json, json};

use super::{Actor, Reply, TestApp};

async fn with_games(count: u32) -> TestApp {
    let app = TestApp::start().await;
    let body = |n: u32| json!({"n": n, "name": format!("game {n}"), "even": n.is_multiple_of(2), "tags": [format!("t{}", n % 3), "all"]});
    let requests: Vec<Json> = (0..count)
        .map(|n| json!({"method": "POST", "path": "/parse/classes/Game", "body": body(n)}))
        .collect();
    let reply = app
        .post(&Actor::anonymous(), "/batch", json!({"requests": requests}))
        .await;
    assert_eq!(reply.body.as_array().map(Vec::len), Some(count as usize));
    app
}

fn numbers(reply: &Reply) -> Vec<u64> {
    let results = reply.body["results"]
        .as_array()
        .unwrap_or_else(|| panic!("{reply:?}"));
    results
        .iter()
        .map(|game| game["n"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn filters_order_and_pages() {
    let app = with_games(12).await;
    for (query, expected) in [
        (
            json!({"where": {"n": {"$gt": 8, "$ne": 10}}, "order": "n"}),
            vec![9, 11],
        ),
        (
            json!({"where": {"n": {"$in": [1, 3, 99]}}, "order": "-n"}),
            vec![3, 1],
        ),
        (
            json!({"where": {"tags": "t1", "even": true}, "order": "n"}),
            vec![4, 10],
        ),
        (
            json!({"where": {"name": {"$regex": "^GAME 1", "$options": "i"}}, "order": "n"}),
            vec![1, 10, 11],
        ),
        (
            json!({"where": {"$or": [{"n": 1}, {"tags": {"$all": ["t2", "all"]}, "n": {"$lt": 5}}]}, "order": "n"}),
            vec![1, 2],
        ),
        (json!({"order": "even,-n", "limit": 3}), vec![11, 9, 7]),
        (json!({"order": "n", "skip": 10}), vec![10, 11]),
        (
            json!({"where": {"tags": "all"}, "order": "n", "skip": 2, "limit": 2}),
            vec![2, 3],
        ),
        (json!({"where": {"n": "1"}}), vec![]),
        (json!({"where": {"unknown": 1}}), vec![]),
    ] {
        assert_eq!(
            numbers(&app.find(&Actor::anonymous(), "Game", query.clone()).await),
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn counts_come_with_or_without_results() {
    let app = with_games(12).await;
    let anyone = Actor::anonymous();
    let count = app
        .find(
            &anyone,
            "Game",
            json!({"where": {"even": true}, "count": 1, "limit": 0}),
        )
        .await;
    assert_eq!(count.body, json!({"results": [], "count": 6}));
    let with_tags = app
        .find(
            &anyone,
            "Game",
            json!({"where": {"tags": "t0"}, "count": 1, "limit": 1}),
        )
        .await;
    assert_eq!(
        (with_tags.body["count"].as_u64(), numbers(&with_tags).len()),
        (Some(4), 1)
    );
    let none = app.find(&anyone, "Nothing", json!({"count": 1})).await;
    assert_eq!(none.body, json!({"results": [], "count": 0}));
}

#[tokio::test]
async fn an_answer_has_a_hundred_objects_unless_said_otherwise() {
    let app = with_games(120).await;
    assert_eq!(
        numbers(&app.find(&Actor::anonymous(), "Game", json!({})).await).len(),
        100
    );
    assert_eq!(
        numbers(
            &app.find(&Actor::anonymous(), "Game", json!({"limit": 110}))
                .await
        )
        .len(),
        110
    );
}

#[tokio::test]
async fn keys_and_includes_shape_the_answer() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    let (cat, tom) = app.sign_up("tom").await;
    let pointer =
        |class: &str, id: &str| json!({"__type": "Pointer", "className": class, "objectId": id});
    let author = app
        .post(&anyone, "/classes/Author", json!({"name": "ann", "age": 3}))
        .await
        .id();
    let post = app
        .post(
            &anyone,
            "/classes/Post",
            json!({"t": "rats", "author": pointer("Author", &author)}),
        )
        .await
        .id();
    let hidden = json!({"t": "hidden", "ACL": {cat.as_str(): {"read": true}}});
    let hidden = app.post(&tom, "/classes/Post", hidden).await.id();
    let comment = json!({"post": pointer("Post", &post), "both": [pointer("Post", &post), pointer("Post", &hidden)], "hid": pointer("Post", &hidden)});
    let comment = app.post(&anyone, "/classes/Comment", comment).await.id();
    let get = async |actor: &Actor, parameters: &str| {
        app.get(actor, &format!("/classes/Comment/{comment}?{parameters}"))
            .await
            .body
    };

    let deep = get(&anyone, "include=post.author").await;
    assert_eq!(
        (&deep["post"]["t"], &deep["post"]["author"]["name"]),
        (&json!("rats"), &json!("ann"))
    );
    assert_eq!(deep["hid"], pointer("Post", &hidden));
    let everything = get(&anyone, "include=*").await;
    assert_eq!(
        (
            everything.get("hid"),
            everything["both"].as_array().map(Vec::len)
        ),
        (None, Some(1))
    );
    assert_eq!(get(&tom, "include=both").await["both"][1]["t"], "hidden");
    let slim = get(&anyone, "keys=post.t").await;
    assert_eq!(
        (
            &slim["post"]["t"],
            slim["post"].get("author"),
            slim.get("both")
        ),
        (&json!("rats"), None, None)
    );
    assert_eq!(
        get(&anyone, "excludeKeys=post,both").await.get("post"),
        None
    );
}

#[tokio::test]
async fn sub_queries_are_resolved() {
    let app = TestApp::start().await;
    let anyone = Actor::anonymous();
    let post = app
        .post(&anyone, "/classes/Post", json!({"t": "rats", "n": 7}))
        .await
        .id();
    let pointer = json!({"__type": "Pointer", "className": "Post", "objectId": post});
    app.post(
        &anyone,
        "/classes/Comment",
        json!({"n": 1, "post": pointer}),
    )
    .await;
    app.post(&anyone, "/classes/Comment", json!({"n": 7})).await;
    let rats = json!({"className": "Post", "where": {"t": "rats"}});
    for (filter, expected) in [
        (json!({"post": {"$inQuery": rats}}), vec![1]),
        (json!({"post": {"$notInQuery": rats}}), vec![7]),
        (
            json!({"n": {"$select": {"key": "n", "query": rats}}}),
            vec![7],
        ),
        (
            json!({"n": {"$dontSelect": {"key": "n", "query": rats}}}),
            vec![1],
        ),
    ] {
        let found = app.find(&anyone, "Comment", json!({"where": filter})).await;
        assert_eq!(numbers(&found), expected, "{filter}");
    }
    let improper = app
        .find(
            &anyone,
            "Comment",
            json!({"where": {"post": {"$inQuery": 1}}}),
        )
        .await;
    improper.refuses(400, 102, "improper usage of $inQuery");
}

#[tokio::test]
async fn bad_queries_are_refused_in_known_words() {
    let app = TestApp::start().await;
    for (query, code, error) in [
        (
            json!({"where": "{"}),
            107,
            "where parameter is not valid JSON",
        ),
        (
            json!({"where": {"a": {"$foo": 1}}}),
            107,
            "bad constraint: $foo",
        ),
        (json!({"where": {"a": {"$in": 1}}}), 107, "bad $in value"),
        (json!({"where": {"a$b": 1}}), 105, "Invalid key name: a$b"),
        (
            json!({"where": {"_hashed_password": 1}}),
            105,
            "Invalid key name: _hashed_password",
        ),
        (json!({"where": {"ACL": 1}}), 102, "Cannot query on ACL."),
        (json!({"order": "-a b"}), 105, "Invalid field name: a b."),
        (json!({"foo": 1}), 102, "Invalid parameter for query: foo"),
        (
            json!({"explain": true}),
            102,
            "Using the explain query parameter requires the master key",
        ),
    ] {
        app.find(&Actor::anonymous(), "Game", query)
            .await
            .refuses(400, code, error);
    }
}
