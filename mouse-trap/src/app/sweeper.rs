//! The work that nobody asks for: ending overdue commands, marking silent traps.

use crate::config::TrapSettings;
use crate::storage::StorageError;
use crate::use_cases::MouseTrap;
use crate::use_cases::expire_commands::expire_commands;
use crate::use_cases::mark_silent_traps::mark_silent_traps;
use service_chassis::running::RunError;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Sweeps until `stop`. A database that does not serve is waited for.
pub(super) async fn sweep(
    app: MouseTrap,
    settings: TrapSettings,
    stop: CancellationToken,
) -> Result<(), RunError> {
    let mut ticks = tokio::time::interval(settings.sweep_interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! { _ = ticks.tick() => {}, () = stop.cancelled() => return Ok(()) }
        if let Err(error) = sweep_once(&app, settings).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "silent traps and overdue commands wait for the next sweep"
            );
        }
    }
}

async fn sweep_once(app: &MouseTrap, settings: TrapSettings) -> Result<(), StorageError> {
    let expired = expire_commands(app).await?;
    let silent = mark_silent_traps(app, settings.silence()).await?;
    if expired + silent > 0 {
        tracing::info!(expired, silent, "commands expired and traps fell silent");
    }
    Ok(())
}
