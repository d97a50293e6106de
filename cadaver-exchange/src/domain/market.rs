//! Markets: `<kind>-<grade>`, six in all.

use serde::{Deserialize, Serialize};
use shared_events::events::{Grade, RodentKind};
use shared_events::id::MarketId;
use std::{fmt, str::FromStr};

const NAMES: [&str; Market::COUNT] = [
    "mouse-prime",
    "mouse-standard",
    "mouse-salvage",
    "rat-prime",
    "rat-standard",
    "rat-salvage",
];

/// One market: all lots in it are interchangeable. There is none for spoiled lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct Market {
    kind: RodentKind,
    grade: Grade,
}

/// No market has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no market {0:?}")]
pub struct UnknownMarket(pub String);

impl Market {
    /// How many markets there are.
    pub const COUNT: usize = 6;

    /// All markets, in the order of [`Market::index`].
    pub const ALL: [Self; Self::COUNT] = [
        Self {
            kind: RodentKind::Mouse,
            grade: Grade::Prime,
        },
        Self {
            kind: RodentKind::Mouse,
            grade: Grade::Standard,
        },
        Self {
            kind: RodentKind::Mouse,
            grade: Grade::Salvage,
        },
        Self {
            kind: RodentKind::Rat,
            grade: Grade::Prime,
        },
        Self {
            kind: RodentKind::Rat,
            grade: Grade::Standard,
        },
        Self {
            kind: RodentKind::Rat,
            grade: Grade::Salvage,
        },
    ];

    /// The market of a kind and a grade; spoiled lots have none.
    #[must_use]
    pub const fn of(kind: RodentKind, grade: Grade) -> Option<Self> {
        match grade {
            Grade::Spoiled => None,
            Grade::Prime | Grade::Standard | Grade::Salvage => Some(Self { kind, grade }),
        }
    }

    /// The kind of rodent that is traded.
    #[must_use]
    pub const fn kind(self) -> RodentKind {
        self.kind
    }

    /// The freshness that is traded.
    #[must_use]
    pub const fn grade(self) -> Grade {
        self.grade
    }

    /// Its place in [`Market::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        let kind = match self.kind {
            RodentKind::Mouse => 0,
            RodentKind::Rat => 3,
        };
        match self.grade {
            Grade::Prime => kind,
            Grade::Standard => kind + 1,
            Grade::Salvage | Grade::Spoiled => kind + 2,
        }
    }

    /// Its name on every wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        NAMES[self.index()]
    }

    /// Its name as an identifier.
    ///
    /// # Panics
    /// Never: the names keep the rule of identifiers.
    #[must_use]
    pub fn id(self) -> MarketId {
        MarketId::new(self.name()).expect("market names are letters and hyphens")
    }
}

impl fmt::Display for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Market> for &'static str {
    fn from(market: Market) -> Self {
        market.name()
    }
}

impl FromStr for Market {
    type Err = UnknownMarket;
    fn from_str(name: &str) -> Result<Self, UnknownMarket> {
        let found = Self::ALL.into_iter().find(|market| market.name() == name);
        found.ok_or_else(|| UnknownMarket(name.chars().take(64).collect()))
    }
}

impl TryFrom<String> for Market {
    type Error = UnknownMarket;
    fn try_from(name: String) -> Result<Self, UnknownMarket> {
        name.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_places_agree() {
        for (place, market) in Market::ALL.into_iter().enumerate() {
            assert_eq!(market.index(), place);
            assert_eq!(market.name().parse(), Ok(market));
        }
        assert!("mouse-rotten".parse::<Market>().is_err());
    }
}
