//! Questions to providers over HTTP: bounded in time and size, and never led to another host.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::Value as Json;

use crate::use_cases::Failure;

/// The longest that a provider may take.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest answer that is read: key sets and profiles are a few kilobytes.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
const MAX_REDIRECTS: usize = 3;

/// A provider could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    #[error("the provider cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("the provider answers with more than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
}

impl OutgoingError {
    /// Where there is nothing that the client could do about it.
    pub fn into_outage(self) -> Failure {
        Failure::Outage {
            attempted: "asking an auth provider",
            cause: self.into(),
        }
    }
}

/// What a provider answered.
#[derive(Debug)]
pub struct Reply {
    pub is_success: bool,
    /// The words of the status line.
    pub reason: &'static str,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Option<Json> {
        serde_json::from_slice(&self.body).ok()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Asks.
#[derive(Debug, Clone)]
pub struct Outgoing(Client);

impl Outgoing {
    pub fn new() -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::custom(|attempt| {
                let from = attempt.previous().first().map(Url::origin);
                let is_elsewhere = from != Some(attempt.url().origin());
                if attempt.previous().len() > MAX_REDIRECTS || is_elsewhere {
                    attempt.stop()
                } else {
                    attempt.follow()
                }
            }))
            .build()?;
        Ok(Self(client))
    }

    pub fn get(&self, url: Url) -> RequestBuilder {
        self.0.get(url)
    }

    pub fn post(&self, url: Url) -> RequestBuilder {
        self.0.post(url)
    }

    pub fn post_form(&self, url: Url, fields: &[(&str, &str)]) -> RequestBuilder {
        self.0
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form(fields))
    }

    pub async fn send(&self, request: RequestBuilder) -> Result<Reply, OutgoingError> {
        let mut response = request.send().await?;
        let (is_success, status) = (response.status().is_success(), response.status());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(OutgoingError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            is_success,
            reason: status.canonical_reason().unwrap_or_default(),
            body,
        })
    }
}

/// Fields as `application/x-www-form-urlencoded`.
fn form(fields: &[(&str, &str)]) -> String {
    let mut url = Url::parse("form:").expect("a scheme alone is a URL");
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

/// Where a provider's address lives: the real one, or the one that its settings put in place of scheme and host.
pub fn address(base: Option<&Url>, real: &str) -> Result<Url, InvalidAddress> {
    let real: Url = real.parse().map_err(|_| InvalidAddress(real.to_owned()))?;
    let Some(base) = base else {
        return Ok(real);
    };
    let mut moved = base.clone();
    moved.set_path(real.path());
    moved.set_query(real.query());
    Ok(moved)
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address")]
pub struct InvalidAddress(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded() {
        assert_eq!(form(&[("a", "b c&d"), ("é", "=")]), "a=b+c%26d&%C3%A9=%3D");
    }

    #[test]
    fn an_address_moves_with_its_path() {
        let base = Url::parse("http://127.0.0.1:9/").unwrap();
        let moved = address(Some(&base), "https://api.example/me?fields=id").unwrap();
        assert_eq!(moved.as_str(), "http://127.0.0.1:9/me?fields=id");
        assert!(address(None, "no address").is_err());
    }
}
