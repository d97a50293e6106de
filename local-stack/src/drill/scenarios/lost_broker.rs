//! The broker and all that it holds are gone.

use super::restoring;
use super::trial::{Notes, Played, Trial};

pub(super) async fn play(trial: &mut Trial<'_>) -> anyhow::Result<Played> {
    let mut notes = Notes::begin(trial.screen);
    std::fs::remove_dir_all(trial.scratch.data().join("broker"))?;
    trial.scratch.kill("broker")?;
    notes.note("the broker's folder was deleted and the broker killed");
    restoring::restore(trial, notes, false).await
}
