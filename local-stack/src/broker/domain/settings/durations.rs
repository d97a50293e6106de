//! Protobuf's durations and timestamps, within bounds.

use crate::broker::domain::ids::Millis;
use crate::broker::domain::refusal::Refusal;
use prost_types::{Duration as ProtoDuration, Timestamp};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Reads a duration that has to be within a range.
pub(super) fn within(
    name: &str,
    duration: ProtoDuration,
    range: &RangeInclusive<Duration>,
) -> Result<Duration, Refusal> {
    let value = Duration::try_from(duration)
        .ok()
        .filter(|duration| range.contains(duration));
    value.ok_or_else(|| {
        Refusal::invalid(format!(
            "The value for {name} is out of bounds. You passed {}s, but it must be between {}s and {}s.",
            duration.seconds,
            range.start().as_secs(),
            range.end().as_secs()
        ))
    })
}

pub(super) fn to_proto(duration: Duration) -> ProtoDuration {
    ProtoDuration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or(0),
    }
}

pub(crate) fn to_timestamp(at: Millis) -> Timestamp {
    let nanos = at.0.rem_euclid(1_000) * 1_000_000;
    Timestamp {
        seconds: at.0.div_euclid(1_000),
        nanos: i32::try_from(nanos).unwrap_or(0),
    }
}

pub(crate) fn from_timestamp(at: Timestamp) -> Millis {
    Millis(
        at.seconds
            .saturating_mul(1_000)
            .saturating_add(i64::from(at.nanos) / 1_000_000),
    )
}
