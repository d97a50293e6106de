//! What a batch of reports does to a trap, its commands and the market: decided here, in one place, once per report.

use super::announcement::{Announcement, News};
use super::catch::{Animal, Bycatch, Capture, CatchRecord};
use super::command::{CommandOutcome, Settlement, TrapCommand};
use super::report::{CatchSeen, Observation, RecordedReport, Report, ReportKey, ReportResult};
use super::trap::Trap;
use chrono::{DateTime, Utc};
use shared_events::events::TrapState;
use shared_events::id::{CaptureId, CommandId};
use std::collections::HashMap;

/// All that one batch changes. It is stored in one write, or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Intake {
    /// The trap after the batch.
    pub trap: Trap,
    /// The reports that were new.
    pub recorded: Vec<RecordedReport>,
    /// Rodents, to be announced.
    pub captures: Vec<Capture>,
    /// All other animals.
    pub bycatch: Vec<Bycatch>,
    /// The commands that ended.
    pub settled: Vec<TrapCommand>,
    /// What the world shall hear.
    pub announcements: Vec<Announcement>,
    /// What became of each report of the batch, in its order.
    pub outcomes: Vec<ReportOutcome>,
}

/// What became of one report of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportOutcome {
    /// Which report.
    pub key: ReportKey,
    /// Whether it was known before, from an earlier batch or from this one.
    pub duplicate: bool,
    /// What became of it, the first time.
    pub result: ReportResult,
}

/// A batch in progress.
struct Taking {
    intake: Intake,
    open: Vec<TrapCommand>,
    now: DateTime<Utc>,
}

/// Takes in a batch. `known` holds what became of those of its reports that are stored already, `open` the trap's commands
/// that have not ended.
#[must_use]
pub fn take_in(
    trap: Trap,
    mut known: HashMap<ReportKey, ReportResult>,
    open: Vec<TrapCommand>,
    reports: Vec<Report>,
    now: DateTime<Utc>,
) -> Intake {
    let intake = Intake {
        trap,
        recorded: Vec::new(),
        captures: Vec::new(),
        bycatch: Vec::new(),
        settled: Vec::new(),
        announcements: Vec::new(),
        outcomes: Vec::with_capacity(reports.len()),
    };
    let mut taking = Taking { intake, open, now };
    taking.hear();
    for report in reports {
        let (duplicate, result) = match known.get(&report.key) {
            Some(result) => (true, result.clone()),
            None => (false, taking.take(&report)),
        };
        if !duplicate {
            known.insert(report.key.clone(), result.clone());
            let recorded = RecordedReport {
                key: report.key.clone(),
                at: report.at,
                result: result.clone(),
            };
            taking.intake.recorded.push(recorded);
        }
        taking.intake.outcomes.push(ReportOutcome {
            key: report.key,
            duplicate,
            result,
        });
    }
    taking.intake
}

impl Taking {
    fn hear(&mut self) {
        if self.intake.trap.status.hear(self.now) {
            self.announce_state(TrapState::Online, self.now);
        }
    }

    fn take(&mut self, report: &Report) -> ReportResult {
        match &report.observation {
            Observation::Catch(seen) => self.take_catch(&report.key, report.at, seen),
            Observation::State(state) => self.take_state(*state, report.at),
            Observation::Heartbeat { battery_percent } => {
                let became_low = battery_percent.is_some_and(|percent| {
                    self.intake.trap.status.observe_battery(percent, report.at)
                });
                if became_low {
                    self.announce_state(TrapState::BatteryLow, report.at);
                }
                ReportResult::Heartbeat
            }
            Observation::CommandAnswer {
                command,
                done,
                detail,
            } => {
                let outcome = if *done {
                    CommandOutcome::Done
                } else {
                    CommandOutcome::Refused
                };
                self.settle(
                    command,
                    Settlement {
                        at: self.now,
                        outcome,
                        detail: detail.clone(),
                    },
                );
                ReportResult::CommandAnswer
            }
        }
    }

    fn take_catch(
        &mut self,
        key: &ReportKey,
        caught_at: DateTime<Utc>,
        seen: &CatchSeen,
    ) -> ReportResult {
        let trap = &mut self.intake.trap;
        let catch = catch_record(trap, key, caught_at, seen, self.now);
        let id = catch.id.clone();
        match &seen.animal {
            Animal::Rodent(kind) => {
                let capture = Capture {
                    kind: *kind,
                    catch,
                    voided: None,
                };
                let news = News::RodentCaught(Box::new(capture.clone()));
                self.intake.captures.push(capture);
                self.announce(news);
                ReportResult::Capture(id)
            }
            Animal::Other(animal) => {
                self.intake.bycatch.push(Bycatch {
                    animal: animal.clone(),
                    catch,
                });
                ReportResult::Bycatch(id)
            }
        }
    }

    fn take_state(&mut self, state: TrapState, at: DateTime<Utc>) -> ReportResult {
        if self.intake.trap.status.observe_state(state, at) {
            self.announce_state(state, at);
        }
        let shown: Vec<_> = self
            .open
            .iter()
            .filter(|command| command.is_shown_done_by(state, at))
            .map(|command| command.id.clone())
            .collect();
        for command in shown {
            self.settle(
                &command,
                Settlement {
                    at: self.now,
                    outcome: CommandOutcome::Done,
                    detail: None,
                },
            );
        }
        ReportResult::State
    }

    /// Ends an open command; an answer to an unknown or ended one has nothing to say any more.
    fn settle(&mut self, id: &CommandId, settlement: Settlement) {
        let Some(index) = self.open.iter().position(|command| command.id == *id) else {
            return;
        };
        let mut command = self.open.swap_remove(index);
        if command.settle(settlement.clone()) {
            let jurisdiction = self.intake.trap.jurisdiction.clone();
            self.announce(News::CommandSettled {
                command: Box::new(command.clone()),
                settlement,
                jurisdiction,
            });
            self.intake.settled.push(command);
        }
    }

    fn announce_state(&mut self, state: TrapState, at: DateTime<Utc>) {
        self.announce(News::TrapStateChanged {
            trap: Box::new(self.intake.trap.clone()),
            state,
            at,
        });
    }

    fn announce(&mut self, news: News) {
        let sequence = self.intake.trap.next_version();
        self.intake.announcements.push(Announcement {
            sequence,
            recorded_at: self.now,
            news,
        });
    }
}

/// The catch that `trap` reports under `key`.
#[must_use]
pub fn catch_record(
    trap: &Trap,
    key: &ReportKey,
    caught_at: DateTime<Utc>,
    seen: &CatchSeen,
    now: DateTime<Utc>,
) -> CatchRecord {
    CatchRecord {
        id: CaptureId::of_catch(&trap.id, key.boot.as_str(), key.counter),
        trap: trap.id.clone(),
        site: trap.site.clone(),
        jurisdiction: trap.jurisdiction.clone(),
        position: trap.position,
        hunter: trap.owner.clone(),
        species: seen.species.clone(),
        mass: seen.mass,
        sex: seen.sex,
        caught_at,
        recorded_at: now,
        confidence: seen.confidence,
    }
}

#[cfg(test)]
mod tests;
