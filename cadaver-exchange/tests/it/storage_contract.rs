//! One contract, every case on every database.

use crate::backends::{self, Backend, TestDatabase, carried_out, fill};
use cadaver_exchange::{
    domain::{Exchange, Market, Moment, canonical::StateHash},
    market_data::candle::{self, Base},
    storage::{Entry, Epoch, SNAPSHOTS_KEPT, Snapshot, StorageError},
};
use shared_events::id::CatId;

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
    candles_follow_the_trades,
    candles_that_fell_behind_catch_up,
    statements_page_backwards_by_cat,
    a_lease_is_taken_by_one,
    a_lease_is_given_back_or_kept_alive,
    a_writer_of_an_earlier_epoch_is_fenced,
    the_mark_of_what_is_published_never_goes_back,
}

mod cases {
    use super::*;

    pub(super) async fn what_is_appended_is_read_in_order(database: &TestDatabase) {
        let storage = &database.storage;
        assert!(storage.entries(0, 10).await.unwrap().is_empty());
        let epoch = backends::take_lease(storage.as_ref()).await;
        storage.append(epoch, Vec::new()).await.unwrap();
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
        let epoch = rival.lease().await.unwrap().epoch;
        let refused = rival.append(epoch, vec![again]).await.unwrap_err();
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
        let epoch = storage.lease().await.unwrap().epoch;
        assert!(storage.append(epoch, vec![again]).await.is_err());
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
        let epoch = backends::take_lease(database.storage.as_ref()).await;
        let appended = database.storage.append(epoch, vec![large.clone()]).await;
        appended.unwrap();
        let told = database.storage.told_after(29_999, 10).await.unwrap();
        assert_eq!(told[0].events.len(), 30_000);
        assert_eq!(
            (told[0].at, &told[0].traceparent),
            (large.at, &large.traceparent)
        );
        assert_eq!(told[0].events[7].data.get(), large.events[7].data.get());
    }

    pub(super) async fn candles_follow_the_trades(database: &TestDatabase) {
        let storage = &database.storage;
        let written = fill(storage.as_ref(), &mut Exchange::default()).await;
        let trades: Vec<_> = written.iter().flat_map(|entry| &entry.trades).collect();
        let all = (Moment::from_millis(0), Moment::from_millis(i64::MAX));
        for base in Base::ALL {
            let expected: Vec<_> = candle::of_trades(trades.iter().copied())
                .into_iter()
                .filter(|((_, of, _), _)| *of == base)
                .map(|(_, candle)| candle)
                .collect();
            assert!(!expected.is_empty());
            let market = Market::ALL[0];
            assert_eq!(storage.candles(market, base, all).await.unwrap(), expected);
            let first = (expected[0].start, expected[0].start.plus_millis(1));
            assert_eq!(
                storage.candles(market, base, first).await.unwrap(),
                expected[..1]
            );
        }
        let nothing = storage.candles(Market::ALL[5], Base::Hour, all).await;
        assert!(nothing.unwrap().is_empty());
    }

    /// A crash between the journal and the candles, or a journal from before there were any.
    pub(super) async fn candles_that_fell_behind_catch_up(database: &TestDatabase) {
        let mut exchange = Exchange::default();
        fill(database.storage.as_ref(), &mut exchange).await;
        let all = (Moment::from_millis(0), Moment::from_millis(i64::MAX));
        let expected = database.storage.candles(Market::ALL[0], Base::Minute, all);
        let expected = expected.await.unwrap();
        assert!(!expected.is_empty());
        let last = expected[expected.len() - 1].start.millis();
        for lost in [
            bson::doc! {},
            bson::doc! { "$or": [{ "_id": "through" }, { "start_ms": last }] },
        ] {
            database.forget_candles(lost).await;
            let storage = database.reopen().await;
            let candles = storage.candles(Market::ALL[0], Base::Minute, all).await;
            assert_eq!(candles.unwrap(), expected);
        }
    }

