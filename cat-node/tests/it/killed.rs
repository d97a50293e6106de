//! The real program, killed at any moment on a SQLite file: what it answered is there, nothing is there by half, and schema and
//! objects agree.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value as Json, json};

mod process;
mod writer;

use process::Process;
use writer::{BATCH, Writer};

/// Answers after which the kill falls, anywhere into what is asked next; a round each.
const KILL_AFTER: [usize; 4] = [3, 17, 41, 80];
/// Writers at the same time.
const WRITERS: usize = 6;

#[tokio::test]
async fn what_was_answered_is_there_whole_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cats.db");
    let mut answered = BTreeMap::new();
    for (round, kill_after) in KILL_AFTER.into_iter().enumerate() {
        let process = Process::start(&file);
        let writer = Writer::new(&process, round, kill_after);
        let killer = writer.kill_when_due(process);
        let works = (0..WRITERS).map(|number| {
            let writer = writer.clone();
            tokio::spawn(async move { writer.write_until_killed(number).await })
        });
        for work in works.collect::<Vec<_>>() {
            answered.extend(work.await.unwrap());
        }
        killer.await.unwrap();
        check_file(&file);
        let process = Process::start(&file);
        check_answered(&process, &answered).await;
        check_whole(&process).await;
        process.kill();
    }
    assert!(answered.len() > KILL_AFTER.iter().sum::<usize>());
    let kinds = ["Single", "Batched", "Transacted", "Class_"];
    for kind in kinds.map(|kind| format!("/classes/{kind}")) {
        assert!(
            answered.keys().any(|path| path.starts_with(&kind)),
            "{kind} was never answered"
        );
    }
}

/// The pages and the indexes hold together.
fn check_file(file: &std::path::Path) {
    let sql = rusqlite::Connection::open(file).unwrap();
    let verdict: String = sql
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
}

/// Every object that was answered is there with what was written.
async fn check_answered(process: &Process, answered: &BTreeMap<String, Json>) {
    for (path, written) in answered {
        let found = process.send(Method::GET, path, &Json::Null).await.unwrap();
        for (field, value) in written.as_object().unwrap() {
            assert_eq!(&found[field], value, "{path} {field}: {found}");
        }
    }
}

/// Whatever is there is there whole: transactions, and fields that their class knows and finds by.
async fn check_whole(process: &Process) {
    let schemas = process
        .send(Method::GET, "/schemas", &Json::Null)
        .await
        .unwrap();
    for schema in schemas["results"].as_array().unwrap() {
        let class = schema["className"].as_str().unwrap();
        if class.starts_with('_') {
            continue;
        }
        let path = format!("/classes/{class}?limit=100000");
        let found = process.send(Method::GET, &path, &Json::Null).await.unwrap();
        let mut of_transaction: BTreeMap<String, usize> = BTreeMap::new();
        for object in found["results"].as_array().unwrap() {
            for field in object.as_object().unwrap().keys() {
                assert!(
                    schema["fields"].get(field).is_some(),
                    "{class} has no {field}: {object}"
                );
            }
            if let Some(transaction) = object["transaction"].as_str() {
                *of_transaction.entry(transaction.to_owned()).or_default() += 1;
            }
        }
        assert!(
            of_transaction.values().all(|count| *count == BATCH),
            "{of_transaction:?}"
        );
        check_finds(process, class, &schema["fields"], &found["results"]).await;
    }
}

/// A find by a field that may have an index answers what is there.
async fn check_finds(process: &Process, class: &str, fields: &Json, objects: &Json) {
    for field in fields
        .as_object()
        .unwrap()
        .keys()
        .filter(|field| field.starts_with("by"))
    {
        let filter = json!({field: {"$exists": true}});
        let path = format!("/classes/{class}?count=1&limit=0&where={filter}");
        let counted = process.send(Method::GET, &path, &Json::Null).await.unwrap();
        let expected = objects
            .as_array()
            .unwrap()
            .iter()
            .filter(|object| object.get(field).is_some());
        assert_eq!(counted["count"], expected.count(), "{class} {field}");
    }
}
