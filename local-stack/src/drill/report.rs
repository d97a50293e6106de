//! The audit report: what was broken, how long it took to mend, what was lost, and what the books say. JSON for machines,
//! Markdown for people.

use super::args::{DrillArgs, Limits};
use super::books::{Books, Invariant};
use super::machine::Machine;
use super::scenarios::Scenario;
use crate::up::{Paint, Screen};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    catweb: &'static str,
    began_at: String,
    took_s: f64,
    machine: Machine,
    backups_behind_ms: u64,
    limit_rto_s: u32,
    limit_rpo_s: u32,
    acknowledged_catches: usize,
    passed: bool,
    scenarios: Vec<ScenarioReport>,
}

/// One scenario.
#[derive(Debug, Serialize)]
pub(super) struct ScenarioReport {
    pub(super) scenario: Scenario,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Step {
    /// Seconds after the disaster.
    pub(super) after_s: f64,
    pub(super) what: String,
}

/// How it went.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "kebab-case")]
pub(super) enum Outcome {
    Passed(Measured),
    Failed(Measured),
    /// This machine cannot play it.
    LeftOut(&'static str),
    /// It never came back.
    Stuck(String),
}

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    /// From the disaster until catches were taken again.
    rto_s: f64,
    /// How long before the disaster the first catch was acknowledged that is lost.
    rpo_s: f64,
    /// Acknowledged catches that are lost.
    lost_catches: usize,
    captures: usize,
    invariants: Vec<Invariant>,
    steps: Vec<Step>,
}

impl Outcome {
    pub(super) fn judged(
        steps: Vec<Step>,
        rto_s: f64,
        rpo_s: f64,
        books: Books,
        limits: Limits,
    ) -> Self {
        let good = rto_s <= limits.rto_s && rpo_s <= limits.rpo_s;
        let holds = books.invariants.iter().all(|invariant| invariant.holds);
        let measured = Measured {
            rto_s,
            rpo_s,
            lost_catches: books.lost,
            captures: books.captures,
            invariants: books.invariants,
            steps,
        };
        match good && holds {
            true => Self::Passed(measured),
            false => Self::Failed(measured),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Passed(_) => "passed",
            Self::Failed(_) => "FAILED",
            Self::LeftOut(_) => "left out",
            Self::Stuck(_) => "STUCK",
        }
    }

    fn measured(&self) -> Option<&Measured> {
        match self {
            Self::Passed(measured) | Self::Failed(measured) => Some(measured),
            Self::LeftOut(_) | Self::Stuck(_) => None,
        }
    }
}

impl ScenarioReport {
    /// Whether nothing more can be played after it.
    pub(super) fn is_hopeless(&self) -> bool {
        matches!(self.outcome, Outcome::Stuck(_))
    }

    /// In one line.
    pub(super) fn told(&self, screen: &Screen) -> String {
        let word = self.outcome.word();
        let paint = match self.outcome {
            Outcome::Passed(_) => Paint::Good,
            Outcome::LeftOut(_) => Paint::Quiet,
            Outcome::Failed(_) | Outcome::Stuck(_) => Paint::Bad,
        };
        let detail = match &self.outcome {
            Outcome::LeftOut(why) => (*why).to_owned(),
            Outcome::Stuck(why) => why.clone(),
            Outcome::Passed(measured) | Outcome::Failed(measured) => measured.told(),
        };
        format!("  {} {detail}", screen.paint(paint, word))
    }

