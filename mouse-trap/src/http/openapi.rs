//! The OpenAPI document.

use super::{bycatch, captures, commands, credentials, imports, reports, sites, traps};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "mouse-trap",
        description = "Sites, traps, their credentials, reports and commands, and every capture they make. Errors are \
            problem details (RFC 9457, application/problem+json). Times are RFC 3339 in UTC."
    ),
    paths(
        sites::register, sites::get, sites::list, traps::register, traps::get, traps::list, traps::retire,
        credentials::rotate, credentials::revoke, reports::record, commands::fetch, captures::get, captures::list, captures::count,
        captures::void, bycatch::list, imports::summary, imports::rows,
    ),
    components(schemas(reports::ReportBody, reports::BootBody, reports::KindBody)),
    modifiers(&Schemes),
)]
struct Document;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let bearer = |description: &str| {
            let scheme = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some(description))
                .build();
            SecurityScheme::Http(scheme)
        };
        components.add_security_scheme(
            "cat",
            bearer("An access token of cat-node (POST /token there)."),
        );
        components.add_security_scheme(
            "trap",
            bearer("The trap's own credential, shown when it was issued."),
        );
    }
}

/// The document of the whole API.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
