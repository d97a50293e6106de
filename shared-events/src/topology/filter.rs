//! Pub/Sub's filter language, as far as the topology needs it.

use super::Topic;

/// The most bytes that Pub/Sub takes for a filter.
#[cfg(test)]
const MAX_FILTER_BYTES: usize = 256;

/// A filter for the named events of a topic in whatever version; empty when no event is named.
pub(super) fn for_events(topic: Topic, wants: &[&str]) -> String {
    let terms: Vec<String> = wants
        .iter()
        .map(|event| format!(r#"hasPrefix(attributes."ce-type", "net.miaou.{topic}.{event}.")"#))
        .collect();
    terms.join(" OR ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::SUBSCRIPTIONS;

    #[test]
    fn filters_fit_what_pubsub_takes() {
        for subscription in SUBSCRIPTIONS {
            assert!(
                subscription.filter().len() <= MAX_FILTER_BYTES,
                "{}",
                subscription.name()
            );
        }
    }

    #[test]
    fn every_event_that_is_wanted_exists() {
        for subscription in SUBSCRIPTIONS {
            for event in subscription.wants {
                let prefix = format!("net.miaou.{}.{event}.", subscription.topic);
                assert!(
                    crate::events::CATALOGUE
                        .iter()
                        .any(|(name, _)| name.starts_with(&prefix)),
                    "{event}"
                );
            }
        }
    }
}
