//! From HTTP to a request of the protocol, and back.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::guard::fn_guard;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde_json::{Map, Value as Json, json};
use service_chassis::http::RouteLabel;

use super::answer::{Answer, Refusal};
use super::body::Bounds;
use super::cors::Cors;
use super::rate_limits::{Counted, RateLimits};
use super::request::{ApiRequest, Method};
use super::wire_path::WirePath;
use super::{
    allow_list, batch, body, credentials, etag, files, idempotency, query_string, routes,
    unknown_page,
};
use crate::caller::{Caller, Key};
use crate::domain::error::{ErrorCode, ParseError};
use crate::node::Node;
use crate::use_cases::authenticate::{Credentials, check_keys, live_session};

/// The largest body that is taken.
#[derive(Debug, Clone, Copy)]
pub struct MaxBodyBytes(pub usize);

/// The protocol has many paths and is one route in the metrics.
const ROUTE: RouteLabel = RouteLabel("/parse");

/// What every request is served with.
#[derive(Debug)]
pub struct Endpoint {
    pub(super) node: Arc<Node>,
    max_body: MaxBodyBytes,
    cors: Cors,
    pub(super) limits: RateLimits,
}

impl Endpoint {
    pub fn new(node: Arc<Node>, max_body: MaxBodyBytes) -> Self {
        Self {
            cors: Cors::new(&node.settings),
            limits: RateLimits::new(&node.settings.rate_limit),
            node,
            max_body,
        }
    }
}

/// Mounts the protocol; the mount path counts in any case, as every path does.
pub fn mount(config: &mut ServiceConfig, endpoint: web::Data<Endpoint>) {
    let mount = endpoint.node.settings.mount_path.clone();
    let protocol = web::scope("")
        .guard(fn_guard(move |request| {
            is_below(&mount, request.head().uri.path())
        }))
        .app_data(endpoint)
        .default_service(web::to(serve));
    config.service(protocol);
}

fn is_below(mount: &str, path: &str) -> bool {
    let (start, rest) = path.split_at_checked(mount.len()).unwrap_or_default();
    start.eq_ignore_ascii_case(mount) && (rest.is_empty() || rest.starts_with('/'))
}

async fn serve(http: HttpRequest, payload: Payload) -> HttpResponse {
    http.extensions_mut().insert(ROUTE);
    let endpoint = http
        .app_data::<web::Data<Endpoint>>()
        .expect("mount() puts the endpoint beside the route");
    let mut method = http.method().to_string();
    let mut response = match method.as_str() {
        "OPTIONS" => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .insert_header((ETAG, etag::of(b"OK")))
            .body("OK"),
        _ => {
            let answer = handle(endpoint, &http, payload, &mut method).await;
            answer.map_or_else(
                |refusal| refused(&refusal, &endpoint.node, &method, http.uri().path()),
                answered,
            )
        }
    };
    endpoint.cors.allow(http.headers(), response.headers_mut());
    etag::or_not_modified(&method, http.headers(), response)
}

fn answered(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if let Some(location) = answer.location {
        response.insert_header((LOCATION, location));
    }
    json_body(&mut response, answer.body.into_text())
}

fn json_body(response: &mut actix_web::HttpResponseBuilder, body: String) -> HttpResponse {
    response
        .content_type("application/json; charset=utf-8")
        .insert_header((ETAG, etag::of(body.as_bytes())))
        .body(body)
}

fn refused(refusal: &Refusal, node: &Node, method: &str, path: &str) -> HttpResponse {
    if let Refusal::UnknownRoute { .. } = refusal {
        return unknown_page::page(method, path);
    }
    let status =
        StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = refusal.body(!node.settings.enable_sanitized_error_response);
    let mut response = HttpResponse::build(status);
    match refusal {
        // parse-server ends this one by hand, without a content type.
        Refusal::Unauthorized => response.body(body.to_string()),
        _ => json_body(&mut response, body.to_string()),
    }
}

