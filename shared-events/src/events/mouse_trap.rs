//! What mouse-trap tells the world. Hunting data: only the owner and the royal court may see it.

use super::{Position, RodentKind, Sex, TrapState};
use crate::id::{CaptureId, CatId, CommandId, SiteId, TrapId};
use crate::timestamp;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A trap was put under control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrapRegistered {
    /// The trap.
    pub trap: TrapId,
    /// Where it stands.
    pub site: SiteId,
    /// Where its data may live.
    pub jurisdiction: String,
    /// The cat that hunts with it.
    pub owner: CatId,
    /// Its position, when known.
    pub position: Option<Position>,
    /// When it was registered.
    #[serde(with = "timestamp")]
    pub registered_at: DateTime<Utc>,
}

/// A trap's condition changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrapStateChanged {
    /// The trap.
    pub trap: TrapId,
    /// Where it stands.
    pub site: SiteId,
    /// Where its data may live.
    pub jurisdiction: String,
    /// The cat that hunts with it.
    pub owner: CatId,
    /// What it became.
    pub state: TrapState,
    /// Battery charge in per cent, when the device told it.
    pub battery_percent: Option<u8>,
    /// When it happened, by the device's clock.
    #[serde(with = "timestamp")]
    pub changed_at: DateTime<Utc>,
    /// When mouse-trap learned of it.
    #[serde(with = "timestamp")]
    pub recorded_at: DateTime<Utc>,
}

/// A mouse or a rat was caught. Announced once for each capture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RodentCaught {
    /// The capture; the lot on the exchange has the same id.
    pub capture: CaptureId,
    /// The trap that caught it.
    pub trap: TrapId,
    /// Where the trap stands.
    pub site: SiteId,
    /// Where its data may live.
    pub jurisdiction: String,
    /// The trap's position, when known.
    pub position: Option<Position>,
    /// The cat that owns the catch.
    pub hunter: CatId,
    /// Mouse or rat.
    pub kind: RodentKind,
    /// Scientific name, when known.
    pub species: Option<String>,
    /// Mass in grams, when known.
    pub mass_grams: Option<f64>,
    /// Sex, when known.
    pub sex: Option<Sex>,
    /// When it was caught, by the device's clock.
    #[serde(with = "timestamp")]
    pub caught_at: DateTime<Utc>,
    /// When mouse-trap stored it.
    #[serde(with = "timestamp")]
    pub recorded_at: DateTime<Utc>,
    /// How sure the trap is that it caught what it says, 0 to 1.
    pub confidence: f64,
}

/// A capture turned out to be none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CaptureVoided {
    /// The capture.
    pub capture: CaptureId,
    /// The trap that reported it.
    pub trap: TrapId,
    /// Where its data may live.
    pub jurisdiction: String,
    /// The cat that owned the catch.
    pub hunter: CatId,
    /// Why, in words.
    pub reason: String,
    /// When it was voided.
    #[serde(with = "timestamp")]
    pub voided_at: DateTime<Utc>,
}

/// What a trap was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrapAction {
    /// Set itself.
    Arm,
    /// Make itself safe.
    Disarm,
    /// Make itself heard and seen.
    Locate,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CommandOutcome {
    /// The device did it and said so.
    Done,
    /// The device, or mouse-trap on its behalf, refused.
    Refused,
    /// Its time ran out before the device answered.
    Expired,
}

/// A command to a trap came to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CommandSettled {
    /// The command.
    pub command: CommandId,
    /// The trap that it was for.
    pub trap: TrapId,
    /// Where the trap's data may live.
    pub jurisdiction: String,
    /// The cat that asked.
    pub cat: CatId,
    /// What was asked.
    pub action: TrapAction,
    /// How it ended.
    pub outcome: CommandOutcome,
    /// More about it, for people.
    pub detail: Option<String>,
    /// When it ended.
    #[serde(with = "timestamp")]
    pub settled_at: DateTime<Utc>,
}
