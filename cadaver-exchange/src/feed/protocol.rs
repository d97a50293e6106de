//! What a client asks, and the words in which it is answered.

use crate::domain::Market;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a subscription tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The best bid and ask, and the last price.
    L1 = 0,
    /// The levels of the book.
    L2 = 1,
    /// The orders in the book.
    L3 = 2,
    /// The trades.
    Trades = 3,
}

impl Channel {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::L1, Self::L2, Self::L3, Self::Trades];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
            Self::L3 => "l3",
            Self::Trades => "trades",
        }
    }
}

/// A message of a client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ask {
    /// Tell a market's channel from now on, or from where the client left off.
    Subscribe {
        /// Which market.
        market: Market,
        /// Which channel.
        channel: Channel,
        /// The sequence number that the client has; without it a snapshot comes first.
        #[serde(default)]
        from_seq: Option<u64>,
    },
    /// Tell it no longer.
    Unsubscribe {
        /// Which market.
        market: Market,
        /// Which channel.
        channel: Channel,
    },
    /// Something was lost: tell again what came after `from_seq`.
    Resend {
        /// Which market.
        market: Market,
        /// Which channel.
        channel: Channel,
        /// The sequence number that the client has.
        from_seq: u64,
    },
    /// Say something.
    Ping,
}

/// Why a client gets a snapshot that it did not ask for, or several updates as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Updates came faster than they were read, and come as one.
    Conflated {
        /// So many.
        merged: u32,
    },
    /// What was missed is no longer kept.
    Resync,
    /// The client's sequence number lies ahead of this journal.
    Reset,
}

impl Notice {
    pub(super) fn text(self, market: Market, channel: Channel) -> String {
        let (code, detail, merged) = match self {
            Self::Conflated { merged } => (
                "conflated",
                "you read more slowly than the market moves: the next delta stands for several",
                merged,
            ),
            Self::Resync => (
                "resync",
                "what you have missed is no longer kept: a snapshot follows",
                0,
            ),
            Self::Reset => (
                "reset",
                "your sequence number lies ahead of this journal: a snapshot follows",
                0,
            ),
        };
        json!({"type": "notice", "code": code, "market": market.name(), "channel": channel, "merged": merged, "detail": detail}).to_string()
    }
}

pub(super) fn error(code: &str, detail: &str) -> String {
    json!({"type": "error", "code": code, "detail": detail}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_are_read_strictly() {
        let ask =
            serde_json::from_str(r#"{"op":"subscribe","market":"rat-prime","channel":"l2"}"#).ok();
        let market = Market::ALL[3];
        let expected = Ask::Subscribe {
            market,
            channel: Channel::L2,
            from_seq: None,
        };
        assert_eq!(ask, Some(expected));
        for wrong in [
            r#"{"op":"subscribe","market":"rat-rotten","channel":"l2"}"#,
            r#"{"op":"subscribe","market":"rat-prime","channel":"l4"}"#,
            r#"{"op":"subscribe","market":"rat-prime","channel":"l2","depth":3}"#,
            r#"{"op":"resend","market":"rat-prime","channel":"l2"}"#,
            r#"{"op":"dance"}"#,
            "[]",
        ] {
            assert!(serde_json::from_str::<Ask>(wrong).is_err(), "{wrong}");
        }
    }
}
