//! Reads a body: JSON whatever the content type says, as the SDKs expect; forms apart; within bounds.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, TRANSFER_ENCODING,
};
use actix_web::web::{Bytes, Payload};
use serde_json::{Map, Value as Json};

use super::answer::Refusal;
use super::content_encoding::Encoding;
use super::{json_text, query_string};

/// A body up to this length is shown as a whole when it is no object; of a longer one, what is around its start.
const SHOWN_WHOLE_CHARS: usize = 20;
const SHOWN_CHARS: usize = 10;
/// The longest that a body may take to arrive; Node.js waits as long.
const ARRIVES_WITHIN: Duration = Duration::from_mins(5);
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a content type makes of a body.
#[derive(Debug, PartialEq, Eq)]
enum Form {
    Json,
    UrlEncoded,
    /// Read by the routes that take it.
    Multipart,
}

/// How the characters of a body are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    /// Little-endian unless a mark says otherwise.
    Utf16,
}

/// What a body may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    max_bytes: usize,
    within: Duration,
}

impl Bounds {
    pub fn of(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            within: ARRIVES_WITHIN,
        }
    }
}

/// The fields of the body; an empty body has none.
pub async fn read(
    headers: &HeaderMap,
    payload: Payload,
    bounds: Bounds,
) -> Result<Map<String, Json>, Refusal> {
    // A request to change the protocol never ends its payload, and has no body.
    if !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING) {
        return Ok(Map::new());
    }
    let form = form_of(headers);
    let charset = charset_of(headers, &form)?;
    let arrived = tokio::time::timeout(bounds.within, payload.to_bytes_limited(bounds.max_bytes));
    let bytes = arrived
        .await
        .map_err(|_| Refusal::plain(408, "request timeout".to_owned()))?
        .map_err(|_| Refusal::too_large())?
        .map_err(|_| Refusal::plain(400, "request aborted".to_owned()))?;
    let bytes = match Encoding::of(headers) {
        _ if form == Form::Multipart => return Ok(Map::new()),
        Ok(Encoding::Identity) => bytes,
        encoding => Bytes::from(encoding?.undo(&bytes, bounds.max_bytes)?),
    };
    let bytes = in_utf8(&bytes, charset);
    match form {
        _ if bytes.is_empty() => Ok(Map::new()),
        Form::UrlEncoded => Ok(query_string::parse(&String::from_utf8_lossy(&bytes))),
        Form::Json | Form::Multipart => json(&bytes),
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE);
    value
        .and_then(|value: &HeaderValue| value.to_str().ok())
        .unwrap_or_default()
}

fn form_of(headers: &HeaderMap) -> Form {
    let kind = content_type(headers).split(';').next().unwrap_or_default();
    match kind.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => Form::UrlEncoded,
        "multipart/form-data" => Form::Multipart,
        _ => Form::Json,
    }
}

fn charset_of(headers: &HeaderMap, form: &Form) -> Result<Charset, Refusal> {
    let mut charsets = content_type(headers).split(';').skip(1).filter_map(|part| {
        let (name, value) = part.trim().split_once('=')?;
        (name.eq_ignore_ascii_case("charset")).then(|| value.trim_matches('"').to_ascii_uppercase())
    });
    let named = charsets.next().unwrap_or_default();
    match (named.as_str(), form) {
        ("" | "UTF-8", _) | (_, Form::Multipart) => Ok(Charset::Utf8),
        ("UTF-16" | "UTF-16LE", Form::Json) => Ok(Charset::Utf16),
        (other, _) => Err(Refusal::plain(
            415,
            format!("unsupported charset \"{other}\""),
        )),
    }
}

fn in_utf8(bytes: &Bytes, charset: Charset) -> Cow<'_, [u8]> {
    if charset == Charset::Utf8 {
        return Cow::Borrowed(bytes);
    }
    let is_big_endian = bytes.starts_with(&[0xfe, 0xff]);
    let units = bytes.as_chunks().0.iter().map(|pair| {
        if is_big_endian {
            u16::from_be_bytes(*pair)
        } else {
            u16::from_le_bytes(*pair)
        }
    });
    let text: String = char::decode_utf16(units)
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Cow::Owned(json_text::without_mark(&text).as_bytes().to_vec())
}

/// An object; a list is one, too, with places for names.
fn json(bytes: &[u8]) -> Result<Map<String, Json>, Refusal> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let first = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
    let Some(first) = first.filter(|place| matches!(bytes[*place], b'{' | b'[')) else {
        return Err(no_object(&String::from_utf8_lossy(bytes), first));
    };
    let invalid = |error: serde_json::Error| {
        Refusal::plain(400, format!("The body is not valid JSON: {error}"))
    };
    match json_text::parse(&bytes[first..]).map_err(invalid)? {
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
        return Refusal::plain(400, "Unexpected end of JSON input".to_owned());
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
    Refusal::plain(400, text)
}

#[cfg(test)]
mod tests {
    use actix_web::FromRequest;
    use actix_web::error::PayloadError;
    use actix_web::test::TestRequest;
    use std::pin::Pin;

    use super::*;

    type BoxedPayloadStream =
        Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, PayloadError>>>>;

    fn of_type(text: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(text).unwrap());
        headers
    }

    #[test]
    fn content_types_other_than_forms_are_json() {
        let form = |text: &str| form_of(&of_type(text));
        assert_eq!(form("image/png"), Form::Json);
        assert_eq!(form("text/plain; charset=utf-8"), Form::Json);
        assert_eq!(form("Multipart/Form-Data; boundary=x"), Form::Multipart);
    }

    #[test]
    fn charsets_are_those_of_unicode() {
        let charset = |text: &str| {
            let headers = of_type(text);
            charset_of(&headers, &form_of(&headers))
        };
        assert_eq!(charset("text/plain; charset=").unwrap(), Charset::Utf8);
        assert_eq!(charset("a/b; charset=\"utf-16\"").unwrap(), Charset::Utf16);
        assert!(charset("application/json; charset=latin1").is_err());
        let form = "application/x-www-form-urlencoded; charset=utf-16";
        assert!(charset(form).is_err());
    }

    #[test]
    fn bodies_in_utf_16_are_read() {
        let read = |bytes: &'static [u8]| {
            let bytes = Bytes::from_static(bytes);
            let text = in_utf8(&bytes, Charset::Utf16).into_owned();
            String::from_utf8(text).unwrap()
        };
        assert_eq!(read(b"\xff\xfe{\0}\0"), "{}");
        assert_eq!(read(b"\xfe\xff\0{\0}"), "{}");
        assert_eq!(read(b"{\0}\0"), "{}");
        assert_eq!(read(b"\x3d\xd8\x41"), "\u{fffd}");
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let never = futures_util::stream::pending::<Result<Bytes, PayloadError>>();
        let never: BoxedPayloadStream = Box::pin(never);
        let request = TestRequest::default().to_http_request();
        let payload = Payload::from_request(&request, &mut never.into()).await;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("9"));
        let bounds = Bounds {
            max_bytes: 9,
            within: Duration::from_millis(1),
        };
        let read = read(&headers, payload.unwrap(), bounds).await;
        assert_eq!(read.unwrap_err().status(), 408);
    }

    #[test]
    fn a_body_is_an_object() {
        assert_eq!(json(b" {\"a\": 1}").unwrap().len(), 1);
        assert_eq!(json(b"\xef\xbb\xbf{\"a\": 1}").unwrap().len(), 1);
        assert_eq!(json(b"[7]").unwrap()["0"], 7);
        assert!(json(b"7").is_err() && json(b"{").is_err() && json(b"null").is_err());
    }
}
