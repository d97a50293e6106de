//! Pipelines: MongoDB and the interpreter give the same answers.

use cat_node::domain::aggregate::columns::{self, Raw};
use cat_node::domain::aggregate::literal::to_extended_json;
use cat_node::domain::query::Query;
use cat_node::domain::query::read_options::{Explain, ReadOptions};
use cat_node::domain::value::ParseValue;
use cat_node::storage::{Storage, StorageError};
use serde_json::{Value as Json, json};

use super::Store;
use super::objects::{GAME, game, insert};

async fn fill(storage: &dyn Storage) {
    let owner = json!({"__type": "Pointer", "className": "_User", "objectId": "u1"});
    let day = json!({"__type": "Date", "iso": "2020-02-29T23:30:00.000Z"});
    for (id, fields) in [
        (
            "a",
            json!({"kind": "rat", "n": 3, "tags": ["x", "y"], "owner": owner, "day": day}),
        ),
        (
            "b",
            json!({"kind": "mouse", "n": 1.5, "tags": [], "deep": {"k": [1, {"m": 2}]}}),
        ),
        ("c", json!({"kind": "rat", "n": 10, "tags": ["y"]})),
    ] {
        insert(storage, &GAME, &game(id, &fields)).await;
    }
}

async fn run(storage: &dyn Storage, pipeline: &Json) -> Result<Json, StorageError> {
    let schema = storage.schema(&GAME).await.unwrap().unwrap();
    let stages = pipeline.as_array().unwrap().iter().map(|stage| {
        let (name, argument) = stage.as_object().unwrap().iter().next().unwrap();
        Some((name.clone(), argument.clone()))
    });
    let stages = columns::stages(stages.collect(), &schema, Raw::default()).unwrap();
    let found = storage
        .aggregate(&GAME, &stages, &ReadOptions::default())
        .await?;
    Ok(found
        .into_iter()
        .map(|found| to_extended_json(&ParseValue::Object(found)))
        .collect())
}

pub(super) async fn pipelines_give_what_mongodb_gives(store: &impl Store) {
    let storage = store.storage();
    fill(&*storage).await;
    for (pipeline, expected) in [
        (
            json!([{"$group": {"_id": "$kind", "sum": {"$sum": "$n"}, "all": {"$push": "$n"}}}, {"$sort": {"_id": 1}}]),
            json!([{"_id": "mouse", "sum": 1.5, "all": [1.5]}, {"_id": "rat", "sum": 13, "all": [3, 10]}]),
        ),
        (
            json!([{"$match": {"owner": "u1"}}, {"$project": {"owner": 1}}]),
            json!([{"_id": "a", "_p_owner": "_User$u1"}]),
        ),
        (
            json!([{"$match": {"day": {"$gt": "2020-01-01T00:00:00.000Z"}}}, {"$project": {"y": {"$year": "$day"}}}]),
            json!([{"_id": "a", "y": 2020}]),
        ),
        (
            json!([{"$match": {"n": {"$gte": 3}}}, {"$limit": 1}, {"$count": "c"}]),
            json!([{"c": 1}]),
        ),
        (
            json!([{"$unwind": "$tags"}, {"$group": {"_id": "$tags", "c": {"$sum": 1}}}, {"$sort": {"c": -1}}]),
            json!([{"_id": "y", "c": 2}, {"_id": "x", "c": 1}]),
        ),
        (
            json!([{"$sort": {"n": -1}}, {"$skip": 1}, {"$addFields": {"twice": {"$multiply": ["$n", 2]}}}, {"$project": {"twice": 1}}]),
            json!([{"_id": "a", "twice": 6}, {"_id": "b", "twice": 3}]),
        ),
        (
            json!([{"$match": {"_id": "a"}}, {"$lookup": {"from": "Game", "localField": "kind", "foreignField": "kind", "as": "same"}},
                {"$project": {"same": {"$size": "$same"}}}]),
            json!([{"_id": "a", "same": 2}]),
        ),
        (
            json!([{"$bucket": {"groupBy": "$n", "boundaries": [0, 5], "default": "more"}}]),
            json!([{"_id": 0, "count": 2}, {"_id": "more", "count": 1}]),
        ),
        (
            json!([{"$facet": {"rats": [{"$match": {"kind": "rat"}}, {"$count": "c"}], "none": [{"$match": {"n": 99}}]}}]),
            json!([{"rats": [{"c": 2}], "none": []}]),
        ),
    ] {
        assert_eq!(
            run(&*storage, &pipeline).await.unwrap(),
            expected,
            "{pipeline}"
        );
    }
    let sampled = run(&*storage, &json!([{"$sample": {"size": 2}}]))
        .await
        .unwrap();
    assert_eq!(sampled.as_array().unwrap().len(), 2);
    match run(&*storage, &json!([{"$foo": 1}])).await {
        Err(StorageError::Refused(refusal)) => {
            assert!(refusal.message.contains("$foo"), "{refusal}");
        }
        other => panic!("{other:?}"),
    }
}

pub(super) async fn distinct_values_are_there_once(store: &impl Store) {
    let storage = store.storage();
    fill(&*storage).await;
    for (column, expected) in [
        ("kind", json!(["mouse", "rat"])),
        ("tags", json!(["x", "y"])),
        ("_p_owner", json!(["_User$u1"])),
        ("nothing", json!([])),
    ] {
        let found = storage.distinct(&Query::all(GAME), column).await.unwrap();
        let mut found: Vec<String> = found
            .iter()
            .map(|value| value.as_str().unwrap().to_owned())
            .collect();
        found.sort();
        assert_eq!(json!(found), expected, "{column}");
    }
    let explained = storage
        .explain(&Query::all(GAME), Explain::QueryPlanner)
        .await
        .unwrap();
    assert!(explained.get("queryPlanner").is_some(), "{explained}");
}
