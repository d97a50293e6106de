//! The accounting of a replay.

use super::outcome::ImportOutcome;
use super::progress::Counts;
use crate::up::outside::BalanceReport;
use crate::up::screen::{Paint, Screen, with_commas};
use std::path::PathBuf;
use std::time::Duration;

/// What a replay came to.
#[derive(Debug)]
pub(in crate::up) struct Summary {
    pub(super) file: PathBuf,
    /// Rows of the file, by its own count.
    pub(super) rows: u64,
    pub(super) outcome: ImportOutcome,
    /// Parse objects of the record's captures.
    pub(super) portal_captures: u64,
    /// Those of them that this run brought.
    pub(super) new_captures: u64,
    /// All lots and Parse captures, those of others with them.
    pub(super) counts: Counts,
    pub(super) took: Duration,
    pub(super) ledger: Option<BalanceReport>,
}

/// One thing that must hold.
#[derive(Debug, PartialEq, Eq)]
struct Check {
    what: &'static str,
    /// The difference, in words, when it does not hold.
    difference: Option<String>,
}

impl Summary {
    /// Whether everything adds up.
    pub(in crate::up) fn agrees(&self) -> bool {
        self.checks().iter().all(|check| check.difference.is_none())
    }

    /// The accounting, for people.
    pub(in crate::up) fn told(&self, screen: &Screen) -> String {
        let line = |name: &str, count: u64| format!("  {name:<24}{:>10}", with_commas(count));
        let mut lines =
            vec![screen.paint(Paint::Strong, &format!("Replay of {}", self.file.display()))];
        lines.push(line("rows read", self.rows));
        lines.extend(self.outcome.parts().map(|(name, rows)| line(name, rows)));
        lines.push(line("captures", self.outcome.captures()));
        lines.push(line("lots created", self.counts.lots.unwrap_or_default()));
        lines.push(line(
            "Parse Capture objects",
            self.counts.seen.unwrap_or_default(),
        ));
        let seconds = self.took.as_secs_f64();
        lines.push(format!("  {:<24}{seconds:>10.1} s", "elapsed"));
        if self.new_captures > 0 {
            // Precise enough for a rate.
            #[allow(clippy::cast_precision_loss)]
            let rate = self.new_captures as f64 / seconds.max(f64::EPSILON);
            lines.push(format!("  {:<24}{rate:>10.0} captures/s", "rate"));
        }
        lines.extend(self.checks().iter().map(|check| check.told(screen)));
        lines.join("\n")
    }

    fn checks(&self) -> [Check; 5] {
        let (captures, seen) = (self.outcome.captures(), self.counts.seen);
        let ledger = match &self.ledger {
            None => Some("the exchange does not answer".to_owned()),
            Some(report) => unbalanced(report),
        };
        [
            Check::equal("every row has one outcome", self.rows, self.outcome.rows()),
            Check::equal(
                "captures = Parse Captures of the record",
                captures,
                self.portal_captures,
            ),
            Check::equal(
                "lots created = Parse Captures",
                self.counts.lots.unwrap_or_default(),
                seen.unwrap_or_default(),
            ),
            Check {
                what: "no capture is missing on the exchange",
                difference: self
                    .counts
                    .lots
                    .is_none_or(|lots| lots < captures)
                    .then(|| {
                        format!(
                            "{} lots for {captures} captures",
                            self.counts.lots.unwrap_or_default()
                        )
                    }),
            },
            Check {
                what: "the ledger sums to zero",
                difference: ledger,
            },
        ]
    }
}

fn unbalanced(report: &BalanceReport) -> Option<String> {
    let wrong: Vec<_> = report
        .assets
        .iter()
        .filter(|asset| asset.sum != 0)
        .map(|asset| format!("{} sums to {}", asset.asset, asset.sum))
        .collect();
    match wrong.is_empty() {
        true if report.balanced => None,
        true => Some("the exchange says that it is not balanced".to_owned()),
        false => Some(wrong.join(", ")),
    }
}

impl Check {
    fn equal(what: &'static str, left: u64, right: u64) -> Self {
        Self {
            what,
            difference: (left != right)
                .then(|| format!("{} against {}", with_commas(left), with_commas(right))),
        }
    }

    fn told(&self, screen: &Screen) -> String {
        match &self.difference {
            None => format!("  {}  {}", screen.paint(Paint::Good, "ok"), self.what),
            Some(difference) => {
                format!(
                    "  {}  {}: {difference}",
                    screen.paint(Paint::Bad, "NO"),
                    self.what
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn summary(lots: u64, seen: u64) -> Summary {
        let ledger = json!({
            "balanced": true, "lots": { "created": lots, "stocked": lots, "spoiled": 0, "withdrawn": 0 },
            "assets": [{ "asset": "kibbles", "sum": 0 }],
        });
        Summary {
            file: PathBuf::from("Portal_rodent.csv"),
            rows: 10,
            outcome: ImportOutcome {
                mouse: 4,
                rat: 2,
                bycatch: 1,
                nothing: 2,
                refused: 1,
            },
            portal_captures: 6,
            new_captures: 6,
            counts: Counts {
                stored: Some(6),
                lots: Some(lots),
                seen: Some(seen),
            },
            took: Duration::from_secs(2),
            ledger: serde_json::from_value(ledger).expect("a report"),
        }
    }

    #[test]
    fn sums_that_agree_are_said_to() {
        assert!(summary(6, 6).agrees());
        assert!(summary(9, 9).agrees(), "captures of others do not disturb");
    }

    #[test]
    fn a_missing_or_doubled_capture_is_found() {
        for (lots, seen) in [(5, 6), (6, 7), (5, 5)] {
            assert!(!summary(lots, seen).agrees(), "{lots} {seen}");
        }
    }

    #[test]
    fn a_ledger_that_does_not_balance_is_found() {
        let mut summary = summary(6, 6);
        if let Some(ledger) = &mut summary.ledger {
            ledger.assets[0].sum = 1;
        }
        assert!(!summary.agrees());
    }
}
