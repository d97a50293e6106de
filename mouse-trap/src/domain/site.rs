//! A place where traps stand, and the law it stands under.

use super::position::Position;
use super::text::Line;
use chrono::{DateTime, Utc};
use shared_events::id::SiteId;
use std::fmt;
use thiserror::Error;

/// What cats call a site.
pub type SiteName = Line<100>;

/// A place where traps stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Its identifier.
    pub id: SiteId,
    /// What cats call it.
    pub name: SiteName,
    /// Whose law says where its data may live.
    pub jurisdiction: Jurisdiction,
    /// Its middle.
    pub position: Position,
    /// When it was told to us.
    pub registered_at: DateTime<Utc>,
}

/// A country or one of its parts by ISO 3166: `CA`, `US`, `CA-QC`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jurisdiction(String);

/// The text is not shaped like an ISO 3166 code.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("jurisdiction {0:?} is not an ISO 3166 code such as CA or CA-QC")]
pub struct JurisdictionError(pub String);

impl Jurisdiction {
    /// Checks the shape: two capitals, then perhaps a dash and one to three capitals or digits.
    pub fn new(code: impl Into<String>) -> Result<Self, JurisdictionError> {
        let code = code.into();
        let (country, part) = code
            .split_once('-')
            .map_or((code.as_str(), None), |(country, part)| {
                (country, Some(part))
            });
        let country_fits = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
        let part_fits = part.is_none_or(|part| {
            (1..=3).contains(&part.len())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        });
        if country_fits && part_fits {
            Ok(Self(code))
        } else {
            Err(JurisdictionError(code.chars().take(16).collect()))
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jurisdictions_are_iso_3166() {
        for good in ["CA", "US", "CA-QC", "FR-75", "GB-ENG"] {
            assert!(Jurisdiction::new(good).is_ok(), "{good}");
        }
        for bad in ["", "ca", "CAN", "CA-", "CA-QUEB", "C1", "CA-qc"] {
            assert!(Jurisdiction::new(bad).is_err(), "{bad}");
        }
    }
}
