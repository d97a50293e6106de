//! Takes out of an answer what each server makes up: ids, session tokens, dates, its own address. An id is labelled by
//! the step in which it first appeared, so that a pointer to the wrong object is still a difference.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use regex::Regex;
use serde_json::{Map, Value as Json, json};

use super::request::Reply;
use super::scenario::Step;

const SECONDS_OF_AN_HOUR: i64 = 3_600;
const ALWAYS_COMPARED: [&str; 2] = ["content-type", "location"];

static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[A-Za-z0-9]{10,32}$").unwrap());
static TOKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new("r:[0-9a-f]{32}").unwrap());
/// The tokens of mails, in links and in forms.
static MAIL_TOKEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("token(?:=|\" value=\")([A-Za-z0-9]{20,64})").unwrap());
static DATE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").unwrap());

/// What one side made up so far in a scenario.
pub(super) struct Normaliser {
    /// The scenario's own text: what is written there was not made up.
    literals: String,
    labels: Vec<(String, String)>,
    step: usize,
    labels_of_step: usize,
}

impl Normaliser {
    pub(super) fn new(literals: String, address: &str) -> Self {
        let server = (format!("http://{address}"), "<server>".to_owned());
        // In parameters of redirects.
        let encoded = format!("http://{address}")
            .replace(':', "%3A")
            .replace('/', "%2F");
        let encoded = (encoded, "<server>".to_owned());
        Self {
            literals,
            labels: vec![server, encoded],
            step: 0,
            labels_of_step: 0,
        }
    }

    /// `{"status", "headers", "body"}`, comparable between the sides.
    pub(super) fn normalise(&mut self, reply: &Reply, step: &Step) -> Json {
        self.step += 1;
        self.labels_of_step = 0;
        let mut body = reply.body.clone();
        if step.unordered {
            self.sort(&mut body);
        }
        self.learn(&body);
        self.learn(&json!(reply.headers.get("location")));
        for pointer in &step.ignore {
            let parts: Vec<&str> = pointer.split('/').skip(1).collect();
            ignore(&mut body, &parts);
        }
        let mut headers = Map::new();
        let wanted = step.compare_headers.iter().map(String::as_str);
        for name in ALWAYS_COMPARED.into_iter().chain(wanted) {
            if let Some(value) = reply.headers.get(&name.to_ascii_lowercase()) {
                headers.insert(name.to_owned(), Json::String(self.text(value)));
            }
        }
        json!({"status": reply.status, "headers": headers, "body": self.replace(&body)})
    }

    /// Gives a label to each id and token that was not seen before.
    fn learn(&mut self, json: &Json) {
        match json {
            Json::Array(list) => list.iter().for_each(|item| self.learn(item)),
            Json::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort();
                for key in keys {
                    match &map[key] {
                        Json::String(id) if key == "objectId" && ID.is_match(id) => {
                            self.label(id, "id");
                        }
                        value => self.learn(value),
                    }
                }
            }
            Json::String(text) => {
                for token in TOKEN.find_iter(text) {
                    self.label(token.as_str(), "token");
                }
                for token in MAIL_TOKEN.captures_iter(text) {
                    self.label(&token[1], "mail token");
                }
            }
            _ => {}
        }
    }

    fn label(&mut self, made_up: &str, kind: &str) {
        let known = self.labels.iter().any(|(known, _)| known == made_up);
        if !known && !self.literals.contains(made_up) {
            self.labels_of_step += 1;
            let label = format!("<{kind} {}.{}>", self.step, self.labels_of_step);
            self.labels.push((made_up.to_owned(), label));
        }
    }

    fn replace(&self, json: &Json) -> Json {
        match json {
            Json::String(text) => Json::String(self.text(text)),
            Json::Array(list) => list.iter().map(|item| self.replace(item)).collect(),
            Json::Object(map) => {
                let pairs = map
                    .iter()
                    .map(|(key, value)| (self.text(key), self.replace(value)));
                Json::Object(pairs.collect())
            }
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        let mut replaced = text.to_owned();
        for (made_up, label) in &self.labels {
            if replaced.contains(made_up) {
                replaced = replaced.replace(made_up, label);
            }
        }
        let dated = DATE.replace_all(&replaced, |found: &regex::Captures<'_>| {
            self.date(&found[0])
        });
        dated.into_owned()
    }

    /// A date is told by its distance from now, to the hour.
    fn date(&self, text: &str) -> String {
        if self.literals.contains(text) {
            return text.to_owned();
        }
        let Ok(date) = DateTime::parse_from_rfc3339(text) else {
            return text.to_owned();
        };
        let seconds = (date.with_timezone(&Utc) - Utc::now()).num_seconds();
        let half = SECONDS_OF_AN_HOUR / 2;
        let hours = (seconds + half).div_euclid(SECONDS_OF_AN_HOUR);
        format!("<now {hours:+} h>")
    }

    /// Orders arrays of objects by their text, in which what is not known yet counts as equal.
    fn sort(&self, json: &mut Json) {
        match json {
            Json::Array(list) => {
                list.iter_mut().for_each(|item| self.sort(item));
                if list.iter().all(Json::is_object) {
                    list.sort_by_cached_key(|item| self.masked(item));
                }
            }
            Json::Object(map) => map.values_mut().for_each(|value| self.sort(value)),
            _ => {}
        }
    }

    fn masked(&self, json: &Json) -> String {
        let mut replaced = self.replace(json);
        replaced.sort_all_objects();
        let text = replaced.to_string();
        let made_up = Regex::new("\"objectId\":\"[A-Za-z0-9]{10,32}\"").unwrap();
        made_up.replace_all(&text, "\"objectId\":\"\"").into_owned()
    }
}

fn ignore(json: &mut Json, pointer: &[&str]) {
    let Some((first, rest)) = pointer.split_first() else {
        *json = Json::String("<ignored>".to_owned());
        return;
    };
    match json {
        Json::Object(map) => {
            for (key, value) in map.iter_mut() {
                if *first == "*" || key == first {
                    ignore(value, rest);
                }
            }
        }
        Json::Array(list) => {
            for (index, item) in list.iter_mut().enumerate() {
                if *first == "*" || *first == index.to_string() {
                    ignore(item, rest);
                }
            }
        }
        _ => {}
    }
}
