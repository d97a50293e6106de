//! Captures and bycatch.

use super::contract;
use super::fixtures::{at, change, recording, registered, stored_trap};
use mouse_trap::domain::catch::{Capture, RodentKind, VoidReason, Voiding};
use mouse_trap::storage::{CaptureCounts, CatchFilter, CatchPlace, Write};
use shared_events::id::{CaptureId, CatId, SiteId, TrapId};

fn seconds(captures: &[Capture]) -> Vec<i64> {
    captures
        .iter()
        .map(|capture| (capture.catch.caught_at - at(0)).num_seconds())
        .collect()
}

contract! {
    async fn captures_are_filtered(test) {
        let tom = stored_trap(test.storage.as_ref(), "a", "tom").await;
        let jerry = stored_trap(test.storage.as_ref(), "b", "jerry").await;
        let mut recorded = recording(&tom, &[1, 2, 3]);
        recorded.captures[1].kind = RodentKind::Rat;
        assert_eq!(test.storage.record(recorded).await.unwrap(), Write::Done);
        assert_eq!(test.storage.record(recording(&jerry, &[4, 5])).await.unwrap(), Write::Done);
        let list = async |filter| seconds(&test.storage.captures(filter, None, 9).await.unwrap());
        let all = CatchFilter::default();
        assert_eq!(list(all.clone()).await, [5, 4, 3, 2, 1], "newest first");
        let hunter = Some(CatId::new("tom").unwrap());
        assert_eq!(list(CatchFilter { hunter, ..all.clone() }).await, [3, 2, 1]);
        let trap = Some(TrapId::new("b").unwrap());
        assert_eq!(list(CatchFilter { trap, ..all.clone() }).await, [5, 4]);
        let site = Some(SiteId::new("mill").unwrap());
        assert_eq!(list(CatchFilter { site, ..all.clone() }).await, Vec::<i64>::new());
        let kind = Some(RodentKind::Rat);
        assert_eq!(list(CatchFilter { kind, ..all.clone() }).await, [2]);
        let (since, until) = (Some(at(2)), Some(at(4)));
        assert_eq!(list(CatchFilter { since, until, ..all }).await, [3, 2], "from since, before until");
    }

    async fn pages_hold_each_capture_once_even_when_many_share_an_instant(test) {
        let trap = stored_trap(test.storage.as_ref(), "a", "tom").await;
        let mut recorded = recording(&trap, &[1, 2, 3, 4, 5, 6, 7]);
        for capture in &mut recorded.captures[1..6] {
            capture.catch.caught_at = at(3);
        }
        assert_eq!(test.storage.record(recorded.clone()).await.unwrap(), Write::Done);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = test.storage.captures(CatchFilter::default(), after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(CatchPlace { caught_at: last.catch.caught_at, id: last.catch.id.clone() });
            seen.extend(page);
        }
        let mut expected = recorded.captures;
        expected.sort_by_key(|capture| std::cmp::Reverse((capture.catch.caught_at, capture.catch.id.clone())));
        assert_eq!(seen, expected);
    }

    async fn a_capture_is_voided_once(test) {
        let trap = stored_trap(test.storage.as_ref(), "a", "tom").await;
        let recorded = recording(&trap, &[1]);
        let mut capture = recorded.captures[0].clone();
        assert_eq!(test.storage.record(recorded).await.unwrap(), Write::Done);
        let now = test.storage.trap(&trap.id).await.unwrap().unwrap();
        let reason = VoidReason::new("a leaf").unwrap();
        capture.voided = Some(Voiding { at: at(9), by: CatId::new("queen").unwrap(), reason });
        let event = registered(&trap);
        let void = test.storage.void_capture(capture.clone(), change(&now), vec![event.clone()]).await;
        assert_eq!(void.unwrap(), Write::Done);
        let after = test.storage.trap(&trap.id).await.unwrap().unwrap();
        let again = test.storage.void_capture(capture.clone(), change(&after), vec![event]).await;
        assert_eq!(again.unwrap(), Write::Conflict);
        assert_eq!(test.storage.capture(&capture.catch.id).await.unwrap(), Some(capture));
        assert_eq!(test.storage.trap(&trap.id).await.unwrap(), Some(after), "a refused voiding changes no trap");
        assert_eq!(test.pending().await.len(), 3);
    }

    async fn captures_are_counted_as_they_are_listed(test) {
        assert_eq!(test.storage.count_captures(CatchFilter::default()).await.unwrap(), CaptureCounts::default());
        let trap = stored_trap(test.storage.as_ref(), "a", "tom").await;
        let mut recorded = recording(&trap, &[1, 2, 3]);
        recorded.captures[1].kind = RodentKind::Rat;
        let mut voided = recorded.captures[0].clone();
        let now = recorded.traps[0].trap.clone();
        assert_eq!(test.storage.record(recorded).await.unwrap(), Write::Done);
        let reason = VoidReason::new("a leaf").unwrap();
        voided.voided = Some(Voiding { at: at(9), by: CatId::new("tom").unwrap(), reason });
        assert_eq!(test.storage.void_capture(voided, change(&now), Vec::new()).await.unwrap(), Write::Done);
        let all = test.storage.count_captures(CatchFilter::default()).await.unwrap();
        assert_eq!(all, CaptureCounts { mouse: 2, rat: 1, voided: 1 });
        let late = CatchFilter { since: Some(at(2)), ..CatchFilter::default() };
        assert_eq!(test.storage.count_captures(late).await.unwrap(), CaptureCounts { mouse: 1, rat: 1, voided: 0 });
        let rats = CatchFilter { kind: Some(RodentKind::Rat), ..CatchFilter::default() };
        assert_eq!(test.storage.count_captures(rats).await.unwrap(), CaptureCounts { mouse: 0, rat: 1, voided: 0 });
    }

    async fn an_unknown_capture_is_none(test) {
        assert_eq!(test.storage.capture(&CaptureId::new("nothing").unwrap()).await.unwrap(), None);
    }
}
