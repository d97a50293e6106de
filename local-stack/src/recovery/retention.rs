//! Which backups are kept: the newest ones, and then the last one of an hour, a day, a week, ever fewer the older they are.

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use std::collections::BTreeSet;

/// How many are kept. Only hours, days and weeks that have a backup are counted, so that a machine that was off for long keeps its
/// backups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retention {
    /// The newest, whenever they are of.
    pub(crate) last: usize,
    /// The last of so many hours.
    pub(crate) hourly: usize,
    /// The last of so many days.
    pub(crate) daily: usize,
    /// The last of so many weeks.
    pub(crate) weekly: usize,
}

impl Retention {
    /// Which of the moments, oldest first, are kept. The newest always is.
    pub(super) fn kept(&self, moments: &[DateTime<Utc>]) -> BTreeSet<DateTime<Utc>> {
        let mut kept: BTreeSet<_> = moments
            .iter()
            .rev()
            .take(self.last.max(1))
            .copied()
            .collect();
        kept.extend(last_of_each(moments, self.hourly, |at| {
            (at.date_naive(), at.hour())
        }));
        kept.extend(last_of_each(moments, self.daily, |at| at.date_naive()));
        kept.extend(last_of_each(moments, self.weekly, |at| {
            let week = at.iso_week();
            (week.year(), week.week())
        }));
        kept
    }
}

/// The last moment of each of the newest `count` spans.
fn last_of_each<S: PartialEq>(
    moments: &[DateTime<Utc>],
    count: usize,
    span: impl Fn(&DateTime<Utc>) -> S,
) -> Vec<DateTime<Utc>> {
    let mut newest_first: Vec<_> = moments.iter().rev().copied().collect();
    newest_first.dedup_by_key(|at| span(at));
    newest_first.truncate(count);
    newest_first
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone as _};

    const USUAL: Retention = Retention {
        last: 3,
        hourly: 24,
        daily: 14,
        weekly: 8,
    };

    /// A base every half an hour, thinned out after each.
    fn a_year_of(retention: Retention) -> (DateTime<Utc>, BTreeSet<DateTime<Utc>>) {
        let mut now = Utc.with_ymd_and_hms(2026, 1, 1, 0, 10, 0).unwrap();
        let mut kept = BTreeSet::new();
        for _ in 0..2 * 24 * 365 {
            kept.insert(now);
            let moments: Vec<_> = kept.iter().copied().collect();
            kept = retention.kept(&moments);
            now += Duration::minutes(30);
        }
        (*kept.last().expect("the newest"), kept)
    }

    #[test]
    fn backups_get_fewer_with_their_age_and_none_is_thinned_out_too_early() {
        let (newest, kept) = a_year_of(USUAL);
        assert!(kept.len() <= 3 + 24 + 14 + 8, "{kept:?}");
        let gap_before = |age: Duration| {
            let before: Vec<_> = kept.iter().filter(|at| **at <= newest - age).collect();
            newest - age - **before.last().expect("one that is older")
        };
        for (age, longest) in [
            (Duration::hours(20), Duration::hours(1)),
            (Duration::days(12), Duration::days(1)),
            (Duration::weeks(6), Duration::weeks(1)),
        ] {
            assert!(gap_before(age) <= longest, "{age}: {kept:?}");
        }
    }

    #[test]
    fn what_is_all_of_one_hour_is_kept_by_number_and_what_is_old_by_order() {
        let first = Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).unwrap();
        let minutes = [0, 1, 2, 3, 4].map(|minute| first + Duration::minutes(minute));
        assert_eq!(
            USUAL.kept(&minutes),
            BTreeSet::from_iter(minutes[2..].to_vec())
        );
        // Nothing was backed up for six years.
        let mut moments = minutes.to_vec();
        moments.push(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap());
        assert!(USUAL.kept(&moments).contains(&minutes[4]));
        let only = Retention {
            last: 0,
            hourly: 0,
            daily: 0,
            weekly: 0,
        };
        assert_eq!(only.kept(&moments), BTreeSet::from([moments[5]]));
    }
}
