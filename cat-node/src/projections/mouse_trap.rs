//! What mouse-trap's events say about `Trap` and `Capture`. Both are hunting data: the hunter and the royal court only.

use shared_events::events::TrapState;
use shared_events::events::mouse_trap::{
    CaptureVoided, CommandOutcome, CommandSettled, RodentCaught, TrapAction, TrapRegistered,
    TrapStateChanged,
};
use shared_events::id::CatId;

use super::class::{CAPTURE, TRAP};
use super::value::{for_cat, location, pointer};
use super::write::{Facet, ProjectionWrite};
use crate::domain::names::ClassName;
use crate::domain::value::{Fields, ParseValue};

pub(super) fn trap_registered(event: &TrapRegistered, sequence: u64) -> ProjectionWrite {
    let registration = Facet::fixed("registration")
        .set_known("location", event.position.map(location))
        .set("registeredAt", event.registered_at);
    let owner = owner_of_trap(
        &event.owner,
        event.site.as_str(),
        &event.jurisdiction,
        sequence,
    );
    ProjectionWrite::new(TRAP, event.trap.as_str(), vec![owner, registration])
}

pub(super) fn trap_state_changed(event: &TrapStateChanged, sequence: u64) -> ProjectionWrite {
    let mut facets = vec![
        owner_of_trap(
            &event.owner,
            event.site.as_str(),
            &event.jurisdiction,
            sequence,
        ),
        condition_of_trap(event, sequence),
    ];
    if let Some(percent) = event.battery_percent {
        let battery = Facet::numbered("battery", sequence);
        facets.push(battery.set("batteryPercent", f64::from(percent)));
    }
    ProjectionWrite::new(TRAP, event.trap.as_str(), facets)
}

fn owner_of_trap(owner: &CatId, site: &str, jurisdiction: &str, sequence: u64) -> Facet {
    Facet::numbered("owner", sequence)
        .acl(for_cat(owner))
        .set("hunter", pointer(ClassName::USER, owner.as_str()))
        .set("siteId", site)
        .set("jurisdiction", jurisdiction)
}

/// A trap's conditions do not replace one another: a tampered trap may be armed, an armed one offline.
fn condition_of_trap(event: &TrapStateChanged, sequence: u64) -> Facet {
    let at = event.changed_at;
    match event.state {
        TrapState::Armed | TrapState::Sprung | TrapState::Disarmed | TrapState::Retired => {
            Facet::numbered("state", sequence)
                .set("state", event.state.as_str())
                .set("stateChangedAt", at)
        }
        TrapState::Online | TrapState::Offline => Facet::numbered("link", sequence)
            .set("online", event.state == TrapState::Online)
            .set("onlineChangedAt", at),
        TrapState::BatteryLow => {
            Facet::numbered("battery_warning", sequence).set("batteryLowAt", at)
        }
        TrapState::Tampered => Facet::numbered("tampering", sequence).set("tamperedAt", at),
    }
}

pub(super) fn rodent_caught(event: &RodentCaught) -> ProjectionWrite {
    let catch = Facet::fixed("catch")
        .acl(for_cat(&event.hunter))
        .set("trap", pointer(TRAP, event.trap.as_str()))
        .set("siteId", event.site.as_str())
        .set("jurisdiction", event.jurisdiction.as_str())
        .set_known("location", event.position.map(location))
        .set("hunter", pointer(ClassName::USER, event.hunter.as_str()))
        .set("kind", event.kind.as_str())
        .set_known("species", event.species.as_deref())
        .set_known("massGrams", event.mass_grams)
        .set_known("sex", event.sex.map(|sex| sex.as_str()))
        .set("caughtAt", event.caught_at)
        .set("recordedAt", event.recorded_at)
        .set("confidence", event.confidence);
    ProjectionWrite::new(CAPTURE, event.capture.as_str(), vec![catch])
}

pub(super) fn capture_voided(event: &CaptureVoided) -> ProjectionWrite {
    let voiding = Facet::fixed("voiding")
        .set("voidedAt", event.voided_at)
        .set("voidReason", event.reason.as_str());
    ProjectionWrite::new(CAPTURE, event.capture.as_str(), vec![voiding])
}

pub(super) fn command_settled(event: &CommandSettled, sequence: u64) -> ProjectionWrite {
    let mut command = Fields::new();
    command.insert("commandId".to_owned(), event.command.as_str().into());
    command.insert("action".to_owned(), action_word(event.action).into());
    command.insert("outcome".to_owned(), outcome_word(event.outcome).into());
    command.insert("settledAt".to_owned(), event.settled_at.into());
    if let Some(detail) = &event.detail {
        command.insert("detail".to_owned(), detail.as_str().into());
    }
    let facet =
        Facet::numbered("command", sequence).set("lastCommand", ParseValue::Object(command));
    ProjectionWrite::new(TRAP, event.trap.as_str(), vec![facet])
}

fn action_word(action: TrapAction) -> &'static str {
    match action {
        TrapAction::Arm => "arm",
        TrapAction::Disarm => "disarm",
        TrapAction::Locate => "locate",
    }
}

fn outcome_word(outcome: CommandOutcome) -> &'static str {
    match outcome {
        CommandOutcome::Done => "done",
        CommandOutcome::Refused => "refused",
        CommandOutcome::Expired => "expired",
    }
}
