//! Traps and their credentials.

use super::contract;
use super::fixtures::{at, change, registered, site, stored_trap, trap};
use mouse_trap::storage::{TrapFilter, Write};
use shared_events::events::TrapState;
use shared_events::id::{CatId, SiteId, TrapId};

contract! {
    async fn a_trap_and_its_event_come_back_as_they_were(test) {
        let trap = stored_trap(test.storage.as_ref(), "barn-7", "tom").await;
        assert_eq!(test.storage.trap(&trap.id).await.unwrap(), Some(trap.clone()));
        let pending = test.pending().await;
        assert_eq!(pending.len(), 1);
        assert_eq!((pending[0].ordering_key.as_str(), pending[0].sequence), ("barn-7", Some(1)));
        assert_eq!(pending[0].jurisdiction.as_deref(), Some("CA-QC"));
    }

    async fn one_taken_id_refuses_all_traps_and_their_events(test) {
        let taken = stored_trap(test.storage.as_ref(), "b", "tom").await;
        let new = trap("a", "tom");
        let both = vec![new.clone(), taken.clone()];
        let events = vec![registered(&new), registered(&taken)];
        assert_eq!(test.storage.register_traps(both, events).await.unwrap(), Write::Conflict);
        assert_eq!(test.storage.trap(&new.id).await.unwrap(), None);
        assert_eq!(test.pending().await.len(), 1);
    }

    async fn a_change_needs_the_version_that_it_was_decided_on(test) {
        let trap = stored_trap(test.storage.as_ref(), "barn-7", "tom").await;
        let mut first = change(&trap);
        first.trap.status.hear(at(5));
        first.trap.status.observe_state(TrapState::Sprung, at(4));
        first.trap.status.observe_battery(12, at(4));
        first.trap.credential = None;
        first.trap.retired_at = Some(at(6));
        let mut second = change(&trap);
        second.trap.retired_at = Some(at(7));
        let event = registered(&trap);
        assert_eq!(test.storage.update_trap(first.clone(), vec![event.clone()]).await.unwrap(), Write::Done);
        assert_eq!(test.storage.update_trap(second, vec![event]).await.unwrap(), Write::Conflict);
        assert_eq!(test.storage.trap(&trap.id).await.unwrap(), Some(first.trap));
        assert_eq!(test.pending().await.len(), 2, "the registration and the first change");
    }

    async fn an_unknown_trap_cannot_be_changed(test) {
        let nobody = trap("nobody", "tom");
        assert_eq!(test.storage.update_trap(change(&nobody), Vec::new()).await.unwrap(), Write::Conflict);
        assert_eq!(test.storage.trap(&nobody.id).await.unwrap(), None);
    }

    async fn traps_are_listed_by_owner_and_site_in_pages(test) {
        let _ = test.storage.register_site(site("barn")).await.unwrap();
        let _ = test.storage.register_site(site("mill")).await.unwrap();
        let mut traps = vec![trap("a", "tom"), trap("b", "tom"), trap("c", "jerry"), trap("d", "tom")];
        traps[1].site = SiteId::new("mill").unwrap();
        assert_eq!(test.storage.register_traps(traps, Vec::new()).await.unwrap(), Write::Done);
        let list = async |owner: Option<&str>, site: Option<&str>, after: Option<&str>, limit| {
            let filter = TrapFilter {
                owner: owner.map(|id| CatId::new(id).unwrap()),
                site: site.map(|id| SiteId::new(id).unwrap()),
            };
            let after = after.map(|id| TrapId::new(id).unwrap());
            let found = test.storage.traps(filter, after.as_ref(), limit).await.unwrap();
            found.into_iter().map(|trap| trap.id.into_string()).collect::<Vec<_>>()
        };
        assert_eq!(list(None, None, None, 9).await, ["a", "b", "c", "d"]);
        assert_eq!(list(Some("tom"), None, None, 2).await, ["a", "b"]);
        assert_eq!(list(Some("tom"), None, Some("b"), 2).await, ["d"]);
        assert_eq!(list(Some("tom"), Some("mill"), None, 9).await, ["b"]);
        assert_eq!(list(None, Some("barn"), None, 9).await, ["a", "c", "d"]);
    }

    async fn traps_are_found_by_name(test) {
        let trap = stored_trap(test.storage.as_ref(), "a", "tom").await;
        let names = vec![trap.id.clone(), TrapId::new("nobody").unwrap()];
        assert_eq!(test.storage.traps_named(names).await.unwrap(), [trap]);
        assert_eq!(test.storage.traps_named(Vec::new()).await.unwrap(), []);
    }

    async fn silent_traps_are_those_that_were_online(test) {
        for (id, seen, offline, retired) in
            [("a", Some(20), false, false), ("b", Some(10), false, false), ("c", Some(10), true, false), ("d", None, false, false), ("e", Some(10), false, true)]
        {
            let mut heard = change(&stored_trap(test.storage.as_ref(), id, "tom").await);
            if let Some(seen) = seen {
                heard.trap.status.hear(at(seen));
            }
            if offline {
                heard.trap.status.observe_state(TrapState::Offline, at(50));
            }
            heard.trap.retired_at = retired.then_some(at(60));
            assert_eq!(test.storage.update_trap(heard, Vec::new()).await.unwrap(), Write::Done);
        }
        let silent = async |seen_before, limit| {
            let found = test.storage.silent_traps(at(seen_before), limit).await.unwrap();
            found.into_iter().map(|trap| trap.id.into_string()).collect::<Vec<_>>()
        };
        assert_eq!(silent(100, 9).await, ["b", "a"]);
        assert_eq!(silent(100, 1).await, ["b"]);
        assert_eq!(silent(20, 9).await, ["b"]);
        assert_eq!(silent(10, 9).await, Vec::<String>::new());
    }
}
