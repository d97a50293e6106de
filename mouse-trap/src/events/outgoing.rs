//! Announcements of the domain as events on the bus.

use crate::domain::announcement::{Announcement, News};
use crate::domain::catch::{Capture, Voiding};
use crate::domain::command::{Settlement, TrapCommand};
use crate::domain::position::Position;
use crate::domain::site::Jurisdiction;
use crate::domain::trap::Trap;
use chrono::{DateTime, Utc};
use shared_events::events::mouse_trap::{
    CaptureVoided, CommandSettled, RodentCaught, TrapRegistered, TrapStateChanged,
};
use shared_events::events::{self, TrapState};
use shared_events::{EventStamp, OutgoingEvent};

/// The events of a batch of announcements, in their order.
#[must_use]
pub fn outgoing_all(
    announcements: &[Announcement],
    traceparent: Option<&str>,
) -> Vec<OutgoingEvent> {
    announcements
        .iter()
        .map(|announcement| outgoing(announcement, traceparent))
        .collect()
}

/// The event of an announcement. `traceparent` is the trace that caused it.
#[must_use]
pub fn outgoing(announcement: &Announcement, traceparent: Option<&str>) -> OutgoingEvent {
    let at = announcement.recorded_at;
    let stamp = EventStamp::new(at)
        .with_sequence(announcement.sequence)
        .with_traceparent(traceparent.map(str::to_owned));
    match &announcement.news {
        News::TrapRegistered(trap) => OutgoingEvent::new(&trap_registered(trap), stamp),
        News::TrapStateChanged {
            trap,
            state,
            at: changed_at,
        } => OutgoingEvent::new(&state_changed(trap, *state, *changed_at, at), stamp),
        News::RodentCaught(capture) => OutgoingEvent::new(&rodent_caught(capture), stamp),
        News::CaptureVoided(capture, voiding) => {
            OutgoingEvent::new(&capture_voided(capture, voiding), stamp)
        }
        News::CommandSettled {
            command,
            settlement,
            jurisdiction,
        } => OutgoingEvent::new(&command_settled(command, settlement, jurisdiction), stamp),
    }
}

fn position(position: Position) -> events::Position {
    events::Position {
        latitude: position.latitude(),
        longitude: position.longitude(),
    }
}

fn trap_registered(trap: &Trap) -> TrapRegistered {
    TrapRegistered {
        trap: trap.id.clone(),
        site: trap.site.clone(),
        jurisdiction: trap.jurisdiction.to_string(),
        owner: trap.owner.clone(),
        position: Some(position(trap.position)),
        registered_at: trap.registered_at,
    }
}

fn state_changed(
    trap: &Trap,
    state: TrapState,
    changed_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
) -> TrapStateChanged {
    TrapStateChanged {
        trap: trap.id.clone(),
        site: trap.site.clone(),
        jurisdiction: trap.jurisdiction.to_string(),
        owner: trap.owner.clone(),
        state,
        battery_percent: trap.status.battery_percent.map(|charge| charge.value),
        changed_at,
        recorded_at,
    }
}

fn rodent_caught(capture: &Capture) -> RodentCaught {
    let catch = &capture.catch;
    RodentCaught {
        capture: catch.id.clone(),
        trap: catch.trap.clone(),
        site: catch.site.clone(),
        jurisdiction: catch.jurisdiction.to_string(),
        position: Some(position(catch.position)),
        hunter: catch.hunter.clone(),
        kind: capture.kind,
        species: catch.species.as_ref().map(ToString::to_string),
        mass_grams: catch.mass.map(|mass| mass.get()),
        sex: catch.sex,
        caught_at: catch.caught_at,
        recorded_at: catch.recorded_at,
        confidence: catch.confidence.get(),
    }
}

fn capture_voided(capture: &Capture, voiding: &Voiding) -> CaptureVoided {
    let catch = &capture.catch;
    CaptureVoided {
        capture: catch.id.clone(),
        trap: catch.trap.clone(),
        jurisdiction: catch.jurisdiction.to_string(),
        hunter: catch.hunter.clone(),
        reason: voiding.reason.to_string(),
        voided_at: voiding.at,
    }
}

fn command_settled(
    command: &TrapCommand,
    settlement: &Settlement,
    jurisdiction: &Jurisdiction,
) -> CommandSettled {
    CommandSettled {
        command: command.id.clone(),
        trap: command.trap.clone(),
        jurisdiction: jurisdiction.to_string(),
        cat: command.asked_by.clone(),
        action: command.action,
        outcome: settlement.outcome,
        detail: settlement.detail.as_ref().map(ToString::to_string),
        settled_at: settlement.at,
    }
}
