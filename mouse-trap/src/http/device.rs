//! The secret that a trap shows: `Authorization: Bearer <secret>`.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use service_chassis::http::Problem;
use service_chassis::secret::Secret;
use std::future::{Ready, ready};

/// The longest secret that is looked at, in bytes.
const LONGEST_SECRET: usize = 256;

/// As an argument of a handler it makes the request need a secret; whose it is, the use case checks.
#[derive(Clone, Debug)]
pub(super) struct DeviceSecret(pub(super) Secret);

impl FromRequest for DeviceSecret {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let secret = header
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, secret)| {
                scheme.eq_ignore_ascii_case("bearer") && secret.len() <= LONGEST_SECRET
            })
            .map(|(_, secret)| Self(Secret::new(secret.trim())));
        ready(secret.ok_or_else(|| {
            Problem::unauthorized("send the trap's credential: Authorization: Bearer <secret>")
        }))
    }
}
