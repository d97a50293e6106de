//! How heavy a catch is: grams that a trap could really hold.

use thiserror::Error;

/// A trap holds nothing heavier; a larger figure is a broken scale.
pub const HEAVIEST_CATCH_GRAMS: f64 = 10_000.0;

/// A positive mass in grams, at most [`HEAVIEST_CATCH_GRAMS`].
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Grams(f64);

/// The number was not a believable mass.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("a mass of {0} g is not above 0 and at most {HEAVIEST_CATCH_GRAMS} g")]
pub struct MassError(pub f64);

impl Grams {
    /// Checks a number of grams.
    pub fn new(grams: f64) -> Result<Self, MassError> {
        if grams > 0.0 && grams <= HEAVIEST_CATCH_GRAMS {
            Ok(Self(grams))
        } else {
            Err(MassError(grams))
        }
    }

    /// The number of grams.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_unbelievable_masses() {
        assert_eq!(Grams::new(43.2).map(Grams::get), Ok(43.2));
        assert!(Grams::new(HEAVIEST_CATCH_GRAMS).is_ok());
        for absurd in [0.0, -1.0, 10_000.1, f64::NAN, f64::INFINITY] {
            assert!(Grams::new(absurd).is_err(), "{absurd}");
        }
    }
}
