//! The HTTP API: one table of routes, one thin file per resource.

mod account;
mod ledger;
mod lots;
mod markets;
mod orders;
mod outage;
mod paging;
mod state_hash;
mod trades;

use crate::{engine::EngineHandle, storage::Storage};
use actix_web::web::{self, ServiceConfig};
use service_chassis::access_token::AccessTokens;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// What the handlers share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The way to the engine.
    pub engine: web::Data<EngineHandle>,
    /// The journal, for what lies further back than the state.
    pub storage: web::Data<dyn Storage>,
    /// Who asks.
    pub tokens: web::Data<AccessTokens>,
}

/// All routes of this service.
pub fn routes(config: &mut ServiceConfig, shared: &Shared) {
    config
        .app_data(shared.engine.clone())
        .app_data(shared.storage.clone())
        .app_data(shared.tokens.clone())
        .route("/v1/markets", web::get().to(markets::list))
        .route("/v1/markets/{market}", web::get().to(markets::get))
        .route("/v1/markets/{market}/book", web::get().to(markets::book))
        .route("/v1/markets/{market}/trades", web::get().to(trades::list))
        .route("/v1/lots/{lot}", web::get().to(lots::get))
        .route("/v1/orders", web::post().to(orders::place))
        .route("/v1/orders", web::get().to(orders::list))
        .route("/v1/orders/{order}", web::get().to(orders::get))
        .route("/v1/orders/{order}", web::delete().to(orders::cancel))
        .route("/v1/account", web::get().to(account::get))
        .route(
            "/v1/ledger/balance-report",
            web::get().to(ledger::balance_report),
        )
        .route("/v1/state-hash", web::get().to(state_hash::get));
}

/// The description of the API.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(title = "cadaver-exchange", description = "The market in rat and mouse cadavers. Prices are whole kibbles per lot; a lot is one cadaver."),
    paths(
        markets::list,
        markets::get,
        markets::book,
        trades::list,
        lots::get,
        orders::place,
        orders::list,
        orders::get,
        orders::cancel,
        account::get,
        ledger::balance_report,
        state_hash::get,
    ),
    modifiers(&AccessToken),
    tags(
        (name = "market", description = "Public: needs no token"),
        (name = "own", description = "One's own: needs an access token of cat-node (POST /token)"),
        (name = "proof", description = "Public evidence that the books are right"),
    )
)]
struct Api;

struct AccessToken;

impl Modify for AccessToken {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("access_token", SecurityScheme::Http(scheme));
    }
}
