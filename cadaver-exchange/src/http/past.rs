//! The state at a position of the journal, as handlers ask for it.

use super::outage;
use crate::{
    domain::Exchange,
    engine::{EngineHandle, NotTrading, PastError, Shadow},
    market_data::Hub,
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web::Data};
use serde::Deserialize;
use service_chassis::http::Problem;
use std::{
    future::{Ready, ready},
    sync::Arc,
};
use utoipa::IntoParams;

/// At which position.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct At {
    /// A position of the journal; the last one by default.
    #[param(example = 1024)]
    position: Option<u64>,
}

/// What tells of the past.
pub(super) struct Past {
    shadow: Arc<Shadow>,
    hub: Arc<Hub>,
    is_trading: bool,
}

impl Past {
    pub(super) async fn look<T, F>(&self, at: &At, look: F) -> Result<(u64, T), Problem>
    where
        T: Send + 'static,
        F: FnOnce(&Exchange) -> T + Send + 'static,
    {
        if !self.is_trading {
            return Err(outage::stopped(NotTrading::StandBy));
        }
        let position = at.position.unwrap_or_else(|| self.hub.position());
        let seen = self.shadow.at(position, look).await;
        seen.map(|seen| (position, seen))
            .map_err(|error| problem(&error))
    }
}

fn problem(error: &PastError) -> Problem {
    let detail = error.to_string();
    match error {
        PastError::Ahead(_) => Problem::not_found("unknown-position", detail),
        PastError::TooFar(_) => Problem::unprocessable("position-too-far", detail),
        PastError::Busy => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).with_retry_after(1)
        }
        PastError::Replay(_) | PastError::Failed(_) => Problem::unavailable(error),
    }
}

impl FromRequest for Past {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let shadow = request.app_data::<Data<Shadow>>();
        let hub = request.app_data::<Data<Hub>>();
        let engine = request.app_data::<Data<EngineHandle>>();
        let past = shadow.zip(hub).map(|(shadow, hub)| Self {
            shadow: shadow.clone().into_inner(),
            hub: hub.clone().into_inner(),
            is_trading: engine.is_some_and(|engine| engine.is_trading()),
        });
        let missing = "this service keeps no journal";
        ready(past.ok_or_else(|| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "not-configured", missing)
        }))
    }
}
