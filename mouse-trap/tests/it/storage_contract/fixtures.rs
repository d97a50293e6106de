//! Things to store.

use chrono::{DateTime, TimeDelta, Utc};
use mouse_trap::domain::announcement::{Announcement, News};
use mouse_trap::domain::catch::{
    Animal, AnimalName, Capture, CatchRecord, Confidence, RodentKind, Sex,
};
use mouse_trap::domain::credential::{SECRET_BYTES, TrapSecret};
use mouse_trap::domain::intake::catch_record;
use mouse_trap::domain::mass::Grams;
use mouse_trap::domain::position::Position;
use mouse_trap::domain::report::{Boot, CatchSeen, RecordedReport, ReportKey, ReportResult};
use mouse_trap::domain::site::{Jurisdiction, Site, SiteName};
use mouse_trap::domain::trap::Trap;
use mouse_trap::events::outgoing::outgoing;
use mouse_trap::storage::{Recording, Storage, TrapChange, Write};
use shared_events::OutgoingEvent;
use shared_events::id::{CatId, SiteId, TrapId};

pub(crate) fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_700_000_000 + second) + TimeDelta::milliseconds(7)
}

pub(crate) fn site(id: &str) -> Site {
    Site {
        id: SiteId::new(id).unwrap(),
        name: SiteName::new("Łódź barn").unwrap(),
        jurisdiction: Jurisdiction::new("CA-QC").unwrap(),
        position: Position::new(46.8139, -71.208).unwrap(),
        registered_at: at(0),
    }
}

pub(crate) fn trap(id: &str, owner: &str) -> Trap {
    let position = Position::new(46.8, -71.2).unwrap();
    let id = TrapId::new(id).unwrap();
    let mut trap = Trap::register(
        id,
        &site("barn"),
        CatId::new(owner).unwrap(),
        Some(position),
        at(1),
    );
    trap.credential = Some(TrapSecret::from_random([9; SECRET_BYTES]).credential(at(2)));
    trap
}

/// Stores the site `barn` and a trap in it.
pub(crate) async fn stored_trap(storage: &dyn Storage, id: &str, owner: &str) -> Trap {
    let _ = storage.register_site(site("barn")).await.unwrap();
    let trap = trap(id, owner);
    assert_eq!(
        storage
            .register_traps(vec![trap.clone()], vec![registered(&trap)])
            .await
            .unwrap(),
        Write::Done
    );
    trap
}

pub(crate) fn registered(trap: &Trap) -> OutgoingEvent {
    let news = News::TrapRegistered(Box::new(trap.clone()));
    outgoing(
        &Announcement {
            sequence: trap.version,
            recorded_at: at(3),
            news,
        },
        None,
    )
}

/// The trap one version later.
pub(crate) fn change(trap: &Trap) -> TrapChange {
    let mut after = trap.clone();
    after.next_version();
    TrapChange {
        expected_version: trap.version,
        trap: after,
    }
}

pub(crate) fn key(counter: u64) -> ReportKey {
    ReportKey {
        boot: Boot::new("b-1").unwrap(),
        counter,
    }
}

pub(crate) fn catch(trap: &Trap, counter: u64, second: i64) -> CatchRecord {
    let seen = CatchSeen {
        animal: Animal::Rodent(RodentKind::Mouse),
        species: AnimalName::new("Mus musculus").ok(),
        mass: Grams::new(20.25).ok(),
        sex: Some(Sex::Female),
        confidence: Confidence::new(0.5).unwrap(),
    };
    catch_record(trap, &key(counter), at(second), &seen, at(second + 1))
}

pub(crate) fn mouse(trap: &Trap, counter: u64, second: i64) -> Capture {
    Capture {
        kind: RodentKind::Mouse,
        catch: catch(trap, counter, second),
        voided: None,
    }
}

/// What a batch with one mouse for each counter changes; the catches are made at the second of their counter.
pub(crate) fn recording(trap: &Trap, counters: &[u64]) -> Recording {
    let capture = |counter: &u64| mouse(trap, *counter, i64::try_from(*counter).unwrap());
    let captures: Vec<_> = counters.iter().map(capture).collect();
    let report = |(counter, capture): (&u64, &Capture)| {
        let result = ReportResult::Capture(capture.catch.id.clone());
        (
            trap.id.clone(),
            RecordedReport {
                key: key(*counter),
                at: capture.catch.caught_at,
                result,
            },
        )
    };
    let caught = |capture: &Capture| {
        let news = News::RodentCaught(Box::new(capture.clone()));
        outgoing(
            &Announcement {
                sequence: trap.version + 1,
                recorded_at: at(3),
                news,
            },
            None,
        )
    };
    Recording {
        traps: vec![change(trap)],
        reports: counters.iter().zip(&captures).map(report).collect(),
        events: captures.iter().map(caught).collect(),
        captures,
        ..Recording::default()
    }
}
