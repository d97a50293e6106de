//! What a trap holds: a rodent for the market, or bycatch.

use super::mass::Grams;
use super::position::Position;
use super::site::Jurisdiction;
use super::text::{Line, LineError};
use chrono::{DateTime, Utc};
pub use shared_events::events::{RodentKind, Sex};
use shared_events::id::{CaptureId, CatId, SiteId, TrapId};
use thiserror::Error;

/// The name of an animal or species.
pub type AnimalName = Line<80>;

/// Why a capture is declared wrong.
pub type VoidReason = Line<200>;

/// What the trap says it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Animal {
    /// Goes to market.
    Rodent(RodentKind),
    /// Anything else, by its name.
    Other(AnimalName),
}

impl Animal {
    /// `mouse` and `rat` go to market, every other name is bycatch.
    pub fn named(name: &str) -> Result<Self, LineError> {
        match RodentKind::from_word(name) {
            Some(kind) => Ok(Self::Rodent(kind)),
            None => AnimalName::new(name).map(Self::Other),
        }
    }
}

/// How sure the trap is of what it holds: 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f64);

/// The number is no probability.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("a confidence of {0} is not within 0 to 1")]
pub struct ConfidenceError(pub f64);

impl Confidence {
    /// Seen by a cat.
    pub const CERTAIN: Self = Self(1.0);

    /// Checks a probability.
    pub fn new(probability: f64) -> Result<Self, ConfidenceError> {
        if (0.0..=1.0).contains(&probability) {
            Ok(Self(probability))
        } else {
            Err(ConfidenceError(probability))
        }
    }

    /// The probability.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// Where, whose and what a catch was, alike for rodents and bycatch.
#[derive(Clone, Debug, PartialEq)]
pub struct CatchRecord {
    /// Made of the trap, its boot and its counter, so that a repeat is the same catch.
    pub id: CaptureId,
    /// The trap that caught it.
    pub trap: TrapId,
    /// Where the trap stood.
    pub site: SiteId,
    /// Where the data may live.
    pub jurisdiction: Jurisdiction,
    /// Where exactly.
    pub position: Position,
    /// The cat whose trap it was.
    pub hunter: CatId,
    /// The Latin name.
    pub species: Option<AnimalName>,
    /// When weighed.
    pub mass: Option<Grams>,
    /// When told.
    pub sex: Option<Sex>,
    /// When the trap closed.
    pub caught_at: DateTime<Utc>,
    /// When it was told to us.
    pub recorded_at: DateTime<Utc>,
    /// How sure the trap was.
    pub confidence: Confidence,
}

/// A rodent, caught once.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// Mouse or rat.
    pub kind: RodentKind,
    /// All else.
    pub catch: CatchRecord,
    /// Set when the capture was declared wrong.
    pub voided: Option<Voiding>,
}

/// Why a capture no longer counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voiding {
    /// When it was declared wrong.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: CatId,
    /// For people.
    pub reason: VoidReason,
}

/// What is neither mouse nor rat: kept, never announced as a rodent.
#[derive(Clone, Debug, PartialEq)]
pub struct Bycatch {
    /// What the trap called it.
    pub animal: AnimalName,
    /// All else.
    pub catch: CatchRecord,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mice_and_rats_are_rodents_here() {
        assert_eq!(
            Animal::named("mouse"),
            Ok(Animal::Rodent(RodentKind::Mouse))
        );
        assert_eq!(Animal::named("rat"), Ok(Animal::Rodent(RodentKind::Rat)));
        assert!(matches!(Animal::named("squirrel"), Ok(Animal::Other(_))));
        assert!(Animal::named("").is_err());
        assert!(Animal::named(&"x".repeat(81)).is_err());
    }

    #[test]
    fn confidence_is_a_probability() {
        assert!(Confidence::new(0.0).is_ok() && Confidence::new(1.0).is_ok());
        assert!(
            Confidence::new(1.01).is_err()
                && Confidence::new(-0.1).is_err()
                && Confidence::new(f64::NAN).is_err()
        );
    }
}
