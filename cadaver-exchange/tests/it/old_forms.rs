//! What earlier versions wrote is read for ever: a journal replays, and a snapshot gives the same state as its journal.

use cadaver_exchange::domain::{Command, Exchange, Moment, canonical::StateHash, event::Output};

const JOURNAL_1: &str = include_str!("../fixtures/journal-form-1.jsonl");
const STATE_1: &[u8] = include_bytes!("../fixtures/state-form-1.bin");

fn replayed() -> Exchange {
    let (mut exchange, mut out) = (Exchange::default(), Output::default());
    for line in JOURNAL_1.lines() {
        let (at, command): (Moment, Command) = serde_json::from_str(line).unwrap();
        let outcome = exchange.execute(at, &command, &mut out);
        assert!(outcome.belongs_in_journal(), "{line}");
    }
    exchange
}

#[test]
fn the_first_journal_and_the_first_snapshot_give_one_state() {
    let restored = Exchange::from_canonical(STATE_1).unwrap();
    assert_eq!(restored.audit(), Ok(()));
    assert_eq!(restored.state_hash(), replayed().state_hash());
}

#[test]
fn a_journal_is_written_as_it_was() {
    for line in JOURNAL_1.lines() {
        let read: (Moment, Command) = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), line);
    }
}

#[test]
fn a_form_of_the_future_is_refused() {
    let mut bytes = replayed().to_canonical();
    assert_eq!(StateHash::of(&bytes), replayed().state_hash());
    bytes[0] = u8::MAX;
    assert!(Exchange::from_canonical(&bytes).is_err());
}
