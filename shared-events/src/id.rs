//! Identifiers that cross service borders: a word each, so that one cannot be passed for another.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest identifier that any service accepts, in bytes.
pub const MAX_ID_BYTES: usize = 64;

/// An identifier that breaks the common rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {kind}: 1 to 64 characters of A-Z a-z 0-9 . _ - are allowed")]
pub struct InvalidId {
    /// The name of the identifier's type, as people say it.
    pub kind: &'static str,
    /// The offending text, shortened.
    pub value: String,
}

/// Whether `text` is 1 to [`MAX_ID_BYTES`] characters of `A-Z a-z 0-9 . _ -`.
#[must_use]
pub fn is_valid(text: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, pattern = "^[A-Za-z0-9._-]{1,64}$")]
        pub struct $name(String);

        impl $name {
            /// Takes the text when it keeps the common rule of identifiers.
            ///
            /// # Errors
            /// [`InvalidId`] names what was wrong.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                if is_valid(&text) {
                    return Ok(Self(text));
                }
                Err(InvalidId { kind: $kind, value: text.chars().take(MAX_ID_BYTES).collect() })
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The identifier as owned text.
            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A cat: the Parse `objectId` of its `_User`.
    CatId = "cat id";
    /// A place where traps stand.
    SiteId = "site id";
    /// A trap.
    TrapId = "trap id";
    /// A rodent caught once by one trap.
    CaptureId = "capture id";
    /// A cadaver on the exchange; its text is the capture's id.
    LotId = "lot id";
    /// An order on the exchange.
    OrderId = "order id";
    /// A trade on the exchange.
    TradeId = "trade id";
    /// A market: `<kind>-<grade>`, for example `mouse-prime`.
    MarketId = "market id";
    /// A command that one service asks of another.
    CommandId = "command id";
}

impl From<CaptureId> for LotId {
    fn from(capture: CaptureId) -> Self {
        Self(capture.0)
    }
}

impl From<LotId> for CaptureId {
    fn from(lot: LotId) -> Self {
        Self(lot.0)
    }
}

impl CaptureId {
    /// The id of the catch that `trap` counted as `counter` since its start number `boot`.
    ///
    /// The same catch always gets the same id, so a report that arrives twice is one capture:
    /// a UUID version 5 (RFC 9562) over the three parts.
    #[must_use]
    pub fn of_catch(trap: &TrapId, boot: &str, counter: u64) -> Self {
        const NAMESPACE: uuid::Uuid = uuid::uuid!("6f9b1f0e-3c5a-5d43-9a7e-0d6c61747765");
        let name = format!("{trap}\u{1f}{boot}\u{1f}{counter}");
        Self(uuid::Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string())
    }
}

/// What stands in the place of a cat that is gone. No cat may have this id.
pub const ERASED_CAT: &str = "erased";

impl CatId {
    /// The id that stands in the place of a cat that is gone.
    #[must_use]
    pub fn erased() -> Self {
        Self(ERASED_CAT.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catch_has_one_id_for_ever() {
        let trap = TrapId::new("barn-7").expect("valid");
        let id = CaptureId::of_catch(&trap, "12", 34);
        assert_eq!(id, CaptureId::of_catch(&trap, "12", 34));
        assert_ne!(id, CaptureId::of_catch(&trap, "1", 234));
        assert!(is_valid(id.as_str()));
    }

    #[test]
    fn hostile_text_is_refused() {
        for text in ["", "a b", "../x", "é", "x\0", &"a".repeat(65)] {
            assert!(TrapId::new(text).is_err(), "{text:?}");
            assert!(serde_json::from_value::<TrapId>(text.into()).is_err());
        }
    }
}
