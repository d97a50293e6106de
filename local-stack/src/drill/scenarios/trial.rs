//! One scenario from the disaster to the last check.

use super::{
    Scenario, corrupt_database, disk_full, kills, lost_broker, lost_database, ransomed_volume,
};
use crate::drill::args::Limits;
use crate::drill::books::Witness;
use crate::drill::load::Load;
use crate::drill::report::{Outcome, ScenarioReport, Step};
use crate::drill::scratch::Scratch;
use crate::up::{Paint, Screen};
use chrono::{DateTime, TimeDelta, Utc};

/// So many catches before each disaster, so that there is something to lose.
const CATCHES_BEFORE: usize = 40;
/// And after it, so that it is known to work again.
const CATCHES_AFTER: usize = 20;

/// All that a scenario works with.
pub(in crate::drill) struct Trial<'a> {
    pub(in crate::drill) scratch: &'a mut Scratch,
    pub(in crate::drill) witness: &'a Witness,
    pub(in crate::drill) load: &'a Load,
    pub(in crate::drill) screen: &'a Screen,
    pub(in crate::drill) limits: Limits,
}

/// What a disaster was, and when everything worked again.
pub(super) struct Recovery {
    /// When it began, as those who use Catweb see it.
    pub(super) broken_at: DateTime<Utc>,
    pub(super) restored_at: DateTime<Utc>,
    pub(super) steps: Vec<Step>,
}

/// What became of it.
pub(super) enum Played {
    Recovered(Recovery),
    /// This machine cannot play it.
    LeftOut(&'static str),
}

impl Trial<'_> {
    /// Plays it; whatever goes wrong is in the report.
    pub(in crate::drill) async fn play(mut self, scenario: Scenario) -> ScenarioReport {
        let name = scenario.name();
        self.screen
            .say(&self.screen.paint(Paint::Strong, &format!("\n{name}")));
        let outcome = match Box::pin(self.try_play(scenario)).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Stuck(format!("{error:#}")),
        };
        ScenarioReport { scenario, outcome }
    }

    async fn try_play(&mut self, scenario: Scenario) -> anyhow::Result<Outcome> {
        self.load.wait_for(CATCHES_BEFORE).await?;
        let played = match scenario {
            Scenario::KillBroker => kills::part(self, "broker").await,
            Scenario::KillCatNode => kills::part(self, "cat-node").await,
            Scenario::KillCadaverExchange => kills::part(self, "cadaver-exchange").await,
            Scenario::KillMouseTrap => kills::part(self, "mouse-trap").await,
            Scenario::KillRunner => kills::runner(self).await,
            Scenario::DiskFull => disk_full::play(self).await,
            Scenario::CorruptDatabase => corrupt_database::play(self).await,
            Scenario::LostBroker => lost_broker::play(self).await,
            Scenario::LostDatabase => lost_database::play(self).await,
            Scenario::RansomedVolume => ransomed_volume::play(self).await,
        };
        let Recovery {
            broken_at,
            restored_at,
            steps,
        } = match played? {
            Played::Recovered(recovery) => recovery,
            Played::LeftOut(why) => return Ok(Outcome::LeftOut(why)),
        };
        self.load.wait_for(CATCHES_AFTER).await?;
        let books = self.witness.count(self.scratch, self.load).await?;
        self.scratch.tidy()?;
        // Whatever was still acknowledged while things broke counts, too.
        let lost = books
            .lost_between
            .map(|(first, last)| last.max(broken_at) - first);
        Ok(Outcome::judged(
            steps,
            seconds(restored_at - broken_at),
            seconds(lost.unwrap_or_default()),
            books,
            self.limits,
        ))
    }
}

/// What happens, with its time since the disaster.
pub(super) struct Notes<'a> {
    began: DateTime<Utc>,
    screen: &'a Screen,
    steps: Vec<Step>,
}

impl<'a> Notes<'a> {
    /// The disaster begins now.
    pub(super) fn begin(screen: &'a Screen) -> Self {
        Self {
            began: Utc::now(),
            screen,
            steps: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, what: impl Into<String>) {
        let step = Step {
            after_s: seconds(Utc::now() - self.began),
            what: what.into(),
        };
        self.screen
            .say(&format!("  {:>7.3} s  {}", step.after_s, step.what));
        self.steps.push(step);
    }

    pub(super) fn recovered(self, restored_at: DateTime<Utc>) -> Played {
        Played::Recovered(Recovery {
            broken_at: self.began,
            restored_at,
            steps: self.steps,
        })
    }
}

fn seconds(delta: TimeDelta) -> f64 {
    let milliseconds = i32::try_from(delta.num_milliseconds()).unwrap_or(i32::MAX);
    f64::from(milliseconds) / 1000.0
}
