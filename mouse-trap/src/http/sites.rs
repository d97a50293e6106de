//! `/v1/sites`.

use super::positions::PositionBody;
use super::problems::{self, field, invalid};
use super::{caller, page};
use crate::domain::site::{Jurisdiction, Site, SiteName};
use crate::use_cases::MouseTrap;
use crate::use_cases::register_site::{NewSite, register_site};
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service_chassis::http::{Caller, Problem};
use shared_events::id::SiteId;
use shared_events::timestamp;
use utoipa::{IntoParams, ToSchema};

/// A site to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "id": "barn", "name": "The old barn", "jurisdiction": "CA",
    "position": { "latitude": 46.8139, "longitude": -71.208 } }))]
pub(crate) struct NewSiteBody {
    /// Its identifier.
    id: SiteId,
    /// What cats call it: 1 to 100 characters.
    name: String,
    /// Whose law says where its data may live: an ISO 3166 code such as `CA` or `CA-QC`.
    jurisdiction: String,
    /// Its middle.
    position: PositionBody,
}

/// A place where traps stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SiteBody {
    /// Its identifier.
    #[schema(example = "barn")]
    id: SiteId,
    /// What cats call it.
    #[schema(example = "The old barn")]
    name: String,
    /// Whose law says where its data may live.
    #[schema(example = "CA")]
    jurisdiction: String,
    /// Its middle.
    position: PositionBody,
    /// When it was registered.
    #[serde(with = "timestamp")]
    registered_at: DateTime<Utc>,
}

/// A page of sites.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SitesBody {
    /// In the order of their ids.
    sites: Vec<SiteBody>,
    /// Where the next page starts; null at the end.
    next_cursor: Option<String>,
}

/// Which page of sites.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SitesQuery {
    /// 1 to 500; 50 when not told.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl From<Site> for SiteBody {
    fn from(site: Site) -> Self {
        Self {
            id: site.id,
            name: site.name.to_string(),
            jurisdiction: site.jurisdiction.to_string(),
            position: site.position.into(),
            registered_at: site.registered_at,
        }
    }
}

/// Register a site (role royal-court).
#[utoipa::path(post, operation_id = "registerSite", path = "/v1/sites", tag = "sites", request_body = NewSiteBody, security(("cat" = [])), responses(
    (status = 201, body = SiteBody), (status = 403, body = Problem), (status = 409, body = Problem),
    (status = 422, body = Problem)))]
pub(crate) async fn register(
    app: web::Data<MouseTrap>,
    cat: Caller,
    body: web::Json<NewSiteBody>,
) -> Result<HttpResponse, Problem> {
    let site = register_site(&app, &caller(&cat), checked(body.into_inner())?).await;
    let site = site.map_err(problems::register_site)?;
    let location = format!("/v1/sites/{}", site.id);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .json(SiteBody::from(site)))
}

fn checked(body: NewSiteBody) -> Result<NewSite, Problem> {
    let name = SiteName::new(&body.name).map_err(|error| field("/name", error));
    let jurisdiction =
        Jurisdiction::new(body.jurisdiction).map_err(|error| field("/jurisdiction", error));
    match (name, jurisdiction, body.position.checked("/position")) {
        (Ok(name), Ok(jurisdiction), Ok(position)) => Ok(NewSite {
            id: body.id,
            name,
            jurisdiction,
            position,
        }),
        (name, jurisdiction, position) => Err(invalid(
            [name.err(), jurisdiction.err(), position.err()]
                .into_iter()
                .flatten()
                .collect(),
        )),
    }
}

/// One site.
#[utoipa::path(get, operation_id = "getSite", path = "/v1/sites/{id}", tag = "sites", params(("id" = String, Path, example = "barn")),
    security(("cat" = [])), responses((status = 200, body = SiteBody), (status = 404, body = Problem)))]
pub(crate) async fn get(
    app: web::Data<MouseTrap>,
    _cat: Caller,
    path: web::Path<String>,
) -> Result<web::Json<SiteBody>, Problem> {
    let id: SiteId = page::id("id", &path)?;
    let site = app
        .storage
        .site(&id)
        .await
        .map_err(|error| problems::outage(&error))?;
    let site =
        site.ok_or_else(|| Problem::not_found("unknown-site", format!("there is no site {id}")))?;
    Ok(web::Json(site.into()))
}

/// All sites.
#[utoipa::path(get, operation_id = "listSites", path = "/v1/sites", tag = "sites", params(SitesQuery), security(("cat" = [])),
    responses((status = 200, body = SitesBody), (status = 400, body = Problem)))]
pub(crate) async fn list(
    app: web::Data<MouseTrap>,
    _cat: Caller,
    query: web::Query<SitesQuery>,
) -> Result<web::Json<SitesBody>, Problem> {
    let limit = page::limit(query.limit)?;
    let after = page::place(query.cursor.as_deref())?;
    let sites = app
        .storage
        .sites(after.as_ref(), limit)
        .await
        .map_err(|error| problems::outage(&error))?;
    let next_cursor = page::next_cursor(&sites, limit, |site| site.id.to_string());
    Ok(web::Json(SitesBody {
        sites: sites.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}
