//! Structured mode: the whole CloudEvent is the message's data. Read only; Catweb writes binary mode.

use super::{DecodeEnvelopeError, Envelope, SPEC_VERSION};
use crate::timestamp;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct CloudEvent<'a> {
    id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    specversion: String,
    #[serde(with = "timestamp")]
    time: DateTime<Utc>,
    subject: Option<String>,
    jurisdiction: Option<String>,
    #[serde(default)]
    sequence: Option<Sequence>,
    traceparent: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// Extensions are strings by the specification; numbers are read too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sequence {
    Number(u64),
    Text(String),
}

pub(super) fn read(data: &Bytes) -> Result<Envelope, DecodeEnvelopeError> {
    let event: CloudEvent<'_> =
        serde_json::from_slice(data).map_err(DecodeEnvelopeError::InvalidStructure)?;
    if event.specversion != SPEC_VERSION {
        return Err(DecodeEnvelopeError::InvalidAttribute {
            name: "specversion",
            value: event.specversion,
            expected: "1.0",
        });
    }
    Ok(Envelope {
        id: event.id,
        source: event.source,
        event_type: event.event_type,
        time: event.time,
        subject: event.subject,
        jurisdiction: event.jurisdiction,
        sequence: event.sequence.map(number).transpose()?,
        traceparent: event.traceparent,
        data: event.data.map_or_else(Bytes::new, |json| {
            Bytes::copy_from_slice(json.get().as_bytes())
        }),
    })
}

fn number(sequence: Sequence) -> Result<u64, DecodeEnvelopeError> {
    match sequence {
        Sequence::Number(number) => Ok(number),
        Sequence::Text(text) => text
            .parse()
            .map_err(|_| DecodeEnvelopeError::InvalidAttribute {
                name: "sequence",
                value: text,
                expected: "a whole number",
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn a_structured_message_is_read() {
        let json = br#"{"specversion":"1.0","id":"1","source":"//x","type":"t","time":"2026-01-02T03:04:05+01:00","sequence":"4","data":{"a":1}}"#;
        let kind = [(
            "content-type".to_owned(),
            "application/cloudevents+json; charset=utf-8".to_owned(),
        )];
        let read = Envelope::from_message(&HashMap::from(kind), Bytes::from_static(json))
            .expect("readable");
        assert_eq!(timestamp::to_text(read.time), "2026-01-02T02:04:05.000Z");
        assert_eq!(
            (read.sequence, &read.data[..]),
            (Some(4), &br#"{"a":1}"#[..])
        );
    }

    #[test]
    fn broken_json_is_refused() {
        assert!(matches!(
            read(&Bytes::from_static(b"{")),
            Err(DecodeEnvelopeError::InvalidStructure(_))
        ));
    }
}
