//! The whole API in one table.

use super::{bycatch, captures, commands, credentials, imports, reports, sites, traps};
use actix_web::web::{ServiceConfig, resource as at, scope};

/// Adds the routes of version 1.
#[rustfmt::skip] // a table
pub fn routes(config: &mut ServiceConfig) {
    config.service(scope("/v1")
        .service(at("/sites").post(sites::register).get(sites::list))
        .service(at("/sites/{id}").get(sites::get))
        .service(at("/traps").post(traps::register).get(traps::list))
        .service(at("/traps/{id}").get(traps::get))
        .service(at("/traps/{id}/retire").post(traps::retire))
        .service(at("/traps/{id}/credential").post(credentials::rotate).delete(credentials::revoke))
        .service(at("/traps/{id}/reports").post(reports::record))
        .service(at("/traps/{id}/commands").get(commands::fetch))
        .service(at("/captures").get(captures::list))
        .service(at("/captures/count").get(captures::count))
        .service(at("/captures/{id}").get(captures::get))
        .service(at("/captures/{id}/void").post(captures::void))
        .service(at("/bycatch").get(bycatch::list))
        .service(at("/imports/portal").get(imports::summary))
        .service(at("/imports/portal/rows").get(imports::rows)));
}
