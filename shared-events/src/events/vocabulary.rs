//! The words that several events share.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Reads the word on the wire.
            #[must_use]
            pub fn from_word(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

words! {
    /// What kind of rodent was caught; nothing else is ever announced.
    RodentKind {
        /// A mouse.
        Mouse = "mouse",
        /// A rat.
        Rat = "rat",
    }
    /// How fresh a cadaver is, best first.
    Grade {
        /// The freshest.
        Prime = "prime",
        /// Still good.
        Standard = "standard",
        /// For those who are not choosy.
        Salvage = "salvage",
        /// No longer for sale.
        Spoiled = "spoiled",
    }
    /// The sex of a rodent, when it is known.
    Sex {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
    }
    /// Which side of a market an order is on.
    Side {
        /// Wants lots for kibbles.
        Buy = "buy",
        /// Offers lots for kibbles.
        Sell = "sell",
    }
    /// What happened to a trap.
    TrapState {
        /// Set and waiting.
        Armed = "armed",
        /// Closed on something.
        Sprung = "sprung",
        /// Made safe by its owner.
        Disarmed = "disarmed",
        /// Silent for too long.
        Offline = "offline",
        /// Heard again.
        Online = "online",
        /// Its battery runs low.
        BatteryLow = "battery-low",
        /// Somebody interfered with it.
        Tampered = "tampered",
        /// Out of service for ever.
        Retired = "retired",
    }
    /// Whether a market takes orders.
    MarketState {
        /// Orders match as they come.
        Open = "open",
        /// No orders are taken for now.
        Halted = "halted",
        /// No orders are taken.
        Closed = "closed",
    }
}

/// A place on earth, WGS 84, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"latitude": 46.8139, "longitude": -71.2080}))]
pub struct Position {
    /// North of the equator, -90 to 90.
    pub latitude: f64,
    /// East of Greenwich, -180 to 180.
    pub longitude: f64,
}

impl Position {
    /// Whether both numbers are on the globe.
    #[must_use]
    pub fn is_on_earth(&self) -> bool {
        (-90.0..=90.0).contains(&self.latitude) && (-180.0..=180.0).contains(&self.longitude)
    }
}

/// Money: whole kibbles, never a fraction.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(transparent)]
pub struct Kibbles(pub i64);

impl fmt::Display for Kibbles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kibbles", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_on_the_wire_are_the_words_in_code() {
        for state in TrapState::ALL {
            assert_eq!(serde_json::to_value(state).expect("a word"), state.as_str());
            assert_eq!(TrapState::from_word(state.as_str()), Some(*state));
        }
        assert_eq!(Grade::from_word("rotten"), None);
    }
}
