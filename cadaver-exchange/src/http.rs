//! The HTTP API: one table of routes, one thin file per resource.

mod account;
mod batch;
mod candles;
mod court;
mod feed;
mod idempotency;
mod ledger;
mod listing_policies;
mod lots;
mod markets;
mod order_body;
mod orders;
mod outage;
mod paging;
mod past;
mod quotes;
mod refusal;
mod resting;
mod search;
mod state_hash;
mod statement;
mod trader;
mod trades;

pub use trader::{LimitSettings, Limits};

use crate::{
    engine::{EngineHandle, Shadow},
    feed::Feed,
    market_data::Hub,
    search::LotIndex,
    storage::Storage,
};
use actix_web::web::{self, ServiceConfig, delete, get, patch, post, put, resource};
use service_chassis::{access_token::AccessTokens, clock::Clock};
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
    /// The index of lots.
    pub index: web::Data<dyn LotIndex>,
    /// The state as it was.
    pub shadow: web::Data<Shadow>,
    /// How far the journal has come.
    pub hub: web::Data<Hub>,
    /// Who asks.
    pub tokens: web::Data<AccessTokens>,
    /// How often each cat acts.
    pub limits: web::Data<Limits>,
    /// What time it is.
    pub clock: web::Data<dyn Clock>,
    /// The live feed.
    pub feed: web::Data<Feed>,
}

/// All routes of this service.
pub fn routes(config: &mut ServiceConfig, shared: &Shared) {
    config
        .app_data(shared.engine.clone())
        .app_data(shared.storage.clone())
        .app_data(shared.index.clone())
        .app_data(shared.shadow.clone())
        .app_data(shared.hub.clone())
        .app_data(shared.tokens.clone())
        .app_data(shared.limits.clone())
        .app_data(shared.clock.clone())
        .app_data(shared.feed.clone())
        .service(resource("/v1/markets").route(get().to(markets::list)))
        .service(resource("/v1/markets/{market}").route(get().to(markets::get)))
        .service(resource("/v1/markets/{market}/book").route(get().to(markets::book)))
        .service(resource("/v1/markets/{market}/top").route(get().to(resting::top)))
        .service(resource("/v1/markets/{market}/orders").route(get().to(resting::orders)))
        .service(resource("/v1/markets/{market}/trades").route(get().to(trades::list)))
        .service(resource("/v1/markets/{market}/candles").route(get().to(candles::list)))
        .service(resource("/v1/markets/{market}/statistics").route(get().to(candles::statistics)))
        .service(resource("/v1/feed").route(get().to(feed::open)))
        .service(resource("/v1/lots").route(get().to(search::find)))
        .service(resource("/v1/lots/{lot}").route(get().to(lots::get)))
        .service(
            resource("/v1/orders")
                .route(post().to(orders::place))
                .route(get().to(orders::list))
                .route(delete().to(orders::cancel_many)),
        )
        .service(resource("/v1/orders/batch").route(post().to(batch::place)))
        .service(
            resource("/v1/orders/{order}")
                .route(get().to(orders::get))
                .route(patch().to(orders::amend))
                .route(delete().to(orders::cancel)),
        )
        .service(resource("/v1/quotes/{market}").route(put().to(quotes::replace)))
        .service(resource("/v1/account").route(get().to(account::get)))
        .service(resource("/v1/account/statement").route(get().to(statement::own)))
        .service(resource("/v1/listing-policies").route(get().to(listing_policies::list)))
        .service(resource("/v1/listing-policies/{market}").route(put().to(listing_policies::set)))
        .service(resource("/v1/ledger/balance-report").route(get().to(ledger::balance_report)))
        .service(resource("/v1/state-hash").route(get().to(state_hash::get)))
        .configure(court_routes);
}

/// The routes of the royal court.
fn court_routes(config: &mut ServiceConfig) {
    let account = "/v1/court/accounts/{cat}";
    let under = |name: &str| resource(format!("{account}/{name}"));
    config
        .service(resource(account).route(get().to(court::account)))
        .service(under("deposits").route(post().to(court::deposit)))
        .service(under("withdrawals").route(post().to(court::withdraw)))
        .service(under("statement").route(get().to(statement::of_cat)))
        .service(under("caps").route(put().to(court::set_caps)))
        .service(under("trading").route(put().to(court::set_trading)))
        .service(resource("/v1/court/trading").route(put().to(court::set_all_trading)))
        .service(
            resource("/v1/court/markets/{market}/session").route(post().to(court::set_session)),
        );
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
        resting::top,
        resting::orders,
        candles::list,
        candles::statistics,
        feed::open,
        trades::list,
        search::find,
        lots::get,
        orders::place,
        batch::place,
        orders::list,
        orders::get,
        orders::amend,
        orders::cancel,
        orders::cancel_many,
        quotes::replace,
        account::get,
        statement::own,
        statement::of_cat,
        listing_policies::list,
        listing_policies::set,
        court::account,
        court::deposit,
        court::withdraw,
        court::set_caps,
        court::set_trading,
        court::set_all_trading,
        court::set_session,
        ledger::balance_report,
        state_hash::get,
    ),
    modifiers(&AccessToken),
    tags(
        (name = "market", description = "Public: needs no token"),
        (name = "own", description = "One's own: needs an access token of cat-node (POST /token)"),
        (name = "court", description = "For the role `royal-court`"),
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
