//! What was done, when, and how it ended: said while it happens, and kept for the report.

use super::plan::Step;
use super::report::{Check, Done};
use crate::up::{Paint, Screen};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Journal<'screen> {
    screen: &'screen Screen,
    began: Instant,
    pub(super) done: Vec<Done>,
    pub(super) checks: Vec<Check>,
    pub(super) by_hand: Vec<String>,
}

impl<'screen> Journal<'screen> {
    pub(super) fn begin(screen: &'screen Screen) -> Self {
        Self {
            screen,
            began: Instant::now(),
            done: Vec::new(),
            checks: Vec::new(),
            by_hand: Vec::new(),
        }
    }

    /// Does a step, whose work answers what it gives and how to tell of it.
    pub(super) async fn step<T>(
        &mut self,
        step: Step,
        work: impl Future<Output = anyhow::Result<(T, String)>>,
    ) -> anyhow::Result<T> {
        self.screen
            .say(&format!("{}: {}", step.name(), step.what()));
        let began = Instant::now();
        let ended = Box::pin(work).await;
        let found = match &ended {
            Ok((_, told)) => told.clone(),
            Err(error) => format!("{error:#}"),
        };
        let paint = match ended {
            Ok(_) => Paint::Good,
            Err(_) => Paint::Bad,
        };
        let took = began.elapsed();
        let line = format!("  {:.2} s: {found}", took.as_secs_f64());
        self.screen.say(&self.screen.paint(paint, &line));
        self.done.push(Done {
            step: step.name(),
            after_s: seconds(began - self.began),
            took_s: seconds(took),
            succeeded: ended.is_ok(),
            found,
        });
        ended.map(|(given, _)| given)
    }

    pub(super) fn leave_to_people(&mut self, by_hand: Vec<String>) {
        self.by_hand = by_hand;
    }

    /// Keeps the checks; an error when one does not hold.
    pub(super) fn note_checks(&mut self, checks: Vec<Check>) -> anyhow::Result<()> {
        self.checks = checks;
        let broken: Vec<_> = self.checks.iter().filter(|check| !check.holds).collect();
        for check in &broken {
            self.screen
                .warn(&format!("  NOT: {} ({})", check.name, check.found));
        }
        anyhow::ensure!(broken.is_empty(), "{} checks do not hold", broken.len());
        Ok(())
    }

    pub(super) fn took_s(&self) -> f64 {
        seconds(self.began.elapsed())
    }
}

/// Seconds with three digits.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
