//! `rateLimit`: how many requests of a kind are taken in a time, counted in this process.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

use crate::caller::Key;
use crate::config::parse::rate_limit::{Methods, RateLimit, Zone};
use crate::domain::route_pattern::RoutePattern;
use crate::node::Node;
use crate::use_cases::authenticate::live_session;

/// Those that one limit counts apart; beyond, the one whose time ends first is forgotten.
const MAX_COUNTED: usize = 100_000;

/// A request as limits see it.
#[derive(Debug)]
pub struct Counted<'a> {
    pub path: &'a str,
    pub method: &'a str,
    /// A request in a batch came by POST, too.
    pub in_batch: bool,
    pub key: Key,
    pub ip: Option<IpAddr>,
    /// As it was given, good or not.
    pub session_token: Option<&'a str>,
}

/// All limits, with what they have counted.
#[derive(Debug)]
pub struct RateLimits(Vec<Limit>);

#[derive(Debug)]
struct Limit {
    pattern: RoutePattern,
    rule: RateLimit,
    counts: Mutex<Counts>,
}

/// One window per key. All are of one length, so the order in which they began is that in which they end.
#[derive(Debug, Default)]
struct Counts {
    windows: HashMap<String, (DateTime<Utc>, u64)>,
    ends: VecDeque<(DateTime<Utc>, String)>,
}

impl RateLimits {
    /// Rules without a path that can be read are refused when the settings are.
    pub fn new(rules: &[RateLimit]) -> Self {
        let limits = rules.iter().filter_map(|rule| {
            Some(Limit {
                pattern: RoutePattern::parse(rule.request_path.as_deref()?).ok()?,
                rule: rule.clone(),
                counts: Mutex::default(),
            })
        });
        Self(limits.collect())
    }

    /// Counts a request, and refuses it with the words of the first limit that it breaks.
    pub async fn count(&self, node: &Node, request: &Counted<'_>) -> Result<(), String> {
        let mut broken = None;
        for limit in self.0.iter().filter(|limit| limit.concerns(request)) {
            let key = limit.key(node, request).await;
            if !limit.take(key, node.now()) && broken.is_none() {
                broken = Some(limit.rule.error_response_message.clone());
            }
        }
        broken.map_or(Ok(()), Err)
    }
}

impl Limit {
    fn concerns(&self, request: &Counted<'_>) -> bool {
        let is_internal = request.ip == Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        if !self.pattern.fits(request.path) || (is_internal && !self.rule.include_internal_requests)
        {
            return false;
        }
        self.rule.include_master_key
            || (self.is_of_method(request)
                && !matches!(request.key, Key::Master | Key::ReadOnlyMaster))
    }

    fn is_of_method(&self, request: &Counted<'_>) -> bool {
        let fits = |method: &str| match &self.rule.request_methods {
            None => true,
            Some(Methods::Listed(methods)) => methods.iter().any(|own| own == method),
            Some(Methods::Matching(pattern)) => pattern.is_in(method),
        };
        fits(request.method) || (request.in_batch && fits("POST"))
    }

    async fn key(&self, node: &Node, request: &Counted<'_>) -> String {
        let zone = self.rule.zone;
        match (zone, request.session_token) {
            (Zone::Global, _) => return node.settings.application_id.clone(),
            (Zone::Session, Some(token)) => return token.to_owned(),
            (Zone::User, Some(token)) if request.key == Key::Client => {
                if let Ok(session) = live_session(node, token).await {
                    return session.user.id.as_str().to_owned();
                }
            }
            _ => {}
        }
        request.ip.map(|ip| ip.to_string()).unwrap_or_default()
    }

    /// Whether one more is within the limit.
    fn take(&self, key: String, now: DateTime<Utc>) -> bool {
        #[allow(clippy::cast_possible_truncation)] // saturates; a window of ages
        let window_ms = self.rule.request_time_window.unwrap_or_default() as i64;
        let end = now + TimeDelta::try_milliseconds(window_ms).unwrap_or(TimeDelta::days(1));
        #[allow(clippy::cast_precision_loss)] // counts are small
        let within = |count: u64| count as f64 <= self.rule.request_count.unwrap_or_default();
        let mut counts = self.counts.lock();
        counts.forget(now);
        if let Some((_, count)) = counts.windows.get_mut(&key) {
            *count += 1;
            return within(*count);
        }
        counts.ends.push_back((end, key.clone()));
        counts.windows.insert(key, (end, 1));
        within(1)
    }
}

impl Counts {
    /// Forgets windows that have ended, and the oldest when there are too many.
    fn forget(&mut self, now: DateTime<Utc>) {
        while let Some((end, key)) = self.ends.front() {
            if *end > now && self.windows.len() < MAX_COUNTED {
                return;
            }
            self.windows.remove(key);
            self.ends.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn limit(count: u64) -> Limit {
        let rule =
            json!({"request_path": "/x", "request_time_window": 1000, "request_count": count});
        let rule: RateLimit = serde_json::from_value(rule).unwrap();
        Limit {
            pattern: RoutePattern::parse("/x").unwrap(),
            rule,
            counts: Mutex::default(),
        }
    }

    #[test]
    fn a_window_ends_when_its_time_is_over() {
        let limit = limit(2);
        let now = DateTime::UNIX_EPOCH;
        let take =
            |key: &str, ms: i64| limit.take(key.to_owned(), now + TimeDelta::milliseconds(ms));
        assert!(take("a", 0) && take("a", 1) && !take("a", 2) && take("b", 2));
        assert!(!take("a", 999) && take("a", 1000) && take("a", 1500) && !take("a", 1600));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let limit = limit(1);
        for n in 0..=MAX_COUNTED {
            limit.take(n.to_string(), DateTime::UNIX_EPOCH);
        }
        let counts = limit.counts.lock();
        assert_eq!(
            (counts.windows.len(), counts.ends.len()),
            (MAX_COUNTED, MAX_COUNTED)
        );
    }
}
