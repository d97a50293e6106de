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
        Some(match name {
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
    /// The path below the mount path as it came: `/classes/Game/xyz`.
    pub raw_path: String,
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
