//! Answers of pages: content, a redirect, or what a script is told.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use serde_json::Value as Json;

use crate::domain::mail::encode;
use crate::domain::page::PageParams;
use crate::http::answer::Refusal;

pub(super) const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";
const PARAM_PREFIX: &str = "x-parse-page-param-";

/// What is answered.
pub(super) struct PageAnswer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    pub(super) location: Option<String>,
    pub(super) params: PageParams,
    pub(super) encodes_params: bool,
}

impl PageAnswer {
    pub(super) fn content(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            content_type,
            body: body.into(),
            location: None,
            params: PageParams::default(),
            encodes_params: false,
        }
    }

    pub(super) fn not_found() -> Self {
        Self {
            status: 404,
            ..Self::content(HTML, "Not found.")
        }
    }

    pub(super) fn json(status: u16, body: &Json) -> Self {
        Self {
            status,
            ..Self::content(JSON, body.to_string())
        }
    }

    pub(super) fn redirect(location: String) -> Self {
        let content = Self::content(HTML, format!("Found. Redirecting to {location}"));
        Self {
            status: 303,
            location: Some(location),
            ..content
        }
    }

    pub(super) fn refusal(refusal: &Refusal, says_why: bool) -> Self {
        Self::json(refusal.status(), &refusal.body(says_why))
    }
}

pub(super) fn into_response(answer: PageAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, answer.content_type))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Addresses of pages hold tokens: nobody else learns them, and no cache keeps the page.
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"));
    if let Some(location) = &answer.location {
        response.insert_header((LOCATION, location.as_str()));
    }
    for (name, value) in answer.params.iter() {
        let name = format!("{PARAM_PREFIX}{}", name.to_ascii_lowercase());
        let value = header_value(value, answer.encodes_params);
        if let (Ok(name), Some(value)) = (HeaderName::try_from(name), value) {
            response.insert_header((name, value));
        }
    }
    response.body(answer.body)
}

/// Without control characters, in Latin-1 as Node.js sends it; what Latin-1 does not have is percent-encoded.
fn header_value(value: &str, encodes: bool) -> Option<HeaderValue> {
    let value: String = value.chars().filter(|c| !c.is_ascii_control()).collect();
    let latin: Option<Vec<u8>> = value
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect();
    match latin {
        Some(latin) if !encodes => HeaderValue::from_bytes(&latin).ok(),
        _ => HeaderValue::from_str(&encode(&value)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_ends_no_header() {
        let plain = |text| header_value(text, false).unwrap();
        assert_eq!(
            plain("a\r\nSet-Cookie: x=1").as_bytes(),
            b"aSet-Cookie: x=1"
        );
        assert_eq!(plain("caf\u{e9}").as_bytes(), b"caf\xe9");
        assert_eq!(plain("\u{732b} 1").as_bytes(), b"%E7%8C%AB%201");
        assert_eq!(header_value("a b", true).unwrap(), "a%20b");
    }
}
