//! `/v1/traps/{id}/commands`: what a trap shall do.

use super::device::DeviceSecret;
use super::{page, problems};
use crate::domain::command::{TrapAction, TrapCommand};
use crate::use_cases::MouseTrap;
use crate::use_cases::fetch_commands::fetch_commands;
use actix_web::web;
use chrono::{DateTime, Utc};
use serde::Serialize;
use service_chassis::http::Problem;
use shared_events::id::CommandId;
use shared_events::timestamp;
use utoipa::ToSchema;

/// What a trap shall do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommandBody {
    /// Its identifier, for the answer.
    #[schema(example = "cmd-1")]
    id: CommandId,
    /// `arm`, `disarm` or `locate`.
    action: TrapAction,
    /// When it was asked.
    #[serde(with = "timestamp")]
    requested_at: DateTime<Utc>,
    /// When it is no longer worth doing.
    #[serde(with = "timestamp")]
    expires_at: DateTime<Utc>,
}

/// All that a trap shall do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommandsBody {
    /// Oldest request first; at most 100.
    commands: Vec<CommandBody>,
}

impl From<TrapCommand> for CommandBody {
    fn from(command: TrapCommand) -> Self {
        let TrapCommand {
            id,
            action,
            requested_at,
            expires_at,
            ..
        } = command;
        Self {
            id,
            action,
            requested_at,
            expires_at,
        }
    }
}

/// The commands that wait for a trap. It answers with a report of kind `command-answer`; for `arm` and `disarm`, reporting the
/// state does as well. Until then they are handed out again.
#[utoipa::path(get, operation_id = "fetchCommands", path = "/v1/traps/{id}/commands", tag = "devices",
    params(("id" = String, Path, example = "barn-7")), security(("trap" = [])), responses(
    (status = 200, body = CommandsBody), (status = 401, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem)))]
pub(crate) async fn fetch(
    app: web::Data<MouseTrap>,
    secret: DeviceSecret,
    path: web::Path<String>,
) -> Result<web::Json<CommandsBody>, Problem> {
    let commands = fetch_commands(&app, &page::id("id", &path)?, secret.0.expose()).await;
    let commands = commands.map_err(problems::record_reports)?;
    Ok(web::Json(CommandsBody {
        commands: commands.into_iter().map(Into::into).collect(),
    }))
}
