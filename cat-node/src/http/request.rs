//! A request of the protocol, whether it came alone or in a batch.

use serde_json::{Map, Value as Json};

/// The methods that the protocol knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "GET" => Self::Get,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What is asked, apart from who asks.
#[derive(Debug, Clone)]
pub struct ApiRequest {
    pub method: Method,
    /// Decoded segments below the mount path: `["classes", "Game", "xyz"]`.
    pub path: Vec<String>,
    /// The query string; with `_method=GET` the body, too.
    pub query: Map<String, Json>,
    pub body: Map<String, Json>,
    /// For `Location`: scheme, host and mount path, as the client wrote them.
    pub base_url: String,
    /// The token that the request came with, for what works without a good session.
    pub session_token: Option<String>,
}

impl ApiRequest {
    /// The query string and the body in one, the body on top: log-in takes either.
    pub fn input(&self) -> Map<String, Json> {
        let mut input = self.query.clone();
        input.extend(self.body.clone());
        input
    }
}

/// Splits and decodes a path below the mount path; empty segments are skipped, as repeated slashes are one.
pub fn segments(path: &str) -> Vec<String> {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.map(decode).collect()
}

fn decode(segment: &str) -> String {
    if !segment.contains('%') {
        return segment.to_owned();
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten();
        let hex = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_and_decoded() {
        assert_eq!(segments("/classes//Game/a%20b"), ["classes", "Game", "a b"]);
        assert_eq!(segments("x%zz%"), ["x%zz%"]);
    }
}
