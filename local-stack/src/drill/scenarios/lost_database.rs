//! Somebody deletes a database.

use super::restoring;
use super::trial::{Notes, Played, Trial};

const DATABASE: &str = "mouse-trap.db";

pub(super) async fn play(trial: &mut Trial<'_>) -> anyhow::Result<Played> {
    let mut notes = Notes::begin(trial.screen);
    let data = trial.scratch.data();
    for companion in ["", "-wal", "-shm"] {
        std::fs::remove_file(data.join(format!("{DATABASE}{companion}")))?;
    }
    trial.scratch.kill("mouse-trap")?;
    notes.note(format!("{DATABASE} was deleted and mouse-trap killed"));
    restoring::restore(trial, notes, false).await
}
