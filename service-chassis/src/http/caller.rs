//! Who asks: a cat that showed its access token.

use super::Problem;
use crate::access_token::{AccessTokenError, AccessTokens, Claims};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use shared_events::id::CatId;
use std::future::{Ready, ready};

/// The role of those who may see and steer everything.
const ROYAL_COURT: &str = "royal-court";

/// The cat behind a request. As an argument of a handler it makes the request need a good access token,
/// checked against the [`AccessTokens`] in the application's data.
#[derive(Debug, Clone)]
pub struct Caller(pub Claims);

impl Caller {
    /// The cat.
    #[must_use]
    pub fn cat(&self) -> &CatId {
        &self.0.sub
    }

    /// Whether the cat may see and steer everything.
    #[must_use]
    pub fn is_royal_court(&self) -> bool {
        self.has_role(ROYAL_COURT)
    }

    /// Whether the cat has a role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.0.roles.iter().any(|own| own == role)
    }

    /// Refuses those who are not of the royal court.
    ///
    /// # Errors
    /// The refusal.
    pub fn require_royal_court(&self) -> Result<(), Problem> {
        if self.is_royal_court() {
            return Ok(());
        }
        Err(Problem::forbidden("only the role royal-court may do this"))
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(identify(request))
    }
}

fn identify(request: &HttpRequest) -> Result<Caller, Problem> {
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| {
            Problem::unauthorized("send an access token of cat-node: Authorization: Bearer <token>")
        })?;
    let tokens = request
        .app_data::<web::Data<AccessTokens>>()
        .ok_or_else(|| {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "not-configured",
                "this service verifies no access tokens",
            )
        })?;
    tokens
        .verify(token)
        .map(Caller)
        .map_err(|error| match error {
            AccessTokenError::NoKeys => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "no-keys",
                error.to_string(),
            )
            .with_retry_after(1),
            refused => Problem::unauthorized(refused.to_string()),
        })
}
