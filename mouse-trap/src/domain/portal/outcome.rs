//! What becomes of one line of the record: exactly one outcome, and the reason when it is refused.

use super::row::PortalRow;
use super::species::{SpeciesTable, Standing};
use crate::domain::catch::Sex;
use crate::domain::mass::Grams;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use shared_events::id::{SiteId, TrapId};
use std::fmt;
use thiserror::Error;

/// The study has this many plots.
pub const PLOTS: u8 = 24;

/// The boot under which the traps of the record count; `Record_ID` is their counter.
pub const BOOT: &str = "portal";

/// Traps were emptied at sunrise, about 07:00 Mountain Standard Time.
const CHECKED_AT: NaiveTime = NaiveTime::from_hms_opt(14, 0, 0).expect("14:00:00 is a time of day");

/// The five ways a line can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A capture of kind mouse.
    Mouse,
    /// A capture of kind rat.
    Rat,
    /// Something else, kept but never announced.
    Bycatch,
    /// The trap was empty.
    Nothing,
    /// The line cannot be true; its reason is kept.
    Refused,
}

impl Outcome {
    /// Every outcome, in the order that summaries list them.
    pub const ALL: [Self; 5] = [
        Self::Mouse,
        Self::Rat,
        Self::Bycatch,
        Self::Nothing,
        Self::Refused,
    ];

    /// Its name in databases, JSON and queries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mouse => "mouse",
            Self::Rat => "rat",
            Self::Bycatch => "bycatch",
            Self::Nothing => "nothing",
            Self::Refused => "refused",
        }
    }

    /// The outcome of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == name)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a line cannot be true.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Not a number of at least 1.
    #[error("the record id {0:?} is not a positive whole number")]
    RecordId(String),
    /// No such day in the calendar.
    #[error("the date {year}-{month}-{day} does not exist")]
    ImpossibleDate {
        /// As written.
        year: String,
        /// As written.
        month: String,
        /// As written.
        day: String,
    },
    /// Before 1970 or in the future.
    #[error("the date {0} is before 1970 or in the future")]
    AbsurdDate(NaiveDate),
    /// Not in the species table.
    #[error("the species code {0:?} is not in the species table")]
    UnknownSpecies(String),
    /// Not a believable number of grams.
    #[error("the weight {0:?} is not a number of grams above 0 and at most 10000")]
    Weight(String),
    /// Not one of the study's plots.
    #[error("the plot {0:?} is not one of 1 to {PLOTS}")]
    Plot(String),
    /// Not a stake's number.
    #[error("the stake {0:?} is not a number of at most 3 digits")]
    Stake(String),
    /// Another line of the file already counted under this number.
    #[error("the record id {0} was used by an earlier line")]
    RepeatedRecordId(u64),
}

/// Which trap of the study: its plot and stake, as far as known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stake {
    /// 1 to [`PLOTS`].
    pub plot: Option<u8>,
    /// The number on the stake.
    pub stake: Option<u16>,
}

impl Stake {
    /// `portal-<plot>` or `portal-unknown`.
    #[must_use]
    pub fn site_id(self) -> SiteId {
        SiteId::new(format!("portal-{}", or_unknown(self.plot)))
            .expect("digits and a word are valid in ids")
    }

    /// `portal-<plot>-<stake>`, with `unknown` for what is not known.
    #[must_use]
    pub fn trap_id(self) -> TrapId {
        let id = format!(
            "portal-{}-{}",
            or_unknown(self.plot),
            or_unknown(self.stake)
        );
        TrapId::new(id).expect("digits and words are valid in ids")
    }
}

fn or_unknown(number: Option<impl fmt::Display>) -> String {
    number.map_or_else(|| "unknown".into(), |number| number.to_string())
}

/// An animal in a trap, read from a line.
#[derive(Clone, Debug, PartialEq)]
pub struct PortalCatch {
    /// `Record_ID`, the trap's counter.
    pub record_id: u64,
    /// The trap.
    pub stake: Stake,
    /// Mouse, rat or neither.
    pub standing: Standing,
    /// The Latin name.
    pub scientific_name: String,
    /// The English name.
    pub common_name: String,
    /// When the trap was checked.
    pub caught_at: DateTime<Utc>,
    /// When it was weighed.
    pub mass: Option<Grams>,
    /// When it was told.
    pub sex: Option<Sex>,
}

/// What a line says once it is believed.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// The trap held an animal.
    Catch(PortalCatch),
    /// The trap was empty.
    Nothing,
}

/// Judges a line. `now` bounds the believable dates.
pub fn read_row(
    row: &PortalRow,
    species: &SpeciesTable,
    now: DateTime<Utc>,
) -> Result<Reading, Refusal> {
    let record_id = row
        .record_id
        .parse::<u64>()
        .ok()
        .filter(|id| (1..=i64::MAX.unsigned_abs()).contains(id));
    let record_id = record_id.ok_or_else(|| Refusal::RecordId(row.record_id.clone()))?;
    let caught_at = caught_at(row, now)?;
    if row.species.is_empty() {
        return Ok(Reading::Nothing);
    }
    let known = species
        .get(&row.species)
        .ok_or_else(|| Refusal::UnknownSpecies(row.species.clone()))?;
    Ok(Reading::Catch(PortalCatch {
        record_id,
        stake: stake(row)?,
        standing: known.standing,
        scientific_name: known.scientific_name.clone(),
        common_name: known.common_name.clone(),
        caught_at,
        mass: mass(&row.weight)?,
        sex: match row.sex.as_str() {
            "F" => Some(Sex::Female),
            "M" => Some(Sex::Male),
            _ => None,
        },
    }))
}

fn caught_at(row: &PortalRow, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    let parts = (row.year.parse().ok())
        .zip(row.month.parse().ok())
        .zip(row.day.parse().ok());
    let date = parts.and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year, month, day));
    let date = date.ok_or_else(|| Refusal::ImpossibleDate {
        year: row.year.clone(),
        month: row.month.clone(),
        day: row.day.clone(),
    })?;
    let at = date.and_time(CHECKED_AT).and_utc();
    if at < DateTime::UNIX_EPOCH || at > now {
        return Err(Refusal::AbsurdDate(date));
    }
    Ok(at)
}

fn mass(weight: &str) -> Result<Option<Grams>, Refusal> {
    if weight.is_empty() {
        return Ok(None);
    }
    let grams = weight.parse().ok().and_then(|grams| Grams::new(grams).ok());
    grams
        .map(Some)
        .ok_or_else(|| Refusal::Weight(weight.into()))
}

fn stake(row: &PortalRow) -> Result<Stake, Refusal> {
    let plot = match row.plot.as_str() {
        "" => None,
        text => Some(
            text.parse()
                .ok()
                .filter(|plot| (1..=PLOTS).contains(plot))
                .ok_or_else(|| Refusal::Plot(text.into()))?,
        ),
    };
    let stake = match row.stake.as_str() {
        "" => None,
        text => Some(
            text.parse()
                .ok()
                .filter(|stake| *stake < 1000)
                .ok_or_else(|| Refusal::Stake(text.into()))?,
        ),
    };
    Ok(Stake { plot, stake })
}

#[cfg(test)]
mod tests;
