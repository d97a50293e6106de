//! Reads a body: JSON whatever the content type says, as the SDKs expect; forms apart; within bounds.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use actix_web::web::Payload;
use serde_json::{Map, Value as Json};

use super::answer::Refusal;
use super::query_string;

/// A body up to this length is shown as a whole when it is no object; of a longer one, what is around its start.
const SHOWN_WHOLE_CHARS: usize = 20;
const SHOWN_CHARS: usize = 10;

/// What a content type makes of a body.
#[derive(Debug, PartialEq, Eq)]
enum Form {
    Json,
    UrlEncoded,
    /// Read by the routes that take it.
    Multipart,
}

fn plain(status: u16, text: String) -> Refusal {
    Refusal::Plain { status, text }
}

/// The fields of the body; an empty body has none.
pub async fn read(
    headers: &HeaderMap,
    payload: Payload,
    max_bytes: usize,
) -> Result<Map<String, Json>, Refusal> {
    let form = form_of(headers)?;
    let too_large = |_| plain(413, "request entity too large".to_owned());
    let bytes = payload
        .to_bytes_limited(max_bytes)
        .await
        .map_err(too_large)?;
    let bytes = bytes.map_err(|_| plain(400, "request aborted".to_owned()))?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match form {
        Form::Json => json(&bytes),
        Form::UrlEncoded => Ok(query_string::parse(&String::from_utf8_lossy(&bytes))),
        Form::Multipart => Ok(Map::new()),
    }
}

fn form_of(headers: &HeaderMap) -> Result<Form, Refusal> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &actix_web::http::header::HeaderValue| value.to_str().ok())
    };
    let encoding = text(CONTENT_ENCODING).map(str::to_ascii_lowercase);
    if let Some(encoding) = encoding.filter(|encoding| encoding != "identity") {
        return Err(plain(
            415,
            format!("unsupported content encoding \"{encoding}\""),
        ));
    }
    let content_type = text(CONTENT_TYPE).unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    match parts
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "application/x-www-form-urlencoded" => return Ok(Form::UrlEncoded),
        "multipart/form-data" => return Ok(Form::Multipart),
        _ => {}
    }
    let mut charsets = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        (name.eq_ignore_ascii_case("charset")).then(|| value.trim_matches('"').to_ascii_uppercase())
    });
    match charsets.find(|charset| charset != "UTF-8") {
        Some(charset) => Err(plain(415, format!("unsupported charset \"{charset}\""))),
        None => Ok(Form::Json),
    }
}

/// An object; a list is one, too, with places for names.
fn json(bytes: &[u8]) -> Result<Map<String, Json>, Refusal> {
    let first = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
    let Some(first) = first.filter(|place| matches!(bytes[*place], b'{' | b'[')) else {
        return Err(no_object(&String::from_utf8_lossy(bytes), first));
    };
    let invalid =
        |error: serde_json::Error| plain(400, format!("The body is not valid JSON: {error}"));
    match serde_json::from_slice(&bytes[first..]).map_err(invalid)? {
        Json::Object(map) => Ok(map),
        Json::Array(items) => Ok(items
            .into_iter()
            .enumerate()
            .map(|(place, item)| (place.to_string(), item))
            .collect()),
        _ => Err(no_object(&String::from_utf8_lossy(bytes), Some(first))),
    }
}

/// What Node.js says of a body that starts with no brace, showing its start.
fn no_object(body: &str, first: Option<usize>) -> Refusal {
    let Some(token) = first.and_then(|place| body.get(place..)?.chars().next()) else {
        return plain(400, "Unexpected end of JSON input".to_owned());
    };
    let first = body[..first.unwrap_or(0)].chars().count();
    let length = body.chars().count();
    let (from, to) = if length <= SHOWN_WHOLE_CHARS {
        (0, length)
    } else {
        (
            first.saturating_sub(SHOWN_CHARS),
            length.min(first + SHOWN_CHARS),
        )
    };
    let shown: String = body.chars().take(to).skip(from).collect();
    let before = if from > 0 { "..." } else { "" };
    let after = if to < length { "..." } else { "" };
    let text = format!("Unexpected token '{token}', {before}\"{shown}\"{after} is not valid JSON");
    plain(400, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn content_types_other_than_forms_are_json() {
        let form = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(text).unwrap());
            form_of(&headers)
        };
        assert_eq!(form("image/png").unwrap(), Form::Json);
        assert_eq!(form("text/plain; charset=utf-8").unwrap(), Form::Json);
        assert_eq!(
            form("Multipart/Form-Data; boundary=x").unwrap(),
            Form::Multipart
        );
        assert!(form("application/json; charset=latin1").is_err());
    }

    #[test]
    fn a_body_is_an_object() {
        assert_eq!(json(b" {\"a\": 1}").unwrap().len(), 1);
        assert_eq!(json(b"[7]").unwrap()["0"], 7);
        assert!(json(b"7").is_err() && json(b"{").is_err() && json(b"null").is_err());
    }
}
