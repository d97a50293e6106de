//! `POST /token`: a session's token for a short-lived access token of the other services; and the keys that verify it.

use actix_web::http::StatusCode;
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use shared_events::events::cat_node::PublicKey;
use shared_events::id::CatId;

use super::answer::Refusal;
use super::body::Bounds;
use super::parse_endpoint::MaxBodyBytes;
use super::{body, credentials};
use crate::caller::LiveSession;
use crate::domain::error::{ErrorCode, ParseError};
use crate::identity::access_token::Bearer;
use crate::identity::issuer::Issuer;
use crate::node::Node;
use crate::use_cases::Failure;
use crate::use_cases::authenticate::authenticate;

/// A signed access token.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokenAnswer {
    pub access_token: String,
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// In seconds.
    #[schema(example = 900)]
    pub expires_in: i64,
}

/// The keys that verify access tokens (RFC 7517).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeySet {
    pub keys: Vec<PublicKey>,
}

pub fn mount(
    config: &mut ServiceConfig,
    node: &web::Data<Node>,
    issuer: &web::Data<Issuer>,
    max_body: MaxBodyBytes,
) {
    let token = web::resource("/token")
        .app_data(node.clone())
        .app_data(issuer.clone())
        .app_data(max_body);
    let keys = web::resource("/.well-known/jwks.json").app_data(issuer.clone());
    config
        .service(token.route(web::post().to(token_for_session)))
        .service(keys.route(web::get().to(key_set)));
}

/// Exchanges the session for an access token.
#[utoipa::path(post, path = "/token", tag = "identity", params(
    ("X-Parse-Application-Id" = String, Header, description = "The application id"),
    ("X-Parse-Session-Token" = String, Header, description = "The token of a session"),
), responses(
    (status = 200, description = "The token", body = TokenAnswer),
    (status = 400, description = "No session, or none that is good (code 209)"),
    (status = 403, description = "An unknown application"),
))]
pub async fn token_for_session(
    http: HttpRequest,
    payload: Payload,
    node: web::Data<Node>,
    issuer: web::Data<Issuer>,
) -> HttpResponse {
    let max_body = http
        .app_data::<MaxBodyBytes>()
        .expect("mount() puts the limit beside the route")
        .0;
    match exchange(&http, payload, &node, &issuer, max_body).await {
        Ok(answer) => HttpResponse::Ok()
            .insert_header(("Cache-Control", "no-store"))
            .json(answer),
        Err(refusal) => {
            let status =
                StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            HttpResponse::build(status).json(refusal.body(false))
        }
    }
}

async fn exchange(
    http: &HttpRequest,
    payload: Payload,
    node: &Node,
    issuer: &Issuer,
    max_body: usize,
) -> Result<TokenAnswer, Refusal> {
    let mut body = body::read(http.headers(), payload, Bounds::of(max_body)).await?;
    let credentials = credentials::read(http.headers(), &mut body, &node.settings)?;
    let ip = http.peer_addr().map(|address| address.ip());
    let caller = authenticate(node, &credentials, ip).await?;
    let needed = || ParseError::new(ErrorCode::INVALID_SESSION_TOKEN, "Session token required.");
    let issued = issuer.issue(bearer(caller.session.as_ref().ok_or_else(needed)?)?);
    let issued = issued.map_err(|error| Failure::Outage {
        attempted: "signing an access token",
        cause: error.into(),
    })?;
    Ok(TokenAnswer {
        access_token: issued.token,
        token_type: "Bearer",
        expires_in: issued.expires_in_s,
    })
}

fn bearer(session: &LiveSession) -> Result<Bearer, ParseError> {
    let not_a_cat = |_| {
        ParseError::new(
            ErrorCode::VALIDATION_ERROR,
            "This user's id cannot stand in an access token.",
        )
    };
    let roles = session
        .grants
        .iter()
        .filter_map(|grant| grant.strip_prefix("role:"));
    Ok(Bearer {
        cat: CatId::new(session.user.id.as_str()).map_err(not_a_cat)?,
        name: session.user.text("username").unwrap_or_default().to_owned(),
        roles: roles.map(str::to_owned).collect(),
        session_id: session.id.as_str().to_owned(),
        session_expires_at: session.expires_at,
    })
}

/// The public keys that are good now.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "identity", responses(
    (status = 200, description = "The keys", body = KeySet),
))]
pub async fn key_set(issuer: web::Data<Issuer>) -> HttpResponse {
    HttpResponse::Ok().json(KeySet {
        keys: issuer.public_keys(),
    })
}
