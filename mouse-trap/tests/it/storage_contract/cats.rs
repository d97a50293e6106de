//! Cats that are gone.

use super::contract;
use super::fixtures::{at, change, recording, stored_trap};
use mouse_trap::domain::catch::{AnimalName, Bycatch};
use mouse_trap::domain::command::{Progress, TrapAction, TrapCommand};
use mouse_trap::storage::{CatchFilter, Recording, TrapFilter, Write};
use shared_events::id::{CatId, CommandId};

contract! {
    async fn a_forgotten_cat_is_named_nowhere(test) {
        let storage = test.storage.as_ref();
        let (tom, felix) = (CatId::new("tom").unwrap(), CatId::new("felix").unwrap());
        let toms = stored_trap(storage, "a", "tom").await;
        let felixs = stored_trap(storage, "b", "felix").await;
        let bycatch = Bycatch {
            animal: AnimalName::new("squirrel").unwrap(),
            catch: super::fixtures::catch(&toms, 9, 9),
        };
        let caught = Recording { bycatch: vec![bycatch], ..recording(&toms, &[1, 2]) };
        assert_eq!(storage.record(caught).await.unwrap(), Write::Done);
        assert_eq!(storage.record(recording(&felixs, &[3])).await.unwrap(), Write::Done);
        let asked = TrapCommand {
            id: CommandId::new("c-1").unwrap(),
            trap: toms.id.clone(),
            action: TrapAction::Locate,
            asked_by: tom.clone(),
            requested_at: at(10),
            expires_at: at(100),
            progress: Progress::Queued,
        };
        assert_eq!(storage.add_command(asked.clone(), None, Vec::new()).await.unwrap(), Write::Done);

        storage.forget_cat(&tom).await.unwrap();
        storage.forget_cat(&tom).await.unwrap();

        let of = |cat: &CatId| CatchFilter { hunter: Some(cat.clone()), ..CatchFilter::default() };
        assert_eq!(storage.captures(of(&tom), None, 9).await.unwrap(), []);
        assert_eq!(storage.captures(of(&CatId::erased()), None, 9).await.unwrap().len(), 2);
        assert_eq!(storage.bycatch(of(&CatId::erased()), None, 9).await.unwrap().len(), 1);
        assert_eq!(storage.captures(of(&felix), None, 9).await.unwrap().len(), 1);
        let owned = TrapFilter { owner: Some(tom), site: None };
        assert_eq!(storage.traps(owned, None, 9).await.unwrap(), []);
        let trap = storage.trap(&toms.id).await.unwrap().unwrap();
        assert_eq!(trap.owner, CatId::erased());
        assert_eq!(storage.trap(&felixs.id).await.unwrap().unwrap().owner, felix);
        assert_eq!(storage.command(&asked.id).await.unwrap().unwrap().asked_by, CatId::erased());

        let mut decided_before = change(&toms);
        decided_before.expected_version += 1;
        assert_eq!(storage.update_trap(decided_before, Vec::new()).await.unwrap(), Write::Conflict);
    }
}