/// `method` becomes what the request really asks for.
async fn handle(
    endpoint: &Endpoint,
    http: &HttpRequest,
    payload: Payload,
    method: &mut String,
) -> Result<Answer, Refusal> {
    let node = &*endpoint.node;
    let below = &http.uri().path()[node.settings.mount_path.len()..];
    let path = WirePath::parse(below);
    // Whatever the method: the JavaScript SDK asks with POST, and parse-server answers any.
    if let Ok(path) = &path
        && path.is(&["health"])
    {
        return Ok(Answer::ok(json!({"status": "ok"})));
    }
    let bounds = Bounds::of(endpoint.max_body.0);
    let body = body::read(http.headers(), payload, bounds).await;
    let mut body = match body {
        Err(Refusal::Plain { status: 400, .. }) if is_file(&path) => Map::new(),
        body => body?,
    };
    override_method(method, &mut body);
    // Who asks for a head gets that of what a GET would find.
    if method == "HEAD" {
        "GET".clone_into(method);
    }
    let credentials = credentials::read(http.headers(), &mut body, &node.settings)?;
    let ip = client_ip(node, http);
    let key = check_keys(&node.settings, &credentials, ip)?;
    let path = path?;
    let counted = counted(key, &credentials, &path, method, ip);
    let limited = endpoint.limits.count(node, &counted).await;
    limited.map_err(Refusal::RateLimited)?;
    allow_list::check(&node.settings, key, method, &with_query(below, http))?;
    let caller = caller(node, key, &credentials, &path, method).await?;
    let unknown = || Refusal::unknown_route(method, &path.raw);
    let parsed = Method::parse(method).ok_or_else(unknown)?;
    let mut query = query_string::parse(http.query_string());
    if parsed == Method::Get {
        query.extend(std::mem::take(&mut body));
    }
    let request = ApiRequest {
        method: parsed,
        path: path.segments,
        raw_path: path.raw,
        query,
        body,
        base_url: base_url(node, http),
        session_token: credentials.session_token,
    };
    if request.path == ["batch"] && request.method == Method::Post {
        let origin = Origin { key, ip };
        return batch::run(endpoint, &caller, origin, &request).await;
    }
    node.settings
        .request_keyword_denylist
        .check(&request.body)?;
    idempotency::claim(node, http.headers(), &request).await?;
    routes::dispatch(node, &caller, &request).await
}

/// The body of an upload need not be JSON.
fn is_file(path: &Result<WirePath, Refusal>) -> bool {
    path.as_ref()
        .is_ok_and(|path| files::serves(&path.segments))
}

/// With which key and from where a request came.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    pub(super) key: Key,
    pub(super) ip: Option<IpAddr>,
}

fn counted<'a>(
    key: Key,
    credentials: &'a Credentials,
    path: &'a WirePath,
    method: &'a str,
    ip: Option<IpAddr>,
) -> Counted<'a> {
    let forgets_session = key == Key::Client && path.is(&["login"]);
    Counted {
        path: &path.raw,
        method,
        in_batch: false,
        key,
        ip,
        session_token: credentials
            .session_token
            .as_deref()
            .filter(|_| !forgets_session),
    }
}

fn with_query(path: &str, http: &HttpRequest) -> String {
    match http.query_string() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// `_method` in the body of a POST says what the method really is.
fn override_method(method: &mut String, body: &mut Map<String, Json>) {
    if method != "POST"
        || !body
            .get("_method")
            .is_some_and(crate::domain::credentials::is_truthy)
    {
        return;
    }
    if let Some(Json::String(claimed)) = body.shift_remove("_method") {
        *method = claimed.to_uppercase();
    }
}

fn client_ip(node: &Node, http: &HttpRequest) -> Option<IpAddr> {
    let peer = http.peer_addr()?.ip();
    let forwarded = http.headers().get("x-forwarded-for");
    let forwarded = forwarded.and_then(|value| value.to_str().ok());
    Some(node.settings.trust_proxy.client(peer, forwarded))
}

/// A master needs no session, and has none.
async fn caller(
    node: &Node,
    key: Key,
    credentials: &Credentials,
    path: &WirePath,
    method: &str,
) -> Result<Caller, Refusal> {
    let needs_none = key != Key::Client
        || path.is(&["login"])
        || (path.is(&["sessions", "me"]) && method == "GET");
    let session = match &credentials.session_token {
        // Tokens of old, which only an upgrade takes, are known to nobody here.
        Some(token)
            if !needs_none
                && path.is(&["upgradeToRevocableSession"])
                && !token.starts_with("r:") =>
        {
            let text = "invalid legacy session token";
            return Err(ParseError::new(ErrorCode::INVALID_SESSION_TOKEN, text).into());
        }
        Some(token) if !needs_none => Some(live_session(node, token).await?),
        _ => None,
    };
    Ok(Caller {
        key,
        session,
        installation_id: credentials.installation_id.clone(),
    })
}

/// Where the client says that the protocol is, or where the operator does.
fn base_url(node: &Node, http: &HttpRequest) -> String {
    if let Some(url) = &node.settings.public_server_url {
        return url.trim_end_matches('/').to_owned();
    }
    let connection = http.connection_info();
    format!(
        "{}://{}{}",
        connection.scheme(),
        connection.host(),
        node.settings.mount_path
    )
}
