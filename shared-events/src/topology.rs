//! The topics and subscriptions of Catweb, as data. All else is made from it: what the local broker
//! creates, the input of Terraform, the AsyncAPI document.

mod apply;
pub mod asyncapi;
mod filter;
pub mod manifest;

pub use apply::{ApplyTopologyError, apply};

use serde::{Deserialize, Serialize};
use std::fmt;

/// Regions in which Pub/Sub may store messages: Canada only.
pub const ALLOWED_REGIONS: &[&str] = &["northamerica-northeast1", "northamerica-northeast2"];

/// The end of the name of a subscription's dead-letter topic.
pub const DEAD_LETTER_SUFFIX: &str = ".dead-letter";

macro_rules! topics {
    ($($(#[$doc:meta])* $name:ident = $text:literal from $producer:literal;)+) => {
        /// A topic: one per producer of events, one per taker of commands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Topic { $($(#[$doc])* #[serde(rename = $text)] $name,)+ }

        impl Topic {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The topic's name in its project.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The topic of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|topic| topic.name() == name)
            }

            /// The service that publishes on it.
            #[must_use]
            pub fn producer(self) -> &'static str {
                match self { $(Self::$name => $producer,)+ }
            }
        }
    };
}

topics! {
    /// Events of cat-node.
    CatNode = "cat-node" from "cat-node";
    /// Events of cadaver-exchange.
    CadaverExchange = "cadaver-exchange" from "cadaver-exchange";
    /// Events of mouse-trap.
    MouseTrap = "mouse-trap" from "mouse-trap";
    /// Commands to cadaver-exchange.
    CadaverExchangeCommands = "cadaver-exchange-commands" from "cat-node";
    /// Commands to mouse-trap.
    MouseTrapCommands = "mouse-trap-commands" from "cat-node";
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A subscription of one service to one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// The service that reads it.
    pub consumer: &'static str,
    /// The topic that it reads.
    pub topic: Topic,
    /// The kinds of event that it wants (`rodent-caught`); empty for all. A consumer must still pass over
    /// what it did not ask for: not every Pub/Sub honours filters.
    pub wants: &'static [&'static str],
}

/// How long a consumer has for a message before it is delivered again, in seconds; clients extend it.
pub const ACK_DEADLINE_SECONDS: i32 = 30;
/// The least wait before a refused message is delivered again, in seconds.
pub const MIN_BACKOFF_SECONDS: i64 = 1;
/// The longest wait before a refused message is delivered again, in seconds.
pub const MAX_BACKOFF_SECONDS: i64 = 60;
/// After so many deliveries Pub/Sub itself moves a message to the dead letters.
pub const MAX_DELIVERY_ATTEMPTS: i32 = 100;
/// The label by which the embedded broker is told how many messages of one ordering key may be under way at once: our
/// consumers deal with a batch in order, so a key's messages need not be acknowledged one by one. Other Pub/Subs ignore it.
pub const ORDERED_WINDOW: (&str, &str) = ("ordered-window", "512");
/// How long an unread message is kept, in seconds: 7 days.
pub const RETENTION_SECONDS: i64 = 7 * 24 * 3600;

/// Every subscription.
pub const SUBSCRIPTIONS: &[Subscription] = &[
    Subscription {
        consumer: "cadaver-exchange",
        topic: Topic::MouseTrap,
        wants: &["rodent-caught", "capture-voided"],
    },
    Subscription {
        consumer: "cadaver-exchange",
        topic: Topic::CatNode,
        wants: &[],
    },
    Subscription {
        consumer: "cadaver-exchange",
        topic: Topic::CadaverExchangeCommands,
        wants: &[],
    },
    Subscription {
        consumer: "cat-node",
        topic: Topic::MouseTrap,
        wants: &[],
    },
    Subscription {
        consumer: "cat-node",
        topic: Topic::CadaverExchange,
        wants: &[],
    },
    Subscription {
        consumer: "mouse-trap",
        topic: Topic::CatNode,
        wants: &[],
    },
    Subscription {
        consumer: "mouse-trap",
        topic: Topic::MouseTrapCommands,
        wants: &[],
    },
];

impl Subscription {
    /// The subscription's name in its project: `<consumer>.<topic>`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{}", self.consumer, self.topic)
    }

    /// The name of its dead-letter topic, and of that topic's only subscription.
    #[must_use]
    pub fn dead_letter_name(&self) -> String {
        self.name() + DEAD_LETTER_SUFFIX
    }

    /// The subscription of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        SUBSCRIPTIONS
            .iter()
            .copied()
            .find(|subscription| subscription.name() == name)
    }

    /// All subscriptions of one consumer.
    pub fn of(consumer: &str) -> impl Iterator<Item = Self> {
        SUBSCRIPTIONS
            .iter()
            .copied()
            .filter(move |subscription| subscription.consumer == consumer)
    }

    /// The Pub/Sub filter for what it wants; empty for all.
    #[must_use]
    pub fn filter(&self) -> String {
        filter::for_events(self.topic, self.wants)
    }
}
