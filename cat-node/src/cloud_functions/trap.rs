//! `armTrap`, `disarmTrap` and `locateTrap`: commands to mouse-trap, which knows whose trap it is.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use shared_events::events::commands::{ArmTrap, DisarmTrap, LocateTrap};
use shared_events::id::{CommandId, TrapId};
use shared_events::{EventData, EventStamp, OutgoingEvent, timestamp};

use super::params::{Params, refuse};
use super::{Caller, Prepared};
use crate::domain::error::ParseError;

/// How long a command waits for a sleeping trap unless the cat says otherwise.
pub(super) const DEFAULT_LIFETIME_S: u64 = 15 * 60;
/// Longest that a command may wait.
pub(super) const MAX_LIFETIME_S: u64 = 24 * 60 * 60;

/// A command to a trap, whatever it is to do.
pub(super) trait TrapCommand: EventData {
    fn new(request: TrapRequest) -> Self;
}

pub(super) struct TrapRequest {
    command: CommandId,
    caller: Caller,
    trap: TrapId,
    requested_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

macro_rules! trap_commands {
    ($($command:ident),+) => {$(
        impl TrapCommand for $command {
            fn new(request: TrapRequest) -> Self {
                let TrapRequest { command, caller, trap, requested_at, expires_at } = request;
                Self { command, cat: caller.cat, roles: caller.roles, trap, requested_at, expires_at }
            }
        }
    )+};
}

trap_commands!(ArmTrap, DisarmTrap, LocateTrap);

pub(super) fn prepare<C: TrapCommand>(
    mut params: Params,
    caller: Caller,
    command: CommandId,
    stamp: EventStamp,
) -> Result<Prepared, ParseError> {
    let trap =
        TrapId::new(params.text("trapId")?).map_err(|invalid| refuse(invalid.to_string()))?;
    let lifetime_s = params.optional_count("expiresInSeconds", MAX_LIFETIME_S)?;
    params.finish()?;
    let lifetime_s =
        i64::try_from(lifetime_s.unwrap_or(DEFAULT_LIFETIME_S)).expect("at most a day");
    let expires_at = stamp.time + TimeDelta::seconds(lifetime_s);
    let answer = json!({
        "commandId": command.as_str(),
        "trapId": trap.as_str(),
        "expiresAt": {"__type": "Date", "iso": timestamp::to_text(expires_at)},
    });
    let request = TrapRequest {
        command,
        caller,
        trap,
        requested_at: stamp.time,
        expires_at,
    };
    Ok(Prepared {
        event: OutgoingEvent::new(&C::new(request), stamp),
        answer,
    })
}
