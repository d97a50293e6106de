//! Checks a publish request as Google does.

use super::limits::{
    MAX_ATTRIBUTE_KEY_BYTES, MAX_ATTRIBUTE_VALUE_BYTES, MAX_ATTRIBUTES, MAX_MESSAGES_PER_PUBLISH,
    MAX_ORDERING_KEY_BYTES, MAX_REQUEST_BYTES,
};
use super::refusal::Refusal;
use crate::broker::proto::PubsubMessage;
use prost::Message;

/// The prefix of attributes that belong to Google, and the one within it that its clients may use.
const RESERVED_PREFIX: &str = "goog";
const CLIENT_PREFIX: &str = "googclient_";

/// Refuses a publish request that Google would refuse.
///
/// # Errors
/// The limit that is exceeded.
pub(crate) fn check(messages: &[PubsubMessage]) -> Result<(), Refusal> {
    if messages.is_empty() {
        return Err(Refusal::invalid("At least one message must be specified."));
    }
    if messages.len() > MAX_MESSAGES_PER_PUBLISH {
        return Err(Refusal::invalid(format!(
            "The value for message_count is too large. You passed {} in the request, but the maximum value is {MAX_MESSAGES_PER_PUBLISH}.",
            messages.len()
        )));
    }
    let bytes: usize = messages.iter().map(Message::encoded_len).sum();
    if bytes > MAX_REQUEST_BYTES {
        return Err(Refusal::invalid(format!(
            "Request payload size exceeds the limit: {MAX_REQUEST_BYTES} bytes."
        )));
    }
    messages.iter().try_for_each(check_message)
}

fn check_message(message: &PubsubMessage) -> Result<(), Refusal> {
    if message.data.is_empty() && message.attributes.is_empty() {
        return Err(Refusal::invalid(
            "Some messages in the publish request have no data and no attributes; each needs one of them.",
        ));
    }
    if message.attributes.len() > MAX_ATTRIBUTES {
        return too_large(
            "attributes per message",
            message.attributes.len(),
            MAX_ATTRIBUTES,
        );
    }
    if message.ordering_key.len() > MAX_ORDERING_KEY_BYTES {
        return too_large(
            "ordering key bytes",
            message.ordering_key.len(),
            MAX_ORDERING_KEY_BYTES,
        );
    }
    message
        .attributes
        .iter()
        .try_for_each(|(key, value)| check_attribute(key, value))
}

fn check_attribute(key: &str, value: &str) -> Result<(), Refusal> {
    if key.is_empty() {
        return Err(Refusal::invalid("The key of an attribute is empty."));
    }
    if key.starts_with(RESERVED_PREFIX) && !key.starts_with(CLIENT_PREFIX) {
        return Err(Refusal::invalid(format!(
            "The attribute key {key:?} begins with {RESERVED_PREFIX}, which is reserved."
        )));
    }
    if key.len() > MAX_ATTRIBUTE_KEY_BYTES {
        return too_large("attribute key bytes", key.len(), MAX_ATTRIBUTE_KEY_BYTES);
    }
    if value.len() > MAX_ATTRIBUTE_VALUE_BYTES {
        return too_large(
            "attribute value bytes",
            value.len(),
            MAX_ATTRIBUTE_VALUE_BYTES,
        );
    }
    Ok(())
}

fn too_large(what: &str, passed: usize, most: usize) -> Result<(), Refusal> {
    Err(Refusal::invalid(format!(
        "The number of {what} is too large. You passed {passed} in the request, but the maximum is {most}."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn message(attributes: &[(String, String)]) -> PubsubMessage {
        PubsubMessage {
            data: Bytes::from_static(b"x"),
            attributes: attributes.iter().cloned().collect(),
            ..PubsubMessage::default()
        }
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn the_limits_are_exact() {
        let many = |n: usize| {
            (0..n)
                .map(|i| pair(&format!("k{i}"), ""))
                .collect::<Vec<_>>()
        };
        for (good, bad) in [
            (message(&many(100)), message(&many(101))),
            (
                message(&[pair(&"k".repeat(256), "")]),
                message(&[pair(&"k".repeat(257), "")]),
            ),
            (
                message(&[pair("k", &"v".repeat(1024))]),
                message(&[pair("k", &"v".repeat(1025))]),
            ),
            (
                message(&[pair("googclient_x", "")]),
                message(&[pair("goog-x", "")]),
            ),
            (message(&[pair("a", "")]), PubsubMessage::default()),
            (message(&[]), message(&[pair("", "v")])),
        ] {
            assert_eq!(check(&[good]), Ok(()));
            assert!(check(&[bad]).is_err());
        }
        let keyed = |n: usize| PubsubMessage {
            ordering_key: "k".repeat(n),
            ..message(&[])
        };
        assert_eq!(check(&[keyed(1024)]), Ok(()));
        assert!(check(&[keyed(1025)]).is_err());
        assert_eq!(check(&vec![message(&[]); 1_000]), Ok(()));
        assert!(check(&vec![message(&[]); 1_001]).is_err());
        assert!(check(&[]).is_err());
        let large = PubsubMessage {
            data: vec![0; MAX_REQUEST_BYTES].into(),
            ..message(&[])
        };
        assert!(check(&[large]).is_err());
    }
}
