//! Record a batch of a trap's reports: each once, however often and late it comes, and all of the batch in one write.

use super::{MOST_ATTEMPTS, MouseTrap};
use crate::domain::intake::{Intake, ReportOutcome, take_in};
use crate::domain::report::Report;
use crate::domain::trap::{AuthenticateTrapError, Trap};
use crate::storage::{Recording, StorageError, TrapChange, Write};
use shared_events::id::TrapId;
use thiserror::Error;

/// A trap has at most this many commands open; more are refused.
pub const MOST_OPEN_COMMANDS: u32 = 100;

/// Why reports were not recorded: none of the batch was.
#[derive(Debug, Error)]
pub enum RecordReportsError {
    /// There is no such trap.
    #[error("there is no trap {0}")]
    UnknownTrap(TrapId),
    /// Whoever sent it is not the trap.
    #[error(transparent)]
    NotTheTrap(#[from] AuthenticateTrapError),
    /// Other writes kept coming first.
    #[error("the trap {0} is too busy")]
    Contended(TrapId),
    /// The database did not serve.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Records reports that `secret` vouches for; answers what became of each, in their order.
pub async fn record_reports(
    app: &MouseTrap,
    id: &TrapId,
    secret: &str,
    reports: &[Report],
) -> Result<Vec<ReportOutcome>, RecordReportsError> {
    for _ in 0..MOST_ATTEMPTS {
        let trap = authenticated_trap(app, id, secret).await?;
        let keys = reports.iter().map(|report| report.key.clone()).collect();
        let known = app.storage.known_reports(id, keys).await?;
        let open = app.storage.open_commands(id, MOST_OPEN_COMMANDS).await?;
        let expected_version = trap.version;
        let intake = take_in(trap, known, open, reports.to_vec(), app.clock.now());
        let outcomes = intake.outcomes.clone();
        if app
            .storage
            .record(recording(app, intake, expected_version))
            .await?
            == Write::Done
        {
            app.counts.count_reports(&outcomes);
            app.relay.notify_one();
            return Ok(outcomes);
        }
    }
    Err(RecordReportsError::Contended(id.clone()))
}

/// The trap, when `secret` is its own.
pub async fn authenticated_trap(
    app: &MouseTrap,
    id: &TrapId,
    secret: &str,
) -> Result<Trap, RecordReportsError> {
    let Some(trap) = app.storage.trap(id).await? else {
        return Err(RecordReportsError::UnknownTrap(id.clone()));
    };
    trap.authenticate(secret)?;
    Ok(trap)
}

fn recording(app: &MouseTrap, intake: Intake, expected_version: u64) -> Recording {
    let mut trap = intake.trap;
    if trap.version == expected_version {
        trap.next_version();
    }
    let id = trap.id.clone();
    Recording {
        traps: vec![TrapChange {
            expected_version,
            trap,
        }],
        reports: intake
            .recorded
            .into_iter()
            .map(|report| (id.clone(), report))
            .collect(),
        captures: intake.captures,
        bycatch: intake.bycatch,
        settled: intake.settled,
        import_rows: Vec::new(),
        events: app.events(&intake.announcements),
    }
}
