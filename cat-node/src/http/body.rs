//! Reads a body: JSON whatever the content type says, as the SDKs expect; within bounds.

use actix_web::web::Payload;
use serde_json::{Map, Value as Json};

use super::answer::Refusal;
use crate::domain::denylist;
use crate::domain::error::{ErrorCode, ParseError};

/// The fields of the body; an empty body has none.
pub async fn read(payload: Payload, max_bytes: usize) -> Result<Map<String, Json>, Refusal> {
    let too_large = |_| Refusal::Plain {
        status: 413,
        text: "request entity too large".to_owned(),
    };
    let bytes = payload
        .to_bytes_limited(max_bytes)
        .await
        .map_err(too_large)?;
    let bytes = bytes.map_err(|_| Refusal::Plain {
        status: 400,
        text: "the body could not be read".to_owned(),
    })?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<Map<String, Json>, Refusal> {
    let invalid = |text: String| Refusal::Parse(ParseError::new(ErrorCode::INVALID_JSON, text));
    let json =
        serde_json::from_slice(bytes).map_err(|error| invalid(format!("invalid JSON: {error}")))?;
    denylist::check(&json)?;
    match json {
        Json::Object(map) => Ok(map),
        _ => Err(invalid(
            "invalid JSON: the body must be an object".to_owned(),
        )),
    }
}
