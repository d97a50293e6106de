//! PocketBase with the same objects, the same index, the same requests in its own words.

use crate::contestant::{Contestant, MANY, OBJECTS, PREPARED};
use crate::process::{Process, free_port};
use crate::wrk::Work;
use reqwest::{Client, Method};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::process::Command;

/// `scripts/pocketbase.sh install` says what to set.
const PROGRAM: &str = "CATWEB_BENCH_POCKETBASE";
const SUPERUSER: &str = "queen@example.com";
const PASSWORD: &str = "nine lives and a tuna";
const BATCH: usize = 50;
const USERS: usize = 16;
const NOTE: &str = "A rat of the kind that is caught behind the granary when the nights grow cold.";

pub(crate) async fn start() -> Option<Contestant> {
    let program = std::env::var(PROGRAM).ok()?;
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let data = folder.path().join("data");
    let made = command(&program, &data)
        .args(["superuser", "upsert", SUPERUSER, PASSWORD])
        .output();
    let made = made.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(made.status.success(), "{made:?}");
    let port = free_port();
    let process = Process::start(
        command(&program, &data).args(["serve", &format!("--http=127.0.0.1:{port}")]),
        port,
    );
    let base = format!("http://127.0.0.1:{port}");
    let works = PocketBase {
        client: Client::new(),
        base: base.clone(),
    }
    .prepare()
    .await;
    Some(Contestant {
        name: "PocketBase 0.36",
        base,
        works,
        process,
        _database: None,
        folder,
    })
}

fn command(program: &str, data: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("--dir").arg(data);
    command
}

struct PocketBase {
    client: Client,
    base: String,
}

impl PocketBase {
    async fn send(&self, method: Method, path: &str, token: &str, body: &Json) -> Json {
        let request = self.client.request(method, format!("{}{path}", self.base));
        let request = request
            .header("Authorization", token)
            .header("Content-Type", "application/json");
        let response = request
            .body(body.to_string())
            .send()
            .await
            .expect("it answers");
        let status = response.status();
        let body = response.text().await.expect("the answer is a text");
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).unwrap_or(Json::Null)
    }

    async fn prepare(&self) -> Vec<Work> {
        let credentials = json!({"identity": SUPERUSER, "password": PASSWORD});
        let path = "/api/collections/_superusers/auth-with-password";
        let token = self.send(Method::POST, path, "", &credentials).await;
        let token = token["token"].as_str().expect("a token").to_owned();
        self.send(Method::POST, "/api/collections", &token, &collection())
            .await;
        let batches = json!({"batch": {"enabled": true, "maxRequests": BATCH, "timeout": 30}});
        self.send(Method::PATCH, "/api/settings", &token, &batches)
            .await;
        let mut ids = Vec::with_capacity(OBJECTS);
        for first in (0..OBJECTS).step_by(BATCH) {
            let requests: Vec<Json> = (first..first + BATCH)
                .map(|number| json!({"method": "POST", "url": "/api/collections/score/records", "body": record(number)}))
                .collect();
            let answers = self
                .send(
                    Method::POST,
                    "/api/batch",
                    &token,
                    &json!({"requests": requests}),
                )
                .await;
            let created = answers.as_array().expect("a batch answers a list").iter();
            ids.extend(created.map(|answer| {
                answer["body"]["id"]
                    .as_str()
                    .expect("it was created")
                    .to_owned()
            }));
        }
        for number in 0..USERS {
            let user =
                json!({"email": email(number), "password": PASSWORD, "passwordConfirm": PASSWORD});
            self.send(
                Method::POST,
                "/api/collections/users/records",
                &token,
                &user,
            )
            .await;
        }
        works(&ids)
    }
}

/// Open to everyone, as a Parse class is by default.
fn collection() -> Json {
    json!({
        "name": "score", "type": "base",
        "listRule": "", "viewRule": "", "createRule": "", "updateRule": "",
        "fields": [
            {"name": "player", "type": "text"}, {"name": "level", "type": "number"}, {"name": "points", "type": "number"},
            {"name": "won", "type": "bool"}, {"name": "note", "type": "text"},
            {"name": "created", "type": "autodate", "onCreate": true},
            {"name": "updated", "type": "autodate", "onCreate": true, "onUpdate": true},
        ],
        "indexes": ["CREATE INDEX by_player ON score (player)"],
    })
}

fn record(number: usize) -> Json {
    json!({"player": format!("cat-{number}"), "level": number % 100, "points": number * 7, "won": number.is_multiple_of(2), "note": NOTE})
}

fn email(number: usize) -> String {
    format!("cat{number}@example.com")
}

fn works(ids: &[String]) -> Vec<Work> {
    let records = "/api/collections/score/records";
    let work = |name, method, paths: Vec<String>, bodies: Vec<String>| Work {
        name,
        method,
        headers: vec![("Content-Type", "application/json".to_owned())],
        paths,
        bodies,
    };
    let spread = || (0..PREPARED).map(|index| index * OBJECTS / PREPARED);
    let of_ids = || {
        spread()
            .map(|number| format!("{records}/{}", ids[number]))
            .collect()
    };
    // Without skipTotal it would count all that match, which the Parse requests do not ask for.
    let finds = spread()
        .map(|number| format!("{records}?skipTotal=1&filter=(player%3D%27cat-{number}%27)"))
        .collect();
    let many = vec![format!("{records}?skipTotal=1&perPage={MANY}")];
    let new = (0..PREPARED)
        .map(|number| record(OBJECTS + number).to_string())
        .collect();
    let points = (0..PREPARED)
        .map(|number| json!({"points": number}).to_string())
        .collect();
    let log_ins = (0..USERS)
        .map(|number| json!({"identity": email(number), "password": PASSWORD}).to_string())
        .collect();
    vec![
        work("get", "GET", of_ids(), Vec::new()),
        work("equality find", "GET", finds, Vec::new()),
        work("find of 100", "GET", many, Vec::new()),
        work("create", "POST", vec![records.to_owned()], new),
        work("update", "PATCH", of_ids(), points),
        work(
            "log-in",
            "POST",
            vec!["/api/collections/users/auth-with-password".to_owned()],
            log_ins,
        ),
    ]
}
