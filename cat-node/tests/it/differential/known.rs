//! The differences that are meant to be: `tests/differential/known.json`. One that is gone must leave the list.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use serde::Deserialize;

use super::scenario::folder;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// `file/name of the scenario`.
    scenario: String,
    /// Counted from 1: one, or a list of them.
    step: Steps,
    /// The database of cat-node on which it differs; on each when absent.
    on: Option<String>,
    /// Whether parse-server's answer depends on which of its own promises is first: then it need not differ each time.
    #[serde(default)]
    sometimes: bool,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Steps {
    One(usize),
    Several(Vec<usize>),
}

impl Steps {
    fn all(&self) -> &[usize] {
        match self {
            Self::One(step) => std::slice::from_ref(step),
            Self::Several(steps) => steps,
        }
    }
}

#[derive(Debug)]
pub(super) struct KnownDifferences {
    list: Vec<Known>,
    /// Entries by their place in the list, and their steps.
    seen: Mutex<BTreeSet<(usize, usize)>>,
}

impl KnownDifferences {
    pub(super) fn read() -> Self {
        let text = std::fs::read_to_string(folder().join("known.json")).unwrap();
        let list: Vec<Known> = serde_json::from_str(&text).unwrap();
        for known in &list {
            assert!(!known.reason.is_empty(), "{known:?} has no reason");
        }
        Self {
            list,
            seen: Mutex::default(),
        }
    }

    /// Whether the list has this difference; it is then known to be still there.
    pub(super) fn covers(&self, scenario: &str, step: usize, on: &str) -> bool {
        let found = self.list.iter().position(|known| {
            known.scenario == scenario
                && known.step.all().contains(&step)
                && known.on.as_deref().is_none_or(|wanted| wanted == on)
        });
        if let Some(index) = found {
            self.seen.lock().insert((index, step));
        }
        found.is_some()
    }

    /// Listed for a scenario that ran, and not seen.
    pub(super) fn gone(&self, ran: &BTreeSet<String>, databases: &[&str]) -> Vec<String> {
        let seen = self.seen.lock();
        let mut gone = Vec::new();
        for (index, known) in self.list.iter().enumerate() {
            let looked = known.on.as_deref().is_none_or(|on| databases.contains(&on));
            if known.sometimes || !looked || !ran.contains(&known.scenario) {
                continue;
            }
            let steps = known.step.all().iter();
            for step in steps.filter(|step| !seen.contains(&(index, **step))) {
                gone.push(format!(
                    "{} step {step} no longer differs: take it off known.json ({})",
                    known.scenario, known.reason
                ));
            }
        }
        gone
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }
}
