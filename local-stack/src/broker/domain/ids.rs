//! Small numbers that stand for topics, subscriptions, consumers and messages inside the broker, and the ack id.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// Milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Millis(pub(crate) i64);

impl Millis {
    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    pub(crate) fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }
}

/// A topic's number: a topic that is created again under the same name gets another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TopicId(pub(crate) u32);

/// A subscription's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SubscriptionId(pub(crate) u32);

/// A message's number, rising in the order of publishing; its decimal text is the message id on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MessageId(pub(crate) u64);

/// An open stream, or `NOBODY` for unary pulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConsumerId(pub(crate) u64);

impl ConsumerId {
    /// A unary pull: it has no flow control and cannot go away.
    pub(crate) const NOBODY: Self = Self(0);
}

/// An ordering key, as a hash: two keys that collide only wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OrderingKey(pub(crate) u64);

impl OrderingKey {
    /// The message has no ordering key.
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn of(key: &str) -> Self {
        if key.is_empty() {
            return Self::NONE;
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        Self(hasher.finish().max(1))
    }
}

/// Which lease of a message an acknowledgement is for. Never repeated, not even over a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LeaseNumber(pub(crate) u64);

/// What a consumer sends back to acknowledge a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AckId {
    pub(crate) subscription: SubscriptionId,
    pub(crate) message: MessageId,
    pub(crate) lease: LeaseNumber,
}

impl AckId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text
            .split('-')
            .map(|part| u64::from_str_radix(part, 16).ok());
        let (subscription, message, lease) = (parts.next()??, parts.next()??, parts.next()??);
        let subscription = SubscriptionId(u32::try_from(subscription).ok()?);
        parts.next().is_none().then_some(Self {
            subscription,
            message: MessageId(message),
            lease: LeaseNumber(lease),
        })
    }
}

impl fmt::Display for AckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:x}-{:x}-{:x}",
            self.subscription.0, self.message.0, self.lease.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_id_is_read_back() {
        let id = AckId {
            subscription: SubscriptionId(7),
            message: MessageId(u64::MAX),
            lease: LeaseNumber(0),
        };
        assert_eq!(AckId::parse(&id.to_string()), Some(id));
        for bad in ["", "1-2", "1-2-3-4", "g-1-1", "100000000-1-1"] {
            assert_eq!(AckId::parse(bad), None, "{bad}");
        }
    }
}
