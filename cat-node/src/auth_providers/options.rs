//! The options of a provider in the settings, read by name; what is there and not known is refused.

use std::collections::BTreeSet;

use reqwest::Url;
use serde_json::{Map, Value as Json};
use service_chassis::secret::Secret;

/// An `auth` entry that cannot be honoured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("auth.{provider}: {problem}")]
pub struct InvalidProvider {
    pub provider: String,
    pub problem: String,
}

/// Reads the options of one provider.
#[derive(Debug)]
pub struct Options<'a> {
    pub provider: &'a str,
    given: &'a Map<String, Json>,
    known: BTreeSet<&'static str>,
}

impl<'a> Options<'a> {
    pub fn new(provider: &'a str, given: &'a Map<String, Json>) -> Self {
        Self {
            provider,
            given,
            // What every provider may have; `id` and `module` name JavaScript and are refused by what is left over.
            known: BTreeSet::from(["enabled"]),
        }
    }

    pub fn invalid(&self, problem: impl Into<String>) -> InvalidProvider {
        InvalidProvider {
            provider: self.provider.to_owned(),
            problem: problem.into(),
        }
    }

    pub fn get(&mut self, name: &'static str) -> Option<&'a Json> {
        self.known.insert(name);
        self.given.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, InvalidProvider> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::String(text)) if text.is_empty() => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.invalid(format!("{name} must be a text"))),
        }
    }

    pub fn required(&mut self, name: &'static str) -> Result<String, InvalidProvider> {
        self.text(name)?
            .ok_or_else(|| self.invalid(format!("{name} is required.")))
    }

    pub fn secret(&mut self, name: &'static str) -> Result<Option<Secret>, InvalidProvider> {
        Ok(self.text(name)?.map(Secret::new))
    }

    /// One text or several.
    pub fn texts(&mut self, name: &'static str) -> Result<Vec<String>, InvalidProvider> {
        let texts: Option<Vec<String>> = match self.get(name) {
            None => Some(Vec::new()),
            Some(Json::String(text)) => Some(vec![text.clone()]),
            Some(Json::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect(),
            Some(_) => None,
        };
        let texts = texts.ok_or_else(|| self.invalid(format!("{name} must be a list of texts")))?;
        Ok(texts.into_iter().filter(|text| !text.is_empty()).collect())
    }

    pub fn flag(&mut self, name: &'static str) -> Result<bool, InvalidProvider> {
        match self.get(name) {
            None => Ok(false),
            Some(Json::Bool(truth)) => Ok(*truth),
            Some(_) => Err(self.invalid(format!("{name} must be true or false"))),
        }
    }

    pub fn number(&mut self, name: &'static str) -> Result<Option<u64>, InvalidProvider> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.invalid(format!("{name} must be a number"))),
            },
        }
    }

    pub fn url(&mut self, name: &'static str) -> Result<Option<Url>, InvalidProvider> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let url = Url::parse(&text).ok().filter(is_safe);
        match url {
            Some(url) => Ok(Some(url)),
            None => Err(self.invalid(format!(
                "{name} must be an https address (http only to this machine)"
            ))),
        }
    }

    /// `baseUrl` takes the place of scheme and host in all of a provider's addresses.
    pub fn base_url(&mut self) -> Result<Option<Url>, InvalidProvider> {
        self.url("baseUrl")
    }

    /// Options that were not asked for are not known.
    pub fn finish(self) -> Result<(), InvalidProvider> {
        match self
            .given
            .keys()
            .find(|name| !self.known.contains(name.as_str()))
        {
            Some(name) => {
                Err(self.invalid(format!("{name} is not an option that cat-node can honour")))
            }
            None => Ok(()),
        }
    }
}

fn is_safe(url: &Url) -> bool {
    let is_local = match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let given = json!({"clientId": "x", "module": "./adapter.js"});
        let mut options = Options::new("github", given.as_object().unwrap());
        assert_eq!(options.required("clientId").unwrap(), "x");
        assert!(
            options
                .finish()
                .unwrap_err()
                .to_string()
                .contains("auth.github: module")
        );
    }

    #[test]
    fn secrets_do_not_travel_in_the_clear() {
        let given = json!({"a": "http://evil.example", "b": "http://127.0.0.1:8", "c": "https://x.example"});
        let mut options = Options::new("x", given.as_object().unwrap());
        assert!(options.url("a").is_err());
        assert!(options.url("b").unwrap().is_some() && options.url("c").unwrap().is_some());
    }
}
