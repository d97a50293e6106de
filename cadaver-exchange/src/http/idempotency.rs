//! A key that makes a retry harmless: a command is journaled under it once, for ever.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use service_chassis::http::Problem;
use shared_events::id::{CatId, CommandId};
use std::future::{Ready, ready};

const HEADER: &str = "idempotency-key";

/// The key that the client gave, if it gave one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct IdempotencyKey(pub(super) Option<String>);

impl IdempotencyKey {
    /// The name under which the journal records what this cat asks with the key.
    pub(super) fn source(&self, cat: &CatId) -> Option<String> {
        self.0.as_ref().map(|key| format!("http:{cat}:{key}"))
    }

    /// The key as the name of a request.
    pub(super) fn command(&self) -> Option<CommandId> {
        let key = self.0.as_deref()?;
        Some(CommandId::new(key).expect("a key keeps the rule of identifiers"))
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(HEADER) else {
            return ready(Ok(Self(None)));
        };
        let key = value
            .to_str()
            .ok()
            .filter(|key| shared_events::id::is_valid(key));
        ready(match key {
            Some(key) => Ok(Self(Some(key.to_owned()))),
            None => Err(Problem::bad_request(
                "invalid-idempotency-key",
                "an Idempotency-Key has 1 to 64 characters of A-Z a-z 0-9 . _ -",
            )),
        })
    }
}
