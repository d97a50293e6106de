//! What browsers are told on every answer.

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, HeaderMap, HeaderValue, ORIGIN,
};

use crate::config::ParseSettings;

const HEADERS: &str = "X-Parse-Master-Key, X-Parse-REST-API-Key, X-Parse-Javascript-Key, X-Parse-Application-Id, X-Parse-Client-Version, X-Parse-Session-Token, X-Requested-With, X-Parse-Revocable-Session, X-Parse-Request-Id, Content-Type, Pragma, Cache-Control";
const METHODS: HeaderValue = HeaderValue::from_static("GET,PUT,POST,DELETE,OPTIONS");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("X-Parse-Job-Status-Id, X-Parse-Push-Status-Id");
const ANYWHERE: HeaderValue = HeaderValue::from_static("*");

/// The headers, made once.
#[derive(Debug, Clone)]
pub struct Cors {
    origins: Vec<HeaderValue>,
    allow_headers: HeaderValue,
}

impl Cors {
    /// Texts that cannot stand in a header are left out.
    pub fn new(settings: &ParseSettings) -> Self {
        let mut headers = HEADERS.to_owned();
        for more in &settings.allow_headers {
            headers.push_str(", ");
            headers.push_str(more);
        }
        let origins = settings.allow_origin.iter();
        Self {
            origins: origins
                .filter_map(|origin| HeaderValue::from_str(origin).ok())
                .collect(),
            allow_headers: HeaderValue::from_str(&headers)
                .unwrap_or(HeaderValue::from_static(HEADERS)),
        }
    }

    /// Adds the headers. With several allowed origins the asking one is named when it is among them, else the first.
    pub fn allow(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        let asking = request.get(ORIGIN);
        let asking = asking.filter(|origin| self.origins.contains(origin));
        let allowed = asking.or(self.origins.first()).cloned().unwrap_or(ANYWHERE);
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, self.allow_headers.clone());
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}
