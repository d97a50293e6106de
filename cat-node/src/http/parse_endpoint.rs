//! From HTTP to a request of the protocol, and back.

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, ORIGIN};
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value as Json, json};

use super::answer::{Answer, Refusal};
use super::request::{ApiRequest, Method, segments};
use super::{batch, body, cors, credentials, routes};
use crate::caller::Caller;
use crate::domain::denylist;
use crate::node::Node;
use crate::use_cases::authenticate::{Credentials, authenticate, check_keys};

/// The largest body that is taken.
#[derive(Debug, Clone, Copy)]
pub struct MaxBodyBytes(pub usize);

/// Mounts the protocol.
pub fn mount(config: &mut ServiceConfig, node: web::Data<Node>, max_body: MaxBodyBytes) {
    let path = format!("{}/{{path:.*}}", node.settings.mount_path);
    config.service(
        web::resource(path)
            .app_data(node)
            .app_data(max_body)
            .to(serve),
    );
}

async fn serve(http: HttpRequest, payload: Payload) -> HttpResponse {
    let node = http
        .app_data::<web::Data<Node>>()
        .expect("mount() puts the node beside the route");
    let max_body = http
        .app_data::<MaxBodyBytes>()
        .expect("mount() puts the limit beside the route")
        .0;
    let answer = match http.method().as_str() {
        "OPTIONS" => Answer::with_status(200, Json::Null),
        _ => handle(node, &http, payload, max_body)
            .await
            .unwrap_or_else(Refusal::into_answer),
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    let origin = http
        .headers()
        .get(ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    cors::allow(&node.settings, origin, &mut response);
    if let Some(location) = answer.location {
        response.insert_header((LOCATION, location));
    }
    if answer.body.is_null() {
        response.body("OK")
    } else {
        response
            .content_type("application/json; charset=utf-8")
            .json(answer.body)
    }
}

async fn handle(
    node: &Node,
    http: &HttpRequest,
    payload: Payload,
    max_body: usize,
) -> Result<Answer, Refusal> {
    let path = segments(http.match_info().get("path").unwrap_or_default());
    if path == ["health"] {
        return Ok(Answer::ok(json!({"status": "ok"})));
    }
    let mut body = body::read(payload, max_body).await?;
    let method = method(http, &body)?;
    let credentials = credentials::read(http.headers(), &mut body, &node.settings.application_id)?;
    let mut query = query_map(http.query_string());
    denylist::check(&Json::Object(query.clone()))?;
    if method == Method::Get {
        query.extend(std::mem::take(&mut body));
    }
    let caller = caller(node, http, &credentials, &path).await?;
    let request = ApiRequest {
        method,
        path,
        query,
        body,
        base_url: base_url(node, http),
        session_token: credentials.session_token,
    };
    if request.path == ["batch"] && request.method == Method::Post {
        return batch::run(node, &caller, &request).await;
    }
    routes::dispatch(node, &caller, &request).await
}

/// `_method` in the body of a POST says what the method really is.
fn method(http: &HttpRequest, body: &Map<String, Json>) -> Result<Method, Refusal> {
    let name = http.method().as_str();
    let claimed = body
        .get("_method")
        .and_then(Json::as_str)
        .filter(|_| name == "POST");
    let name = claimed.unwrap_or(name);
    Method::parse(name).ok_or_else(|| Refusal::unknown_route(name, http.path()))
}

async fn caller(
    node: &Node,
    http: &HttpRequest,
    credentials: &Credentials,
    path: &[String],
) -> Result<Caller, Refusal> {
    let ip = http.peer_addr().map(|address| address.ip());
    let first = path.first().map(String::as_str).unwrap_or_default();
    let is_own_session = path == ["sessions", "me"];
    if first.eq_ignore_ascii_case("login") || is_own_session || credentials.session_token.is_none()
    {
        let key = check_keys(&node.settings, credentials, ip)?;
        return Ok(Caller {
            key,
            session: None,
            installation_id: credentials.installation_id.clone(),
        });
    }
    Ok(authenticate(node, credentials, ip).await?)
}

fn base_url(node: &Node, http: &HttpRequest) -> String {
    let connection = http.connection_info();
    format!(
        "{}://{}{}",
        connection.scheme(),
        connection.host(),
        node.settings.mount_path
    )
}

/// The parameters of a query string; the last one of a name counts.
pub(super) fn query_map(query: &str) -> Map<String, Json> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query);
    let pairs = pairs.map(web::Query::into_inner).unwrap_or_default();
    pairs
        .into_iter()
        .map(|(name, value)| (name, Json::String(value)))
        .collect()
}