    fn row(&self) -> [String; 6] {
        let Some(measured) = self.outcome.measured() else {
            let empty = || "-".to_owned();
            let word = self.outcome.word().to_owned();
            return [
                self.scenario.name(),
                word,
                empty(),
                empty(),
                empty(),
                empty(),
            ];
        };
        let invariants = measured.invariants.iter();
        let holding = invariants.filter(|invariant| invariant.holds).count();
        [
            self.scenario.name(),
            self.outcome.word().to_owned(),
            format!("{:.2} s", measured.rto_s),
            format!("{:.2} s", measured.rpo_s),
            measured.lost_catches.to_string(),
            format!("{holding} of {}", measured.invariants.len()),
        ]
    }
}

impl Measured {
    fn told(&self) -> String {
        let broken = self.invariants.iter().filter(|invariant| !invariant.holds);
        let broken: Vec<_> = broken
            .map(|invariant| format!("NOT: {} ({})", invariant.name, invariant.found))
            .collect();
        let books = match broken.is_empty() {
            true => format!("the books agree on {} captures", self.captures),
            false => broken.join(", "),
        };
        format!(
            "RTO {:.2} s, RPO {:.2} s ({} acknowledged catches lost); {books}",
            self.rto_s, self.rpo_s, self.lost_catches
        )
    }
}

impl Report {
    pub(super) fn new(
        began_at: DateTime<Utc>,
        took: Duration,
        args: &DrillArgs,
        acknowledged_catches: usize,
        scenarios: Vec<ScenarioReport>,
    ) -> Self {
        let good =
            |one: &ScenarioReport| matches!(one.outcome, Outcome::Passed(_) | Outcome::LeftOut(_));
        Self {
            catweb: env!("CARGO_PKG_VERSION"),
            began_at: began_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            took_s: super::seconds(took),
            machine: Machine::this(),
            backups_behind_ms: args.backup_every_ms,
            limit_rto_s: args.max_rto_s,
            limit_rpo_s: args.max_rpo_s,
            acknowledged_catches,
            passed: scenarios.iter().all(good),
            scenarios,
        }
    }

    pub(super) fn passed(&self) -> bool {
        self.passed
    }

    /// Writes both forms. Answers where.
    pub(super) fn write(&self, folder: &Path) -> io::Result<[PathBuf; 2]> {
        fs::create_dir_all(folder)?;
        let [json, markdown] = ["drill.json", "drill.md"].map(|name| folder.join(name));
        fs::write(&json, serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(&markdown, self.markdown())?;
        Ok([json, markdown])
    }

    /// The figures in a table.
    pub(super) fn table(&self) -> String {
        let head = ["scenario", "outcome", "RTO", "RPO", "lost", "invariants"].map(str::to_owned);
        let rows: Vec<_> = std::iter::once(head)
            .chain(self.scenarios.iter().map(ScenarioReport::row))
            .collect();
        let widths: [usize; 6] =
            std::array::from_fn(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0));
        let lines = rows.iter().map(|row| {
            let cells = row.iter().zip(widths);
            let cells = cells.map(|(cell, width)| format!("{cell:width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        });
        let verdict = if self.passed { "passed" } else { "FAILED" };
        format!(
            "\n{}\nthe drill {verdict} in {:.0} s; {} catches were acknowledged; {}",
            lines.collect::<Vec<_>>().join("\n"),
            self.took_s,
            self.acknowledged_catches,
            self.machine.told()
        )
    }

    fn markdown(&self) -> String {
        let verdict = if self.passed { "passed" } else { "FAILED" };
        let mut text = format!(
            "# Fire drill of {}: {verdict}\n\nCatweb {}, on {}. Backups were {} ms behind; limits: RTO {} s, RPO {} s. {} catches were acknowledged in {:.0} s.\n\n\
             | scenario | outcome | RTO | RPO | acknowledged catches lost | invariants that hold |\n|---|---|---|---|---|---|\n",
            self.began_at,
            self.catweb,
            self.machine.told(),
            self.backups_behind_ms,
            self.limit_rto_s,
            self.limit_rpo_s,
            self.acknowledged_catches,
            self.took_s
        );
        let mut line = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        for scenario in &self.scenarios {
            line(format!("| {} |", scenario.row().join(" | ")));
        }
        for scenario in &self.scenarios {
            line(scenario.section());
        }
        text
    }
}

impl ScenarioReport {
    fn section(&self) -> String {
        let mut text = format!("\n## {}\n", self.scenario.name());
        let Some(measured) = self.outcome.measured() else {
            let why = match &self.outcome {
                Outcome::LeftOut(why) => why,
                Outcome::Stuck(why) => why.as_str(),
                Outcome::Passed(_) | Outcome::Failed(_) => "",
            };
            let _infallible = write!(text, "\n{}: {why}", self.outcome.word());
            return text;
        };
        for step in &measured.steps {
            let _infallible = write!(text, "\n- {:.3} s: {}", step.after_s, step.what);
        }
        text.push('\n');
        for invariant in &measured.invariants {
            let word = if invariant.holds {
                "holds"
            } else {
                "DOES NOT HOLD"
            };
            let _infallible = write!(text, "\n- {} {word}: {}", invariant.name, invariant.found);
        }
        text
    }
}
