//! `/v1/traps/{id}/credential`.

use super::traps::TrapBody;
use super::{caller, page, problems};
use crate::domain::credential::{SECRET_BYTES, TrapSecret};
use crate::domain::trap::Trap;
use crate::use_cases::MouseTrap;
use crate::use_cases::renew_credential::renew_credential;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use service_chassis::http::{Caller, Problem};
use std::fmt;
use utoipa::ToSchema;

/// A trap and its new credential.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedBody {
    /// The trap.
    trap: TrapBody,
    /// What the trap sends as `Authorization: Bearer <credential>`. Shown this once, kept only as a hash.
    #[schema(example = "mt_5f2uOYBW4mBb0sV1WZ8sV5n0c3yq8y2Vb0k1o3mGJ2A")]
    credential: String,
}

impl fmt::Debug for IssuedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedBody")
            .field("trap", &self.trap)
            .field("credential", &"***")
            .finish()
    }
}

impl IssuedBody {
    /// Shows the secret to whoever asked for it.
    pub(super) fn new(trap: Trap, secret: &TrapSecret) -> Self {
        Self {
            trap: trap.into(),
            credential: secret.reveal().to_owned(),
        }
    }
}

/// A secret that nobody has.
pub(super) fn fresh_secret() -> TrapSecret {
    TrapSecret::from_random(rand::random::<[u8; SECRET_BYTES]>())
}

/// Give a trap a new credential; the old one is refused from now on.
#[utoipa::path(post, operation_id = "rotateCredential", path = "/v1/traps/{id}/credential", tag = "traps",
    params(("id" = String, Path, example = "barn-7")), security(("cat" = [])), responses(
    (status = 200, body = IssuedBody), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem)))]
pub(crate) async fn rotate(
    app: web::Data<MouseTrap>,
    cat: Caller,
    path: web::Path<String>,
) -> Result<web::Json<IssuedBody>, Problem> {
    let secret = fresh_secret();
    let trap = renew_credential(&app, &caller(&cat), &page::id("id", &path)?, Some(&secret)).await;
    Ok(web::Json(IssuedBody::new(
        trap.map_err(problems::renew_credential)?,
        &secret,
    )))
}

/// Take a trap's credential away: it can report nothing until it gets a new one.
#[utoipa::path(delete, operation_id = "revokeCredential", path = "/v1/traps/{id}/credential", tag = "traps",
    params(("id" = String, Path, example = "barn-7")), security(("cat" = [])), responses(
    (status = 204, description = "It has none now."), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem)))]
pub(crate) async fn revoke(
    app: web::Data<MouseTrap>,
    cat: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let trap = renew_credential(&app, &caller(&cat), &page::id("id", &path)?, None).await;
    trap.map_err(problems::renew_credential)?;
    Ok(HttpResponse::NoContent().finish())
}
