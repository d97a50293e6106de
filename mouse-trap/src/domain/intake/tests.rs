//! Batches as devices send them: repeated, late, mixed.

use super::*;
use crate::domain::catch::{AnimalName, Confidence, RodentKind};
use crate::domain::command::{Progress, TrapAction};
use crate::domain::report::Boot;
use crate::domain::trap::tests::trap;
use chrono::TimeDelta;
use shared_events::id::CatId;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn report(counter: u64, observation: Observation) -> Report {
    let key = ReportKey {
        boot: Boot::new("1").expect("valid"),
        counter,
    };
    Report {
        key,
        at: at(50),
        observation,
    }
}

fn catch(animal: Animal) -> Observation {
    Observation::Catch(CatchSeen {
        animal,
        species: None,
        mass: None,
        sex: None,
        confidence: Confidence::CERTAIN,
    })
}

fn mouse() -> Observation {
    catch(Animal::Rodent(RodentKind::Mouse))
}

fn take(reports: Vec<Report>) -> Intake {
    take_in(trap(), HashMap::new(), Vec::new(), reports, at(100))
}

#[test]
fn a_repeat_has_the_outcome_of_the_first() {
    let intake = take(vec![report(1, mouse()), report(1, mouse())]);
    assert_eq!((intake.captures.len(), intake.recorded.len()), (1, 1));
    assert_eq!(
        intake
            .outcomes
            .iter()
            .map(|outcome| outcome.duplicate)
            .collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(intake.outcomes[0].result, intake.outcomes[1].result);

    let known = intake
        .recorded
        .into_iter()
        .map(|report| (report.key, report.result))
        .collect();
    let again = take_in(
        intake.trap,
        known,
        Vec::new(),
        vec![report(1, mouse())],
        at(101),
    );
    assert_eq!((again.captures.len(), again.announcements.len()), (0, 0));
    assert_eq!(again.outcomes[0].result, intake.outcomes[0].result);
}

#[test]
fn bycatch_is_kept_and_not_announced() {
    let squirrel = AnimalName::new("squirrel").expect("valid");
    let intake = take(vec![report(1, catch(Animal::Other(squirrel)))]);
    assert_eq!((intake.captures.len(), intake.bycatch.len()), (0, 1));
    assert!(
        !intake
            .announcements
            .iter()
            .any(|heard| matches!(heard.news, News::RodentCaught(_)))
    );
}

#[test]
fn sequences_grow_without_gaps() {
    let reports = (1..=3).map(|counter| report(counter, mouse())).collect();
    let intake = take(reports);
    let sequences: Vec<_> = intake
        .announcements
        .iter()
        .map(|heard| heard.sequence)
        .collect();
    assert_eq!(
        sequences,
        [2, 3, 4, 5],
        "online, then three catches, after the registration"
    );
    assert_eq!(intake.trap.version, 5);
}

#[test]
fn evidence_and_answers_settle_commands_once() {
    let command = |id: &str, action| TrapCommand {
        id: CommandId::new(id).expect("valid"),
        trap: trap().id,
        action,
        asked_by: CatId::new("tom").expect("valid"),
        requested_at: at(10),
        expires_at: at(1000),
        progress: Progress::Delivered { at: at(20) },
    };
    let open = vec![
        command("arm", TrapAction::Arm),
        command("locate", TrapAction::Locate),
    ];
    let answer = |done| {
        let command = CommandId::new("locate").expect("valid");
        Observation::CommandAnswer {
            command,
            done,
            detail: None,
        }
    };
    let reports = vec![
        report(1, Observation::State(TrapState::Armed)),
        report(2, answer(false)),
        report(3, answer(true)),
    ];
    let intake = take_in(trap(), HashMap::new(), open, reports, at(100));
    let ends: Vec<_> = intake
        .settled
        .iter()
        .map(|command| match &command.progress {
            Progress::Settled(end) => (command.id.as_str(), end.outcome),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        ends,
        [
            ("arm", CommandOutcome::Done),
            ("locate", CommandOutcome::Refused)
        ]
    );
}

#[test]
fn late_states_are_recorded_without_news() {
    let mut sprung = report(1, Observation::State(TrapState::Sprung));
    sprung.at = at(60);
    let armed_before = report(2, Observation::State(TrapState::Armed));
    let intake = take(vec![sprung, armed_before]);
    assert_eq!(intake.recorded.len(), 2);
    let states = intake
        .announcements
        .iter()
        .filter(|heard| matches!(heard.news, News::TrapStateChanged { .. }))
        .count();
    assert_eq!(states, 2, "online and sprung");
}

proptest::proptest! {
    /// However a device cuts, repeats and shuffles its reports into batches, each catch is captured once.
    #[test]
    fn any_delivery_of_the_same_reports_makes_the_same_captures(
        batches in proptest::collection::vec(proptest::collection::vec(0_u64..20, 1..8), 1..12)
    ) {
        let (mut now, mut known, mut captured, mut sequence) = (trap(), HashMap::new(), Vec::new(), 1);
        for batch in &batches {
            let reports = batch.iter().map(|counter| report(*counter, mouse())).collect();
            let intake = take_in(now, known.clone(), Vec::new(), reports, at(100));
            for heard in &intake.announcements {
                proptest::prop_assert_eq!(heard.sequence, sequence + 1);
                sequence = heard.sequence;
            }
            proptest::prop_assert_eq!(intake.outcomes.len(), batch.len());
            known.extend(intake.recorded.into_iter().map(|report| (report.key, report.result)));
            captured.extend(intake.captures.into_iter().map(|capture| capture.catch.id));
            now = intake.trap;
        }
        let mut counters: Vec<_> = batches.concat();
        counters.sort_unstable();
        counters.dedup();
        let mut expected: Vec<_> = counters.iter().map(|counter| CaptureId::of_catch(&now.id, "1", *counter)).collect();
        expected.sort();
        captured.sort();
        proptest::prop_assert_eq!(captured, expected);
    }
}
