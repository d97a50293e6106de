//! Hand a trap the commands that wait for it.

use super::MouseTrap;
use super::record_reports::{MOST_OPEN_COMMANDS, RecordReportsError, authenticated_trap};
use crate::domain::command::TrapCommand;
use shared_events::id::TrapId;

/// The open commands of the trap that `secret` vouches for, oldest first. Fetching them delivers them; until they are settled
/// they are handed out again.
pub async fn fetch_commands(
    app: &MouseTrap,
    id: &TrapId,
    secret: &str,
) -> Result<Vec<TrapCommand>, RecordReportsError> {
    authenticated_trap(app, id, secret).await?;
    let now = app.clock.now();
    let mut commands = app.storage.open_commands(id, MOST_OPEN_COMMANDS).await?;
    commands.retain(|command| now < command.expires_at);
    for command in &mut commands {
        command.deliver(now);
    }
    let ids: Vec<_> = commands.iter().map(|command| command.id.clone()).collect();
    if !ids.is_empty() {
        app.storage.mark_delivered(ids, now).await?;
    }
    Ok(commands)
}
