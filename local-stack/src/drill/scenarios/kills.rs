//! A process is gone at once, in the middle of whatever it does.

use super::trial::{Notes, Played, Trial};
use chrono::Utc;

/// One part is killed; the runner starts it again.
pub(super) async fn part(trial: &mut Trial<'_>, part: &str) -> anyhow::Result<Played> {
    let (scratch, load) = (&mut *trial.scratch, trial.load);
    let mut notes = Notes::begin(trial.screen);
    let pid = scratch.kill(part)?;
    notes.note(format!("{part} (process {pid}) was killed"));
    scratch.wait_for_another(part, pid).await?;
    notes.note(format!("{part} was started again"));
    scratch.wait_until_ready().await?;
    let acknowledged = load.wait_for_another().await?;
    notes.note("everything is ready, and catches are taken");
    Ok(notes.recovered(acknowledged.max(Utc::now())))
}

/// The runner is killed; its children see that and end, and somebody starts it again.
pub(super) async fn runner(trial: &mut Trial<'_>) -> anyhow::Result<Played> {
    let (scratch, load) = (&mut *trial.scratch, trial.load);
    let mut notes = Notes::begin(trial.screen);
    scratch.kill_runner().await;
    notes.note("catweb up was killed, and everything stops with it");
    scratch.start().await?;
    let acknowledged = load.wait_for_another().await?;
    notes.note("catweb up was started again, and catches are taken");
    Ok(notes.recovered(acknowledged))
}
