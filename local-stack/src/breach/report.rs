//! The audit report: what was done and when, what was tried, and what is left for people. As JSON and as Markdown.

use super::journal::Journal;
use super::places::Places;
use serde::Serialize;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A step that was done.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    pub(super) step: &'static str,
    pub(super) after_s: f64,
    pub(super) took_s: f64,
    pub(super) succeeded: bool,
    pub(super) found: String,
}

/// Something that must be refused, or must work.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) holds: bool,
    pub(super) found: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Report {
    catweb: &'static str,
    began_at: String,
    took_s: f64,
    data_dir: PathBuf,
    evidence: PathBuf,
    passed: bool,
    error: Option<String>,
    steps: Vec<Done>,
    checks: Vec<Check>,
    /// Settings that hold secrets and were given from outside.
    by_hand: Vec<String>,
}

impl Report {
    pub(super) fn new(places: &Places, journal: Journal<'_>, error: Option<anyhow::Error>) -> Self {
        Self {
            catweb: env!("CARGO_PKG_VERSION"),
            began_at: places.began_at(),
            took_s: journal.took_s(),
            data_dir: places.data_dir().to_owned(),
            evidence: places.evidence().to_owned(),
            passed: error.is_none(),
            error: error.map(|error| format!("{error:#}")),
            steps: journal.done,
            checks: journal.checks,
            by_hand: journal.by_hand,
        }
    }

    pub(super) fn passed(&self) -> bool {
        self.passed
    }

    /// Writes both forms. Answers where.
    pub(super) fn write(&self, folder: &Path) -> io::Result<[PathBuf; 2]> {
        let [json, markdown] = ["breach.json", "breach.md"].map(|name| folder.join(name));
        fs::write(&json, serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(&markdown, self.markdown())?;
        Ok([json, markdown])
    }

    /// The outcome, and what is left to do.
    pub(super) fn told(&self) -> String {
        let mut text = match self.passed {
            true => format!(
                "\nnothing old that Catweb keeps opens anything any more, after {:.1} s",
                self.took_s
            ),
            false => format!(
                "\nNOT done, after {:.1} s: the quarantine stays until catweb breach succeeds, or catweb breach --lift",
                self.took_s
            ),
        };
        for left in self.left_to_people() {
            let _infallible = write!(text, "\nby hand: {left}");
        }
        text
    }

    fn left_to_people(&self) -> Vec<String> {
        let settings = self.by_hand.iter();
        let mut left: Vec<String> = settings
            .map(|name| format!("replace the setting {name}, which comes from outside"))
            .collect();
        left.push("bring the devices their new credentials, and then delete that file".to_owned());
        left.push(
            "keep the evidence, its key and the retired backup key where this machine cannot reach them".to_owned(),
        );
        left
    }

    fn markdown(&self) -> String {
        let verdict = match self.passed {
            true => "nothing old that Catweb keeps opens anything any more",
            false => "NOT done, still in quarantine",
        };
        let mut text = format!(
            "# Breach answered on {}: {verdict}\n\nCatweb {}, {} in {:.1} s. Evidence: {}\n",
            self.began_at,
            self.catweb,
            self.data_dir.display(),
            self.took_s,
            self.evidence.display()
        );
        let mut line = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        if let Some(error) = &self.error {
            line(format!("\n**{error}**"));
        }
        line("\n| step | after | took | outcome | found |\n|---|---|---|---|---|".to_owned());
        for done in &self.steps {
            let word = if done.succeeded { "done" } else { "FAILED" };
            line(format!(
                "| {} | {:.2} s | {:.2} s | {word} | {} |",
                done.step, done.after_s, done.took_s, done.found
            ));
        }
        line("\n| tried | holds | found |\n|---|---|---|".to_owned());
        for check in &self.checks {
            let word = if check.holds { "yes" } else { "NO" };
            line(format!("| {} | {word} | {} |", check.name, check.found));
        }
        line("\n## By hand\n".to_owned());
        for left in self.left_to_people() {
            line(format!("- {left}"));
        }
        text
    }
}
