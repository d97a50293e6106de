//! What an operator does when data are gone or cannot be trusted: stop, look, restore, start.

use super::trial::{Notes, Played, Trial};

/// From the disaster, which is over, to the first catch that is taken again.
pub(super) async fn restore(
    trial: &mut Trial<'_>,
    mut notes: Notes<'_>,
    damaged: bool,
) -> anyhow::Result<Played> {
    let scratch = &mut *trial.scratch;
    scratch.stop().await;
    notes.note("stopped what was left of it");
    if damaged {
        let (whole, said) = scratch.check().await?;
        anyhow::ensure!(!whole, "catweb check found nothing wrong: {said}");
        let fault = said.lines().find(|line| !line.ends_with(": whole"));
        notes.note(format!("catweb check: {}", fault.unwrap_or_default()));
    }
    let said = scratch.restore().await?;
    said.lines().for_each(|line| notes.note(line));
    scratch.start().await?;
    let acknowledged = trial.load.wait_for_another().await?;
    notes.note("everything is ready, and catches are taken");
    Ok(notes.recovered(acknowledged))
}
