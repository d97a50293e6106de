//! Messages that no consumer can deal with: kept with their reason until somebody lists, redrives or
//! discards them.

mod desk;

pub use desk::{Buried, DeadLetterDesk, DeadLetterError, Decision};

use crate::timestamp;
use google_cloud_pubsub::model::Message;

/// Why the message is here.
pub const REASON: &str = "catweb-dead-letter-reason";
/// The subscription whose consumer gave it up.
pub const SUBSCRIPTION: &str = "catweb-dead-letter-subscription";
/// When it was given up.
pub const TIME: &str = "catweb-dead-letter-time";

/// Pub/Sub takes 1,024 bytes for an attribute's value.
const MAX_REASON_BYTES: usize = 1_000;

/// The making of dead letters.
pub(crate) struct DeadLetter;

impl DeadLetter {
    /// The message as it goes to the dead letters: all that it was, and why.
    pub(crate) fn of(message: Message, subscription: &str, reason: &str) -> Message {
        let mut attributes = message.attributes;
        attributes.insert(REASON.to_owned(), shortened(reason));
        attributes.insert(SUBSCRIPTION.to_owned(), subscription.to_owned());
        attributes.insert(TIME.to_owned(), timestamp::to_text(chrono::Utc::now()));
        Message::new()
            .set_attributes(attributes)
            .set_data(message.data)
            .set_ordering_key(message.ordering_key)
    }

    /// The message as it was before it died.
    pub(crate) fn revived(message: Message) -> Message {
        let mut attributes = message.attributes;
        attributes.retain(|name, _| {
            !name.starts_with("catweb-dead-letter-") && !name.starts_with("CloudPubSubDeadLetter")
        });
        Message::new()
            .set_attributes(attributes)
            .set_data(message.data)
            .set_ordering_key(message.ordering_key)
    }
}

fn shortened(text: &str) -> String {
    if text.is_empty() {
        return "no reason was given".to_owned();
    }
    let mut end = text.len().min(MAX_REASON_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_as_it_was() {
        let sent = Message::new()
            .set_attributes([("ce-id", "1")])
            .set_data("x")
            .set_ordering_key("k");
        let buried = DeadLetter::of(sent.clone(), "cat-node.mouse-trap", &"é".repeat(900));
        assert!(buried.attributes[REASON].len() <= MAX_REASON_BYTES);
        assert_eq!(buried.attributes[SUBSCRIPTION], "cat-node.mouse-trap");
        assert_eq!(DeadLetter::revived(buried), sent);
    }
}
