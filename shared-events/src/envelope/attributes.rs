//! Binary mode: an envelope to and from Pub/Sub attributes.

use super::{CONTENT_TYPE, Envelope, SPEC_VERSION};
use crate::timestamp;
use bytes::Bytes;
use std::collections::HashMap;

/// A message that is not a CloudEvent that Catweb can read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeEnvelopeError {
    /// A required attribute is absent.
    #[error("the message has no attribute {0:?}")]
    MissingAttribute(&'static str),
    /// An attribute's text cannot be read.
    #[error("attribute {name:?} is {value:?}, which is not {expected}")]
    InvalidAttribute {
        /// The attribute's name.
        name: &'static str,
        /// The text that was there.
        value: String,
        /// What should have been there.
        expected: &'static str,
    },
    /// A structured message whose JSON is not a CloudEvent.
    #[error("the structured message is not a CloudEvent in JSON")]
    InvalidStructure(#[source] serde_json::Error),
}

impl Envelope {
    /// The attributes of the message in binary mode.
    #[must_use]
    pub fn to_attributes(&self) -> Vec<(&'static str, String)> {
        let mut attributes = Vec::with_capacity(11);
        attributes.push(("ce-id", self.id.clone()));
        attributes.push(("ce-source", self.source.clone()));
        attributes.push(("ce-type", self.event_type.clone()));
        attributes.push(("ce-specversion", SPEC_VERSION.to_owned()));
        attributes.push(("ce-time", timestamp::to_text(self.time)));
        attributes.push(("content-type", CONTENT_TYPE.to_owned()));
        attributes.extend(self.subject.iter().map(|text| ("ce-subject", text.clone())));
        attributes.extend(
            self.jurisdiction
                .iter()
                .map(|text| ("ce-jurisdiction", text.clone())),
        );
        attributes.extend(
            self.sequence
                .map(|number| ("ce-sequence", number.to_string())),
        );
        if let Some(trace) = &self.traceparent {
            attributes.push(("traceparent", trace.clone()));
            attributes.push(("ce-traceparent", trace.clone()));
        }
        attributes
    }

    /// Reads a message in binary mode, or in structured mode when its content type says so.
    ///
    /// # Errors
    /// [`DecodeEnvelopeError`] says which attribute is missing or wrong.
    pub fn from_message(
        attributes: &HashMap<String, String>,
        data: Bytes,
    ) -> Result<Self, DecodeEnvelopeError> {
        let content_type = attributes
            .get("content-type")
            .or_else(|| attributes.get("ce-datacontenttype"))
            .map_or(CONTENT_TYPE, String::as_str);
        if content_type.starts_with("application/cloudevents+json") {
            return super::structured::read(&data);
        }
        if !content_type.starts_with(CONTENT_TYPE) {
            return Err(invalid("content-type", content_type, "application/json"));
        }
        let version = required(attributes, "ce-specversion")?;
        if version != SPEC_VERSION {
            return Err(invalid("ce-specversion", version, "1.0"));
        }
        let time = required(attributes, "ce-time")?;
        Ok(Self {
            id: required(attributes, "ce-id")?.to_owned(),
            source: required(attributes, "ce-source")?.to_owned(),
            event_type: required(attributes, "ce-type")?.to_owned(),
            time: timestamp::from_text(time)
                .map_err(|_| invalid("ce-time", time, "an RFC 3339 time"))?,
            subject: attributes.get("ce-subject").cloned(),
            jurisdiction: attributes.get("ce-jurisdiction").cloned(),
            sequence: sequence(attributes)?,
            traceparent: traceparent(attributes),
            data,
        })
    }
}

fn required<'a>(
    attributes: &'a HashMap<String, String>,
    name: &'static str,
) -> Result<&'a str, DecodeEnvelopeError> {
    match attributes.get(name).map(String::as_str) {
        None | Some("") => Err(DecodeEnvelopeError::MissingAttribute(name)),
        Some(text) => Ok(text),
    }
}

fn sequence(attributes: &HashMap<String, String>) -> Result<Option<u64>, DecodeEnvelopeError> {
    attributes
        .get("ce-sequence")
        .map(|text| {
            text.parse()
                .map_err(|_| invalid("ce-sequence", text, "a whole number"))
        })
        .transpose()
}

/// Google's own clients write `googclient_traceparent`.
fn traceparent(attributes: &HashMap<String, String>) -> Option<String> {
    ["traceparent", "ce-traceparent", "googclient_traceparent"]
        .iter()
        .find_map(|name| attributes.get(*name))
        .cloned()
}

fn invalid(name: &'static str, value: &str, expected: &'static str) -> DecodeEnvelopeError {
    DecodeEnvelopeError::InvalidAttribute {
        name,
        value: value.chars().take(100).collect(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope {
            id: "e-1".into(),
            source: "//net.miaou/mouse-trap".into(),
            event_type: "net.miaou.mouse-trap.rodent-caught.v1".into(),
            time: timestamp::from_text("2026-11-24T08:30:00.123Z").expect("a time"),
            subject: Some("barn-7".into()),
            jurisdiction: Some("CA".into()),
            sequence: Some(7),
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
            data: Bytes::from_static(b"{\"a\":1}"),
        }
    }

    fn attributes(of: &Envelope) -> HashMap<String, String> {
        of.to_attributes()
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text))
            .collect()
    }

    #[test]
    fn binary_mode_round_trips() {
        let sent = envelope();
        let read = Envelope::from_message(&attributes(&sent), sent.data.clone()).expect("readable");
        assert_eq!(read, sent);
    }

    #[test]
    fn googles_own_names_are_read() {
        let sent = envelope();
        let mut given = attributes(&sent);
        let trace = given.remove("traceparent").expect("written");
        given.remove("ce-traceparent");
        given.insert("googclient_traceparent".into(), trace);
        let kind = given.remove("content-type").expect("written");
        given.insert("ce-datacontenttype".into(), kind);
        assert_eq!(
            Envelope::from_message(&given, sent.data.clone()).expect("readable"),
            sent
        );
    }

    #[test]
    fn each_missing_or_wrong_attribute_is_named() {
        let sent = envelope();
        for name in ["ce-id", "ce-source", "ce-type", "ce-specversion", "ce-time"] {
            let mut given = attributes(&sent);
            given.remove(name);
            let error = Envelope::from_message(&given, Bytes::new()).expect_err("refused");
            assert!(error.to_string().contains(name), "{error}");
        }
        for (name, text) in [
            ("ce-time", "yesterday"),
            ("ce-sequence", "-1"),
            ("ce-specversion", "0.3"),
            ("content-type", "text/xml"),
        ] {
            let mut given = attributes(&sent);
            given.insert(name.into(), text.into());
            let error = Envelope::from_message(&given, Bytes::new()).expect_err("refused");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
