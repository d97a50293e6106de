//! One contract, every case on every database.

use crate::backends::{self, Backend, TestDatabase, carried_out, fill};
use cadaver_exchange::{
    domain::{Exchange, Market, Moment, canonical::StateHash},
    storage::{Entry, SNAPSHOTS_KEPT, Snapshot, StorageError},
};

/// The list of cases is the list of tests: each runs on all back ends.
macro_rules! contract {
    ($($case:ident,)+) => {$(
        #[tokio::test]
        async fn $case() {
            for backend in Backend::ALL {
                if let Some(database) = backends::open(backend).await {
                    cases::$case(&database).await;
                    database.drop_mongodb().await;
                }
            }
        }
    )+};
}

contract! {
    what_is_appended_is_read_in_order,
    a_position_is_taken_once,
    a_source_is_recorded_once,
    trades_page_backwards_by_market,
    events_wait_until_they_are_published,
    the_newest_snapshots_are_kept_whole,
    the_journal_has_one_name,
    large_entries_and_texts_survive,
}

mod cases {
    use super::*;

    pub(super) async fn what_is_appended_is_read_in_order(database: &TestDatabase) {
        let storage = &database.storage;
        assert!(storage.entries(0, 10).await.unwrap().is_empty());
        storage.append(Vec::new()).await.unwrap();
        let written = fill(storage.as_ref(), &mut Exchange::default()).await;
        let read = database
            .reopen()
            .await
            .entries(0, usize::MAX)
            .await
            .unwrap();
        assert_eq!(read.len(), written.len());
        for (read, written) in read.iter().zip(&written) {
            assert_eq!((read.position, read.at), (written.position, written.at));
            assert_eq!(read.command, written.command);
            assert_eq!(read.events_through, written.events_through());
        }
        let page = storage.entries(3, 2).await.unwrap();
        assert_eq!(
            page.iter().map(|entry| entry.position).collect::<Vec<_>>(),
            [4, 5]
        );
        assert!(
            storage
                .entries(read.len() as u64, 10)
                .await
                .unwrap()
                .is_empty()
        );
    }

    pub(super) async fn a_position_is_taken_once(database: &TestDatabase) {
        let written = fill(database.storage.as_ref(), &mut Exchange::default()).await;
        let last = written.last().unwrap();
        let rival = database.reopen().await;
        let again = Entry {
            source: None,
            ..last.clone()
        };
        let refused = rival.append(vec![again]).await.unwrap_err();
        assert!(
            matches!(refused, StorageError::PositionTaken(position) if position == last.position),
            "{refused}"
        );
        assert_eq!(
            database.storage.entries(0, usize::MAX).await.unwrap().len(),
            written.len()
        );
    }

    pub(super) async fn a_source_is_recorded_once(database: &TestDatabase) {
        let storage = &database.storage;
        let written = fill(storage.as_ref(), &mut Exchange::default()).await;
        let recorded: Vec<String> = written
            .iter()
            .filter_map(|entry| entry.source.clone())
            .collect();
        assert!(recorded.len() > 2);
        let mut asked = recorded.clone();
        asked.push("never-heard-of".to_owned());
        assert_eq!(
            storage.known_sources(asked).await.unwrap(),
            recorded.iter().cloned().collect()
        );
        assert!(storage.known_sources(Vec::new()).await.unwrap().is_empty());
        let position = written.len() as u64 + 1;
        let again = Entry {
            position,
            source: Some(recorded[0].clone()),
            ..written[0].clone()
        };
        assert!(storage.append(vec![again]).await.is_err());
    }

