//! Reports and the write that stores all that they cause.

use super::contract;
use super::fixtures::{at, catch, key, recording, stored_trap};
use mouse_trap::domain::catch::{AnimalName, Bycatch};
use mouse_trap::domain::report::{RecordedReport, ReportResult};
use mouse_trap::storage::{CatchFilter, Recording, Write};
use std::collections::HashMap;

contract! {
    async fn a_recording_is_stored_whole(test) {
        let trap = stored_trap(test.storage.as_ref(), "barn-7", "tom").await;
        let mut recording = recording(&trap, &[1, 2]);
        let squirrel = Bycatch { animal: AnimalName::new("squirrel").unwrap(), catch: catch(&trap, 3, 3) };
        let result = ReportResult::Bycatch(squirrel.catch.id.clone());
        recording.reports.push((trap.id.clone(), RecordedReport { key: key(3), at: at(3), result }));
        let heartbeat = RecordedReport { key: key(4), at: at(4), result: ReportResult::Heartbeat };
        recording.reports.push((trap.id.clone(), heartbeat));
        recording.bycatch.push(squirrel.clone());
        assert_eq!(test.storage.record(recording.clone()).await.unwrap(), Write::Done);

        assert_eq!(test.storage.trap(&trap.id).await.unwrap().as_ref(), Some(&recording.traps[0].trap));
        for capture in &recording.captures {
            assert_eq!(test.storage.capture(&capture.catch.id).await.unwrap().as_ref(), Some(capture));
        }
        assert_eq!(test.storage.bycatch(CatchFilter::default(), None, 9).await.unwrap(), [squirrel]);
        assert_eq!(test.pending().await[1..], recording.events);
        let known = test.storage.known_reports(&trap.id, (0..9).map(key).collect()).await.unwrap();
        let expected = recording.reports.iter().map(|(_, report)| (report.key.clone(), report.result.clone()));
        assert_eq!(known, expected.collect::<HashMap<_, _>>());
    }

    async fn reports_are_known_by_trap_boot_and_counter(test) {
        let first = stored_trap(test.storage.as_ref(), "a", "tom").await;
        let second = stored_trap(test.storage.as_ref(), "b", "tom").await;
        assert_eq!(test.storage.record(recording(&first, &[1])).await.unwrap(), Write::Done);
        assert_eq!(test.storage.record(recording(&second, &[1])).await.unwrap(), Write::Done);
        assert!(test.storage.known_reports(&second.id, vec![key(2)]).await.unwrap().is_empty());
        assert!(test.storage.known_reports(&second.id, Vec::new()).await.unwrap().is_empty());
    }

    async fn one_known_report_refuses_the_whole_recording(test) {
        let trap = stored_trap(test.storage.as_ref(), "barn-7", "tom").await;
        assert_eq!(test.storage.record(recording(&trap, &[1])).await.unwrap(), Write::Done);
        let now = test.storage.trap(&trap.id).await.unwrap().unwrap();
        assert_eq!(test.storage.record(recording(&now, &[2, 1])).await.unwrap(), Write::Conflict);
        assert_eq!(test.storage.trap(&trap.id).await.unwrap(), Some(now.clone()));
        assert!(test.storage.known_reports(&trap.id, vec![key(2)]).await.unwrap().is_empty());
        assert_eq!(test.pending().await.len(), 2, "the registration and the first catch");
    }

    async fn an_old_version_of_the_trap_refuses_the_recording(test) {
        let trap = stored_trap(test.storage.as_ref(), "barn-7", "tom").await;
        assert_eq!(test.storage.record(recording(&trap, &[1])).await.unwrap(), Write::Done);
        assert_eq!(test.storage.record(recording(&trap, &[2])).await.unwrap(), Write::Conflict);
        assert_eq!(test.storage.captures(CatchFilter::default(), None, 9).await.unwrap().len(), 1);
    }

    async fn of_many_at_once_each_version_is_won_by_one(test) {
        let trap = stored_trap(test.storage.as_ref(), "barn-7", "tom").await;
        let attempts = (1..=8).map(|counter| {
            let (storage, recording) = (test.storage.clone(), recording(&trap, &[counter]));
            tokio::spawn(async move { storage.record(recording).await.unwrap() })
        });
        let mut won = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            won += usize::from(attempt.await.unwrap() == Write::Done);
        }
        assert_eq!(won, 1);
        assert_eq!(test.storage.captures(CatchFilter::default(), None, 99).await.unwrap().len(), 1);
        assert_eq!(test.pending().await.len(), 2);
    }

    async fn an_empty_recording_changes_nothing(test) {
        assert_eq!(test.storage.record(Recording::default()).await.unwrap(), Write::Done);
        assert!(test.pending().await.is_empty());
    }
}