    pub(super) async fn statements_page_backwards_by_cat(database: &TestDatabase) {
        let storage = &database.storage;
        let written = fill(storage.as_ref(), &mut Exchange::default()).await;
        let kitty = CatId::new("kitty").unwrap();
        let all = storage
            .statement(kitty.clone(), u64::MAX, 1_000)
            .await
            .unwrap();
        assert_eq!(all.len(), written.len());
        let last = written.last().unwrap();
        assert_eq!((all[0].position, all[0].at), (last.position, last.at));
        assert_eq!(all[0].line, last.lines[0]);
        let page = storage
            .statement(kitty, all[1].line.number, 2)
            .await
            .unwrap();
        assert_eq!(page, all[2..4]);
        let tom = CatId::new("tom").unwrap();
        assert!(
            storage
                .statement(tom, u64::MAX, 10)
                .await
                .unwrap()
                .is_empty()
        );
    }

    pub(super) async fn a_lease_is_taken_by_one(database: &TestDatabase) {
        let (storage, rival) = (&database.storage, database.reopen().await);
        let seen = storage.lease().await.unwrap();
        assert!(seen.is_free && seen.epoch == Epoch(0));
        let both = tokio::join!(
            storage.take_lease(seen.clone(), "one".to_owned()),
            rival.take_lease(seen.clone(), "other".to_owned()),
        );
        let both = [both.0.unwrap(), both.1.unwrap()];
        assert_eq!(both.iter().flatten().collect::<Vec<_>>(), [&Epoch(1)]);
        assert_eq!(
            rival.take_lease(seen, "late".to_owned()).await.unwrap(),
            None
        );
        let lease = rival.lease().await.unwrap();
        assert!(!lease.is_free && ["one", "other"].contains(&lease.holder.as_str()));
    }

    pub(super) async fn a_lease_is_given_back_or_kept_alive(database: &TestDatabase) {
        let (storage, rival) = (&database.storage, database.reopen().await);
        let epoch = backends::take_lease(storage.as_ref()).await;
        let before = rival.lease().await.unwrap();
        storage.renew_lease(epoch).await.unwrap();
        let after = rival.lease().await.unwrap();
        assert_ne!(before, after, "a beat is seen");
        let taken = rival.take_lease(before, "late".to_owned()).await;
        assert_eq!(taken.unwrap(), None, "it was seen before the beat");
        storage.release_lease(epoch).await.unwrap();
        let free = rival.lease().await.unwrap();
        assert!(free.is_free);
        let next = rival.take_lease(free, "next".to_owned()).await.unwrap();
        assert_eq!(next, Some(Epoch(epoch.0 + 1)));
        for late in [
            storage.renew_lease(epoch).await,
            storage.release_lease(epoch).await,
        ] {
            assert!(matches!(late, Err(StorageError::Fenced { .. })), "{late:?}");
        }
    }

    pub(super) async fn a_writer_of_an_earlier_epoch_is_fenced(database: &TestDatabase) {
        let (storage, rival) = (&database.storage, database.reopen().await);
        let epoch = backends::take_lease(storage.as_ref()).await;
        let mut entries = carried_out(&mut Exchange::default());
        let late = entries.split_off(5);
        storage.append(epoch, entries.clone()).await.unwrap();
        let next = backends::take_lease(rival.as_ref()).await;
        let first = Entry {
            source: None,
            ..late[0].clone()
        };
        rival.append(next, vec![first]).await.unwrap();
        let refused = storage.append(epoch, late).await.unwrap_err();
        assert!(
            matches!(refused, StorageError::Fenced { current, .. } if current == next),
            "{refused}"
        );
        assert_eq!(
            rival.entries(0, usize::MAX).await.unwrap().len(),
            entries.len() + 1
        );
    }

    pub(super) async fn the_mark_of_what_is_published_never_goes_back(database: &TestDatabase) {
        let storage = &database.storage;
        storage.set_published(7).await.unwrap();
        storage.set_published(5).await.unwrap();
        assert_eq!(storage.published().await.unwrap(), 7);
        storage.set_published(12).await.unwrap();
        assert_eq!(storage.published().await.unwrap(), 12);
    }
}
