//! The whole API in one table.

use super::{bycatch, captures, commands, credentials, imports, reports, sites, traps};
use actix_web::web::{ServiceConfig, delete, get, post, scope};

/// Adds the routes of version 1.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        scope("/v1")
            .route("/sites", post().to(sites::register))
            .route("/sites", get().to(sites::list))
            .route("/sites/{id}", get().to(sites::get))
            .route("/traps", post().to(traps::register))
            .route("/traps", get().to(traps::list))
            .route("/traps/{id}", get().to(traps::get))
            .route("/traps/{id}/retire", post().to(traps::retire))
            .route("/traps/{id}/credential", post().to(credentials::rotate))
            .route("/traps/{id}/credential", delete().to(credentials::revoke))
            .route("/traps/{id}/reports", post().to(reports::record))
            .route("/traps/{id}/commands", get().to(commands::fetch))
            .route("/captures", get().to(captures::list))
            .route("/captures/{id}", get().to(captures::get))
            .route("/captures/{id}/void", post().to(captures::void))
            .route("/bycatch", get().to(bycatch::list))
            .route("/imports/portal", get().to(imports::summary))
            .route("/imports/portal/rows", get().to(imports::rows)),
    );
}
