//! Every bound of the broker, by name. The Pub/Sub ones are those that Google documents under "quotas and limits".

use std::time::Duration;

/// Shortest name of a topic, subscription or snapshot.
pub(crate) const MIN_NAME_CHARS: usize = 3;
/// Longest name of a topic, subscription or snapshot.
pub(crate) const MAX_NAME_CHARS: usize = 255;
/// Largest publish request and largest message.
pub(crate) const MAX_REQUEST_BYTES: usize = 10 * 1024 * 1024;
/// Most messages in a publish request.
pub(crate) const MAX_MESSAGES_PER_PUBLISH: usize = 1_000;
/// Most attributes of a message.
pub(crate) const MAX_ATTRIBUTES: usize = 100;
/// Longest key of an attribute.
pub(crate) const MAX_ATTRIBUTE_KEY_BYTES: usize = 256;
/// Longest value of an attribute.
pub(crate) const MAX_ATTRIBUTE_VALUE_BYTES: usize = 1_024;
/// Longest ordering key.
pub(crate) const MAX_ORDERING_KEY_BYTES: usize = 1_024;
/// Longest filter of a subscription.
pub(crate) const MAX_FILTER_BYTES: usize = 256;
/// Deepest nesting of parentheses and negations in a filter.
pub(crate) const MAX_FILTER_DEPTH: usize = 32;
/// Most labels of a resource.
pub(crate) const MAX_LABELS: usize = 64;
/// Longest key or value of a label.
pub(crate) const MAX_LABEL_CHARS: usize = 63;
/// Most acknowledgement ids in a request; Google's limit is the request's size (512 KiB).
pub(crate) const MAX_ACK_IDS_PER_REQUEST: usize = 10_000;
/// Most messages that one pull asks for; more is cut down to it.
pub(crate) const MAX_MESSAGES_PER_PULL: usize = 1_000;

/// Shortest and longest acknowledgement deadline, in seconds.
pub(crate) const ACK_DEADLINE_SECONDS: std::ops::RangeInclusive<i32> = 10..=600;
/// How often a message is tried before it goes to the dead-letter topic.
pub(crate) const MAX_DELIVERY_ATTEMPTS: std::ops::RangeInclusive<i32> = 5..=100;
/// The attempts when a dead-letter policy names none.
pub(crate) const DEFAULT_DELIVERY_ATTEMPTS: i32 = 5;
/// Longest back-off of a retry policy.
pub(crate) const MAX_BACKOFF: Duration = Duration::from_secs(600);
/// Back-off bounds when a retry policy leaves them out.
pub(crate) const DEFAULT_BACKOFF: (Duration, Duration) =
    (Duration::from_secs(10), Duration::from_secs(600));
/// How long a subscription may keep its messages.
pub(crate) const SUBSCRIPTION_RETENTION: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(600)..=Duration::from_secs(31 * DAY);
/// How long a subscription keeps its messages when it does not say.
pub(crate) const DEFAULT_SUBSCRIPTION_RETENTION: Duration = Duration::from_secs(7 * DAY);
/// How long a topic may keep its messages.
pub(crate) const TOPIC_RETENTION: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(600)..=Duration::from_secs(31 * DAY);
/// Shortest expiry of an unused subscription.
pub(crate) const MIN_EXPIRATION: Duration = Duration::from_secs(DAY);
/// Expiry of an unused subscription when it does not say.
pub(crate) const DEFAULT_EXPIRATION: Duration = Duration::from_secs(31 * DAY);
/// How long a snapshot lives.
pub(crate) const SNAPSHOT_LIFETIME: Duration = Duration::from_secs(7 * DAY);
/// A snapshot that would live shorter than this is refused.
pub(crate) const MIN_SNAPSHOT_LIFETIME: Duration = Duration::from_secs(3_600);

/// Most topics, subscriptions or snapshots.
pub(crate) const MAX_RESOURCES: usize = 10_000;
/// Most messages kept for all subscriptions together: bounds the index in memory (about 150 bytes each).
pub(crate) const MAX_KEPT_MESSAGES: usize = 4_000_000;
/// Most payload bytes kept in memory so that a fresh message is not read back from disk.
pub(crate) const MAX_RECENT_PAYLOAD_BYTES: usize = 8 * 1024 * 1024;
/// Most bytes of published messages that wait for the disk; more publishers wait.
pub(crate) const MAX_UNWRITTEN_BYTES: usize = 64 * 1024 * 1024;
/// Most bytes of messages in one reply to a pull; Python's emulator mode takes at most 4 MiB.
pub(crate) const MAX_REPLY_BYTES: usize = 1024 * 1024;
/// Most outstanding messages of a stream that names no limit of its own.
pub(crate) const MAX_OUTSTANDING_MESSAGES: usize = 10_000;
/// Largest window of an ordering key (see `ordering`).
pub(crate) const MAX_ORDERED_WINDOW: usize = 1_000;
/// Page size of a list that names none, and the largest.
pub(crate) const DEFAULT_PAGE_SIZE: usize = 100;
/// Largest page of a list.
pub(crate) const MAX_PAGE_SIZE: usize = 1_000;

const DAY: u64 = 24 * 3_600;
