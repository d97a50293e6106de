//! Commands to traps.

use super::contract;
use super::fixtures::{at, change, registered, stored_trap};
use mouse_trap::domain::command::{CommandOutcome, Progress, Settlement, TrapAction, TrapCommand};
use mouse_trap::domain::report::AnswerDetail;
use mouse_trap::storage::{Recording, Write};
use shared_events::id::{CatId, CommandId, TrapId};

fn command(id: &str, requested: i64, expires: i64) -> TrapCommand {
    TrapCommand {
        id: CommandId::new(id).unwrap(),
        trap: TrapId::new("a").unwrap(),
        action: TrapAction::Locate,
        asked_by: CatId::new("tom").unwrap(),
        requested_at: at(requested),
        expires_at: at(expires),
        progress: Progress::Queued,
    }
}

fn settled(mut command: TrapCommand, detail: Option<&str>) -> TrapCommand {
    let detail = detail.map(|detail| AnswerDetail::new(detail).unwrap());
    assert!(command.settle(Settlement {
        at: at(60),
        outcome: CommandOutcome::Refused,
        detail
    }));
    command
}

fn ending(command: TrapCommand) -> Recording {
    Recording {
        settled: vec![command],
        ..Recording::default()
    }
}

contract! {
    async fn a_command_is_added_once(test) {
        let asked = command("c-1", 10, 100);
        assert_eq!(test.storage.add_command(asked.clone(), None, Vec::new()).await.unwrap(), Write::Done);
        let other = command("c-1", 11, 101);
        assert_eq!(test.storage.add_command(other, None, Vec::new()).await.unwrap(), Write::Conflict);
        assert_eq!(test.storage.command(&asked.id).await.unwrap(), Some(asked));
        assert_eq!(test.storage.command(&CommandId::new("c-2").unwrap()).await.unwrap(), None);
    }

    async fn a_refused_command_is_stored_with_its_event_and_its_traps_version(test) {
        let trap = stored_trap(test.storage.as_ref(), "a", "tom").await;
        let refused = settled(command("c-1", 10, 100), Some("no"));
        let event = vec![registered(&trap)];
        let added = test.storage.add_command(refused.clone(), Some(change(&trap)), event.clone()).await.unwrap();
        assert_eq!(added, Write::Done);
        assert_eq!(test.storage.command(&refused.id).await.unwrap(), Some(refused));
        let late = settled(command("c-2", 10, 100), None);
        let added = test.storage.add_command(late.clone(), Some(change(&trap)), event).await.unwrap();
        assert_eq!(added, Write::Conflict, "the trap is another version now");
        assert_eq!(test.storage.command(&late.id).await.unwrap(), None);
        assert_eq!(test.pending().await.len(), 2);
    }

    async fn open_commands_are_listed_oldest_first(test) {
        for (id, requested) in [("c-1", 30), ("c-2", 10), ("c-3", 20)] {
            let _ = test.storage.add_command(command(id, requested, 100), None, Vec::new()).await.unwrap();
        }
        let done = settled(command("c-3", 20, 100), None);
        assert_eq!(test.storage.record(ending(done)).await.unwrap(), Write::Done);
        let open = test.storage.open_commands(&TrapId::new("a").unwrap(), 9).await.unwrap();
        assert_eq!(open, [command("c-2", 10, 100), command("c-1", 30, 100)]);
        assert_eq!(test.storage.open_commands(&TrapId::new("a").unwrap(), 1).await.unwrap().len(), 1);
        assert!(test.storage.open_commands(&TrapId::new("b").unwrap(), 9).await.unwrap().is_empty());
    }

    async fn a_command_is_delivered_the_first_time_and_not_after_its_end(test) {
        for id in ["c-1", "c-2"] {
            let _ = test.storage.add_command(command(id, 10, 100), None, Vec::new()).await.unwrap();
        }
        let end = settled(command("c-2", 10, 100), Some("busy"));
        assert_eq!(test.storage.record(ending(end.clone())).await.unwrap(), Write::Done);
        let ids = vec![CommandId::new("c-1").unwrap(), CommandId::new("c-2").unwrap()];
        test.storage.mark_delivered(ids.clone(), at(20)).await.unwrap();
        test.storage.mark_delivered(ids.clone(), at(30)).await.unwrap();
        let first = test.storage.command(&ids[0]).await.unwrap().unwrap();
        assert_eq!(first.progress, Progress::Delivered { at: at(20) });
        assert_eq!(test.storage.command(&ids[1]).await.unwrap(), Some(end));
    }

    async fn a_command_ends_once(test) {
        let asked = command("c-1", 10, 100);
        let _ = test.storage.add_command(asked.clone(), None, Vec::new()).await.unwrap();
        let first = settled(asked.clone(), Some("jammed"));
        assert_eq!(test.storage.record(ending(first.clone())).await.unwrap(), Write::Done);
        assert_eq!(test.storage.record(ending(settled(asked, None))).await.unwrap(), Write::Conflict);
        assert_eq!(test.storage.command(&first.id).await.unwrap(), Some(first));
    }

    async fn overdue_commands_are_open_ones_whose_time_is_over(test) {
        for (id, expires) in [("c-1", 50), ("c-2", 40), ("c-3", 60), ("c-4", 30)] {
            let _ = test.storage.add_command(command(id, 10, expires), None, Vec::new()).await.unwrap();
        }
        let done = settled(command("c-4", 10, 30), None);
        assert_eq!(test.storage.record(ending(done)).await.unwrap(), Write::Done);
        let overdue = test.storage.overdue_commands(at(50), 9).await.unwrap();
        assert_eq!(overdue, [command("c-2", 10, 40), command("c-1", 10, 50)]);
        assert_eq!(test.storage.overdue_commands(at(50), 1).await.unwrap().len(), 1);
    }
}
