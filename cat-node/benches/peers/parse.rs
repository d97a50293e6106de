//! The Parse protocol: what cat-node and parse-server are filled with and asked, the same for both.

use crate::contestant::{MANY, OBJECTS, PREPARED};
use crate::wrk::Work;
use reqwest::{Client, Method};
use serde_json::{Value as Json, json};

pub(crate) const APPLICATION_ID: &str = "bench";
pub(crate) const MASTER_KEY: &str = "bench-master";
const PASSWORD: &str = "nine lives and a tuna";
/// Objects of one batch.
const BATCH: usize = 50;
/// Users that log in.
const USERS: usize = 16;
/// What every object carries beside its indexed fields.
const NOTE: &str = "A rat of the kind that is caught behind the granary when the nights grow cold.";

/// A server that speaks Parse, under `url` (mount path included).
pub(crate) struct ParseServer {
    client: Client,
    url: String,
}

impl ParseServer {
    pub(crate) fn at(url: String) -> Self {
        Self {
            client: Client::new(),
            url,
        }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Json) -> Json {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request
            .header("X-Parse-Application-Id", APPLICATION_ID)
            .header("X-Parse-Master-Key", MASTER_KEY)
            .header("Content-Type", "application/json");
        let response = request
            .body(body.to_string())
            .send()
            .await
            .expect("it answers");
        let status = response.status();
        let body = response.text().await.expect("the answer is a text");
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).expect("the answer is JSON")
    }

    /// Makes the class with its index and fills it; answers the ids.
    pub(crate) async fn fill(&self, class: &str, objects: usize, at_once: usize) -> Vec<String> {
        let schema = json!({
            "className": class,
            "fields": {
                "player": {"type": "String"}, "level": {"type": "Number"}, "points": {"type": "Number"},
                "won": {"type": "Boolean"}, "note": {"type": "String"},
            },
            "indexes": {"by_player": {"player": 1}},
        });
        self.send(Method::POST, &format!("/schemas/{class}"), &schema)
            .await;
        let mut ids = Vec::with_capacity(objects);
        while ids.len() < objects {
            let numbers = ids.len()..objects.min(ids.len() + at_once);
            let requests: Vec<Json> = numbers
                .map(|number| json!({"method": "POST", "path": format!("/parse/classes/{class}"), "body": object(number)}))
                .collect();
            let answers = self
                .send(Method::POST, "/batch", &json!({"requests": requests}))
                .await;
            for answer in answers.as_array().expect("a batch answers a list") {
                ids.push(
                    answer["success"]["objectId"]
                        .as_str()
                        .expect("it was created")
                        .to_owned(),
                );
            }
        }
        ids
    }

    /// Fills the server; answers what wrk asks it.
    pub(crate) async fn prepare(&self) -> Vec<Work> {
        let ids = self.fill("Score", OBJECTS, BATCH).await;
        for number in 0..USERS {
            let user = json!({"username": format!("cat{number}"), "password": PASSWORD});
            self.send(Method::POST, "/users", &user).await;
        }
        works(&ids)
    }
}

fn object(number: usize) -> Json {
    json!({"player": player(number), "level": number % 100, "points": number * 7, "won": number.is_multiple_of(2), "note": NOTE})
}

fn player(number: usize) -> String {
    format!("cat-{number}")
}

/// A find of the objects of one player.
pub(crate) fn equality_find(class: &str, objects: usize) -> Work {
    let paths = spread(objects).map(|number| {
        let filter = json!({"player": player(number)}).to_string();
        let url = reqwest::Url::parse_with_params("http://server/", [("where", filter)])
            .expect("it is a URL");
        format!(
            "/parse/classes/{class}?{}",
            url.query().expect("it has a query")
        )
    });
    work("equality find", "GET", paths.collect(), Vec::new())
}

/// `PREPARED` numbers, evenly over all objects.
fn spread(objects: usize) -> impl Iterator<Item = usize> {
    (0..PREPARED).map(move |index| index * objects / PREPARED)
}

fn work(name: &'static str, method: &'static str, paths: Vec<String>, bodies: Vec<String>) -> Work {
    let headers = vec![
        ("X-Parse-Application-Id", APPLICATION_ID.to_owned()),
        ("Content-Type", "application/json".to_owned()),
    ];
    Work {
        name,
        method,
        headers,
        paths,
        bodies,
    }
}

fn works(ids: &[String]) -> Vec<Work> {
    let of_ids = || {
        spread(OBJECTS)
            .map(|number| format!("/parse/classes/Score/{}", ids[number]))
            .collect()
    };
    let new = (0..PREPARED)
        .map(|number| object(OBJECTS + number).to_string())
        .collect();
    let points = (0..PREPARED)
        .map(|number| json!({"points": number}).to_string())
        .collect();
    let log_ins = (0..USERS)
        .map(|number| json!({"username": format!("cat{number}"), "password": PASSWORD}).to_string())
        .collect();
    vec![
        work("get", "GET", of_ids(), Vec::new()),
        equality_find("Score", OBJECTS),
        work(
            "find of 100",
            "GET",
            vec![format!("/parse/classes/Score?limit={MANY}")],
            Vec::new(),
        ),
        work(
            "create",
            "POST",
            vec!["/parse/classes/Score".to_owned()],
            new,
        ),
        work("update", "PUT", of_ids(), points),
        work("log-in", "POST", vec!["/parse/login".to_owned()], log_ins),
    ]
}
