//! How far a replay is: a bar on a terminal, a line every second in a pipe.

use crate::up::screen::{Screen, with_commas};
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Between two lines in a pipe.
const LINE_PAUSE: Duration = Duration::from_secs(1);

/// How many there are of each; nothing where nobody answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Captures of the record that mouse-trap stored.
    pub(super) stored: Option<u64>,
    /// Lots that were ever created.
    pub(super) lots: Option<u64>,
    /// Parse objects of class `Capture`.
    pub(super) seen: Option<u64>,
}

impl Counts {
    /// Whether everything has come through.
    pub(super) fn are_all(&self, captures: u64) -> bool {
        self.lots.is_some_and(|lots| lots >= captures)
            && self.seen.is_some_and(|seen| seen >= captures)
            && self.lots == self.seen
    }

    fn told(&self) -> String {
        let told = |count: Option<u64>| count.map_or_else(|| "...".to_owned(), with_commas);
        format!(
            "{} captures stored, {} lots created, {} Parse Captures visible",
            told(self.stored),
            told(self.lots),
            told(self.seen)
        )
    }
}

/// Tells how far it is.
#[derive(Debug)]
pub(super) struct Progress {
    screen: Arc<Screen>,
    bar: Option<ProgressBar>,
    told: Instant,
}

impl Progress {
    pub(super) fn new(screen: &Arc<Screen>, rows: u64) -> Self {
        let bar = screen.bar(rows);
        if let Some(bar) = &bar {
            let style = ProgressStyle::with_template("{bar:30} {elapsed} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        Self {
            screen: screen.clone(),
            bar,
            told: Instant::now(),
        }
    }

    /// From now on it is known when the bar is full.
    pub(super) fn expect(&self, captures: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(captures);
        }
    }

    pub(super) fn tell(&mut self, counts: &Counts) {
        if let Some(bar) = &self.bar {
            bar.set_position(counts.seen.unwrap_or_else(|| bar.position()));
            bar.set_message(counts.told());
        } else if self.told.elapsed() >= LINE_PAUSE {
            self.told = Instant::now();
            self.screen.say(&counts.told());
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
