//! Sends a step to one side, with that side's variables filled in.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, Method};
use serde_json::{Map, Value as Json};

use super::scenario::Step;

/// An answer as it came.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Json,
}

impl Reply {
    /// What a server sent elsewhere.
    pub(super) fn of_sink(arrived: Json) -> Self {
        Self {
            status: 200,
            headers: BTreeMap::new(),
            body: arrived,
        }
    }

    /// What there is instead of an answer when the connection ends without one.
    fn none(error: &reqwest::Error) -> Self {
        Self {
            status: 0,
            headers: BTreeMap::new(),
            body: Json::String(format!("no answer: {error:?}")),
        }
    }
}

/// The values of variables, as this side answered them.
#[derive(Debug, Default)]
pub(super) struct Variables(Map<String, Json>);

impl Variables {
    pub(super) fn set(&mut self, name: &str, value: Json) {
        self.0.insert(name.to_owned(), value);
    }

    fn fill_text(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, value) in &self.0 {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            filled = filled.replace(&format!("{{{{{name}}}}}"), &value);
        }
        with_passwords(filled)
    }

    /// A text that is nothing but a variable becomes its value, of whatever type.
    fn fill(&self, json: &Json) -> Json {
        match json {
            Json::String(text) => {
                let name = text
                    .strip_prefix("{{")
                    .and_then(|rest| rest.strip_suffix("}}"));
                match name.and_then(|name| self.0.get(name)) {
                    Some(value) => value.clone(),
                    None => Json::String(self.fill_text(text)),
                }
            }
            Json::Array(list) => list.iter().map(|item| self.fill(item)).collect(),
            Json::Object(map) => {
                let pairs = map
                    .iter()
                    .map(|(key, value)| (self.fill_text(key), self.fill(value)));
                Json::Object(pairs.collect())
            }
            other => other.clone(),
        }
    }
}

/// `{{totp:SECRET}}` becomes what an authenticator app shows now.
fn with_passwords(text: String) -> String {
    let Some((before, rest)) = text.split_once("{{totp:") else {
        return text;
    };
    let Some((secret, after)) = rest.split_once("}}") else {
        return text;
    };
    let shown = crate::one_time_password::shown(secret, chrono::Utc::now());
    format!("{before}{shown}{}", with_passwords(after.to_owned()))
}

/// Who acts: the headers that say so.
fn credentials(actor: &str, options: &Map<String, Json>) -> Vec<(&'static str, String)> {
    let option = |name: &str| {
        let value = options.get(name).and_then(Json::as_str);
        value
            .unwrap_or_else(|| panic!("a step acts as {actor}, but the options have no {name}"))
            .to_owned()
    };
    let mut headers = vec![("X-Parse-Application-Id", option("appId"))];
    match actor.split_once(':').unwrap_or((actor, "")) {
        ("none", _) => headers.clear(),
        ("client", _) => {}
        ("master", _) => headers.push(("X-Parse-Master-Key", option("masterKey"))),
        ("readonly", _) => headers.push(("X-Parse-Master-Key", option("readOnlyMasterKey"))),
        ("maintenance", _) => headers.push(("X-Parse-Maintenance-Key", option("maintenanceKey"))),
        ("session", variable) => {
            headers.push(("X-Parse-Session-Token", format!("{{{{{variable}}}}}")));
        }
        _ => panic!("nobody is called {actor:?}"),
    }
    headers
}

pub(super) async fn send(
    client: &Client,
    address: &str,
    options: &Map<String, Json>,
    step: &Step,
    variables: &Variables,
) -> Reply {
    let path = variables.fill_text(&step.path);
    let url = match path.strip_prefix("//") {
        Some(rest) => format!("http://{address}/{rest}"),
        None if path.starts_with("http://") => path,
        None => format!("http://{address}/parse{path}"),
    };
    let method = Method::from_bytes(step.method.as_bytes()).unwrap();
    let mut request = client.request(method, url);
    for (name, value) in credentials(&step.actor, options) {
        if !step
            .headers
            .keys()
            .any(|own| own.eq_ignore_ascii_case(name))
        {
            request = request.header(name, variables.fill_text(&value));
        }
    }
    for (name, value) in &step.headers {
        request = request.header(name, variables.fill_text(value));
    }
    if !step.query.is_empty() {
        let pairs = step.query.iter().map(|(name, value)| {
            let value = variables.fill(value);
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        });
        request = request.query(&pairs.collect::<Vec<_>>());
    }
    if let Some(body) = &step.body {
        let says_type = step
            .headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case("content-type"));
        if !says_type {
            request = request.header("Content-Type", "application/json");
        }
        request = request.body(variables.fill(body).to_string());
    }
    if let Some(text) = &step.text {
        request = request.body(variables.fill_text(text));
    }
    if let Some(base64) = &step.base64 {
        request = request.body(STANDARD.decode(base64).unwrap());
    }
    if step.wait_ms > 0 {
        tokio::time::sleep(Duration::from_millis(step.wait_ms)).await;
    }
    match request.send().await {
        Ok(response) => read(response).await,
        Err(error) => Reply::none(&error),
    }
}

async fn read(response: reqwest::Response) -> Reply {
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Reply {
        status,
        headers,
        body: serde_json::from_str(&text).unwrap_or(Json::String(text)),
    }
}
