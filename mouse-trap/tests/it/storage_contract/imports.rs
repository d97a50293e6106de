//! Lines of imports.

use super::contract;
use mouse_trap::domain::portal::outcome::Outcome;
use mouse_trap::storage::{ImportedRow, Recording, Write};
use shared_events::id::CaptureId;
use std::collections::HashMap;

fn row(import: &str, number: u32, outcome: Outcome) -> ImportedRow {
    ImportedRow {
        import: import.into(),
        number,
        record_id: format!("r{number}"),
        outcome,
        reason: (outcome == Outcome::Refused).then(|| "because".into()),
        catch: (outcome == Outcome::Rat).then(|| CaptureId::new("c").unwrap()),
    }
}

fn rows(rows: &[ImportedRow]) -> Recording {
    Recording {
        import_rows: rows.to_vec(),
        ..Recording::default()
    }
}

contract! {
    async fn lines_come_back_in_order_and_by_outcome(test) {
        let all = [row("p", 3, Outcome::Rat), row("p", 1, Outcome::Refused), row("p", 2, Outcome::Rat), row("q", 1, Outcome::Nothing)];
        assert_eq!(test.storage.record(rows(&all)).await.unwrap(), Write::Done);
        let [third, first, second, _] = all;
        let listed = test.storage.import_rows("p", None, 0, 9).await.unwrap();
        assert_eq!(listed, [first.clone(), second.clone(), third.clone()]);
        assert_eq!(test.storage.import_rows("p", Some(Outcome::Rat), 2, 9).await.unwrap(), [third]);
        assert_eq!(test.storage.import_rows("p", None, 0, 1).await.unwrap(), [first]);
        assert_eq!(test.storage.import_rows_between("p", 2, 2).await.unwrap(), [second]);
        let counts = HashMap::from([(Outcome::Rat, 2), (Outcome::Refused, 1)]);
        assert_eq!(test.storage.import_counts("p").await.unwrap(), counts);
        assert!(test.storage.import_counts("nothing").await.unwrap().is_empty());
    }

    async fn a_known_line_refuses_the_recording(test) {
        assert_eq!(test.storage.record(rows(&[row("p", 1, Outcome::Rat)])).await.unwrap(), Write::Done);
        let again = [row("p", 2, Outcome::Rat), row("p", 1, Outcome::Nothing)];
        assert_eq!(test.storage.record(rows(&again)).await.unwrap(), Write::Conflict);
        assert_eq!(test.storage.import_rows("p", None, 0, 9).await.unwrap(), [row("p", 1, Outcome::Rat)]);
    }
}
