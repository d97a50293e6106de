//! One backup after the other, until it is asked to stop; the last one is made then.

use super::told;
use crate::cli::show;
use crate::recovery::{BackupPace, StatusFile, Vault};
use anyhow::Context as _;
use chrono::Utc;
use service_chassis::shutdown;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// # Errors
/// The last backup failed; those before it are in the log and in the status.
pub(super) async fn follow(
    mut vault: Vault,
    mut status: StatusFile,
    pace: &BackupPace,
) -> anyhow::Result<()> {
    let stop = shutdown::on_signal()?;
    let mut last_base = Instant::now();
    let mut ticks = interval(pace.every());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let stopping = tokio::select! {
            biased;
            () = stop.cancelled() => true,
            _ = ticks.tick() => false,
        };
        let base_is_due = last_base.elapsed() >= pace.base_every() && !stopping;
        let began = Utc::now();
        let working = tokio::task::spawn_blocking(move || {
            let written = match base_is_due {
                true => vault.write_base().map(Some),
                false => vault.write_increment(),
            };
            (vault, written)
        });
        let (back, written) = working.await?;
        vault = back;
        if let Some(said) = status.note(began, &written, stopping) {
            show(&said);
        }
        if let Ok(Some(written)) = &written
            && written.base.is_some()
        {
            last_base = Instant::now();
            show(&told(written));
        }
        if stopping {
            let last = written.map(|_| ());
            return last.context("the last backup before the stop failed");
        }
    }
}
