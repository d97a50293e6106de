//! Some lines of the record on their way into one write.

use super::ground::Ground;
use super::{JudgedRow, PORTAL};
use crate::domain::announcement::{Announcement, News};
use crate::domain::catch::{
    Animal, AnimalName, Bycatch, Capture, CatchRecord, Confidence, RodentKind,
};
use crate::domain::intake::catch_record;
use crate::domain::portal::outcome::{BOOT, Outcome, PortalCatch, Reading};
use crate::domain::portal::species::Standing;
use crate::domain::report::{Boot, CatchSeen, RecordedReport, ReportKey, ReportResult};
use crate::domain::trap::Trap;
use crate::storage::{ImportedRow, Recording, TrapChange};
use crate::use_cases::MouseTrap;
use chrono::{DateTime, Utc};
use shared_events::id::TrapId;
use std::collections::BTreeMap;

/// What the write will hold.
#[derive(Debug)]
pub(super) struct Batch {
    now: DateTime<Utc>,
    recording: Recording,
    announcements: Vec<Announcement>,
    /// The touched traps and the versions that they had before.
    touched: BTreeMap<TrapId, u64>,
}

impl Batch {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            now,
            recording: Recording::default(),
            announcements: Vec::new(),
            touched: BTreeMap::new(),
        }
    }

    /// Gives a line its outcome.
    pub(super) fn take(&mut self, line: &JudgedRow, ground: &mut Ground) {
        let mut imported = ImportedRow {
            import: PORTAL.to_owned(),
            number: line.row.number,
            record_id: line.row.record_id.clone(),
            outcome: Outcome::Nothing,
            reason: None,
            catch: None,
        };
        match &line.reading {
            Ok(Reading::Nothing) => {}
            Err(refusal) => {
                imported.outcome = Outcome::Refused;
                imported.reason = Some(refusal.to_string());
            }
            Ok(Reading::Catch(catch)) => {
                let trap = ground.traps.get_mut(&catch.stake.trap_id());
                let trap = trap.expect("the ground was prepared for every catch of the file");
                let record = self.take_catch(catch, trap);
                imported.outcome = match catch.standing {
                    Standing::Mouse => Outcome::Mouse,
                    Standing::Rat => Outcome::Rat,
                    Standing::Bycatch => Outcome::Bycatch,
                };
                imported.catch = Some(record.id);
            }
        }
        self.recording.import_rows.push(imported);
    }

    fn take_catch(&mut self, catch: &PortalCatch, trap: &mut Trap) -> CatchRecord {
        self.touched.entry(trap.id.clone()).or_insert(trap.version);
        let key = ReportKey {
            boot: Boot::new(BOOT).expect("the word keeps the rule of boots"),
            counter: catch.record_id,
        };
        let seen = CatchSeen {
            animal: animal(catch),
            species: AnimalName::new(&catch.scientific_name).ok(),
            mass: catch.mass,
            sex: catch.sex,
            confidence: Confidence::CERTAIN,
        };
        let record = catch_record(trap, &key, catch.caught_at, &seen, self.now);
        let sequence = trap.next_version();
        let result = match seen.animal {
            Animal::Rodent(kind) => {
                let capture = Capture {
                    kind,
                    catch: record.clone(),
                    voided: None,
                };
                let news = News::RodentCaught(Box::new(capture.clone()));
                self.announcements.push(Announcement {
                    sequence,
                    recorded_at: self.now,
                    news,
                });
                self.recording.captures.push(capture);
                ReportResult::Capture(record.id.clone())
            }
            Animal::Other(animal) => {
                self.recording.bycatch.push(Bycatch {
                    animal,
                    catch: record.clone(),
                });
                ReportResult::Bycatch(record.id.clone())
            }
        };
        self.recording.reports.push((
            trap.id.clone(),
            RecordedReport {
                key,
                at: catch.caught_at,
                result,
            },
        ));
        record
    }

    /// The write, unless there is nothing to store.
    pub(super) fn into_recording(self, app: &MouseTrap, ground: &Ground) -> Option<Recording> {
        if self.recording.import_rows.is_empty() {
            return None;
        }
        let change = |(id, expected_version)| {
            let trap = ground.traps.get(&id)?.clone();
            Some(TrapChange {
                expected_version,
                trap,
            })
        };
        let traps = self.touched.into_iter().filter_map(change).collect();
        Some(Recording {
            traps,
            events: app.events(&self.announcements),
            ..self.recording
        })
    }
}

fn animal(catch: &PortalCatch) -> Animal {
    match catch.standing {
        Standing::Mouse => Animal::Rodent(RodentKind::Mouse),
        Standing::Rat => Animal::Rodent(RodentKind::Rat),
        Standing::Bycatch => {
            let name =
                AnimalName::new(&catch.common_name).or_else(|_| AnimalName::new("unnamed animal"));
            Animal::Other(name.expect("the fallback keeps the rule of names"))
        }
    }
}
