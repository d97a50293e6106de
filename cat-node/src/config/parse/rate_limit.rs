//! `rateLimit`: how many requests of a kind are taken in a time.

use serde::Deserialize;

use crate::domain::route_pattern::RoutePattern;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// A path below the mount path, as parse-server writes routes: `/functions/*path`.
    pub request_path: Option<String>,
    /// In milliseconds.
    pub request_time_window: Option<f64>,
    pub request_count: Option<f64>,
    #[serde(default = "default_message")]
    pub error_response_message: String,
    /// Without it, every method.
    #[serde(default)]
    pub request_methods: Option<Methods>,
    #[serde(default)]
    pub include_internal_requests: bool,
    #[serde(default)]
    pub include_master_key: bool,
    #[serde(default)]
    pub zone: Zone,
}

/// Methods, or a pattern that they match.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Methods {
    Listed(Vec<String>),
    Matching(super::pattern::Pattern),
}

/// What has a budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    Global,
    Session,
    #[default]
    Ip,
    User,
}

fn default_message() -> String {
    "Too many requests.".to_owned()
}

impl RateLimit {
    pub(super) fn check(&self) -> Result<(), String> {
        let missing = |name: &str| Err(format!("rateLimit.{name} must be defined"));
        let Some(path) = &self.request_path else {
            return missing("requestPath");
        };
        RoutePattern::parse(path)
            .map_err(|reason| format!("rateLimit.requestPath \"{path}\" is not valid: {reason}"))?;
        if self.request_time_window.is_none() {
            return missing("requestTimeWindow");
        }
        if self.request_count.is_none() {
            return missing("requestCount");
        }
        Ok(())
    }
}