    pub(super) async fn trades_page_backwards_by_market(database: &TestDatabase) {
        let storage = &database.storage;
        let written = fill(storage.as_ref(), &mut Exchange::default()).await;
        let mut expected: Vec<_> = written.into_iter().flat_map(|entry| entry.trades).collect();
        expected.reverse();
        let market = Market::ALL[0];
        assert!(expected.len() > 2 && expected.iter().all(|trade| trade.market == market));
        assert_eq!(
            storage.trades(market, u64::MAX, 1_000).await.unwrap(),
            expected
        );
        assert_eq!(
            storage.trades(market, expected[0].number, 1).await.unwrap(),
            expected[1..2]
        );
        assert!(storage.trades(market, 1, 10).await.unwrap().is_empty());
        assert!(
            storage
                .trades(Market::ALL[5], u64::MAX, 10)
                .await
                .unwrap()
                .is_empty()
        );
    }

    pub(super) async fn events_wait_until_they_are_published(database: &TestDatabase) {
        let storage = &database.storage;
        let written = fill(storage.as_ref(), &mut Exchange::default()).await;
        assert_eq!(storage.published().await.unwrap(), 0);
        let journal = storage.journal_id().await.unwrap();
        let told = storage.told_after(0, usize::MAX).await.unwrap();
        let events: Vec<_> = told
            .into_iter()
            .flat_map(|told| told.outgoing(journal))
            .collect();
        let numbers: Vec<u64> = events.iter().map(|(number, _)| *number).collect();
        let all = written.last().unwrap().events_through();
        assert_eq!(numbers, (1..=all).collect::<Vec<_>>());
        let again = storage
            .told_after(0, 1)
            .await
            .unwrap()
            .pop()
            .unwrap()
            .outgoing(journal)
            .next()
            .unwrap();
        assert_eq!(
            again, events[0],
            "a repeated event has the same id and text"
        );

        storage.set_published(all - 1).await.unwrap();
        let storage = database.reopen().await;
        assert_eq!(storage.published().await.unwrap(), all - 1);
        let rest = storage.told_after(all - 1, 10).await.unwrap();
        assert_eq!(rest.len(), 1);
        assert!(storage.told_after(all, 10).await.unwrap().is_empty());
    }

    pub(super) async fn the_newest_snapshots_are_kept_whole(database: &TestDatabase) {
        let storage = &database.storage;
        assert!(storage.snapshot_positions().await.unwrap().is_empty());
        let size = 20 * 1024 * 1024;
        for position in [5_u64, 9, 12] {
            let state: Vec<u8> = (0..size)
                .map(|byte: u64| (byte * position).to_le_bytes()[1])
                .collect();
            let snapshot = Snapshot {
                position,
                hash: StateHash::of(&state),
                state,
            };
            storage.save_snapshot(snapshot.clone()).await.unwrap();
            assert!(
                storage.snapshot(position).await.unwrap() == Some(snapshot),
                "the snapshot comes back whole"
            );
        }
        let positions = database.reopen().await.snapshot_positions().await.unwrap();
        assert_eq!(positions, [12, 9]);
        assert_eq!(positions.len(), SNAPSHOTS_KEPT);
        assert!(storage.snapshot(5).await.unwrap().is_none());
    }

    pub(super) async fn the_journal_has_one_name(database: &TestDatabase) {
        let name = database.storage.journal_id().await.unwrap();
        assert_eq!(database.reopen().await.journal_id().await.unwrap(), name);
    }

    pub(super) async fn large_entries_and_texts_survive(database: &TestDatabase) {
        let mut entries = carried_out(&mut Exchange::default());
        let mut large = entries.remove(0);
        let event = large.events[0].clone();
        large.events = std::iter::repeat_n(event, 30_000).collect();
        large.traceparent =
            Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
        large.at = Moment::from_millis(-1);
        database.storage.append(vec![large.clone()]).await.unwrap();
        let told = database.storage.told_after(29_999, 10).await.unwrap();
        assert_eq!(told[0].events.len(), 30_000);
        assert_eq!(
            (told[0].at, &told[0].traceparent),
            (large.at, &large.traceparent)
        );
        assert_eq!(told[0].events[7].data.get(), large.events[7].data.get());
    }
}
