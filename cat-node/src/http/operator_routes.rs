//! The routes that operators and the Dashboard use, as a table; `routes` leads here.

use serde_json::json;

use super::answer::{Answer, Refusal};
use super::request::{ApiRequest, Method};
use super::{cloud_jobs, global_config, hooks, push, push_audiences, script_log, server_info};
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::node::Node;
use crate::use_cases::check_security::security_report;

/// Whether a path is one of these routes'.
pub fn serves(path: &[&str]) -> bool {
    matches!(
        path.first().copied(),
        Some(
            "config"
                | "cloud_code"
                | "events"
                | "graphql-config"
                | "hooks"
                | "jobs"
                | "push"
                | "push_audiences"
                | "scriptlog"
                | "security"
                | "serverInfo"
                | "validate_purchase"
        )
    )
}

pub async fn dispatch(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    path: &[&str],
) -> Result<Answer, Refusal> {
    use Method::{Delete, Get, Post, Put};
    match (request.method, path) {
        (Get, ["config"]) => return global_config::get(node, caller).await,
        // What apps tell of their use is taken and, as parse-server without an adapter does, not kept.
        (Post, ["events", _]) => return Ok(Answer::empty()),
        (Post, ["validate_purchase"]) if node.settings.enable_product_purchase_legacy_api => {
            return validate_purchase(request);
        }
        _ => {}
    }
    let is_route = matches!(
        (request.method, path),
        (Put, ["config"])
            | (
                Get,
                ["serverInfo" | "scriptlog" | "security" | "graphql-config" | "push_audiences"]
            )
            | (Put, ["graphql-config"])
            | (Post, ["push" | "push_audiences" | "jobs"] | ["jobs", _])
            | (Get | Put | Delete, ["push_audiences", _])
            | (Get | Post, ["cloud_code", "jobs"])
            | (Get, ["cloud_code", "jobs", "data"])
            | (Put | Delete, ["cloud_code", "jobs", _])
            | (Get | Post, ["hooks", "functions" | "triggers"])
            | (
                Get | Put,
                ["hooks", "functions", _] | ["hooks", "triggers", _, _]
            )
    );
    if !is_route {
        let path = format!("/{}", path.join("/"));
        return Err(Refusal::unknown_route(request.method.name(), &path));
    }
    if !caller.is_master() {
        return Err(Refusal::master_only());
    }
    match (request.method, path) {
        (Put, ["config"]) => global_config::put(node, caller, request).await,
        (_, ["serverInfo"]) => server_info::get(node),
        (_, ["scriptlog"]) => Ok(script_log::get(node, request)),
        (_, ["security"]) => security(node),
        (_, ["graphql-config"]) => graphql_config(caller, request.method),
        (_, ["push"]) => push::send(caller, request),
        (_, ["push_audiences", ..]) => push_audiences::serve(node, caller, request, path).await,
        (_, ["jobs", ..]) => cloud_jobs::start(caller),
        (_, ["cloud_code", _, rest @ ..]) => cloud_jobs::serve(node, caller, request, rest).await,
        (_, [_, rest @ ..]) => hooks::serve(caller, request, rest),
        (_, []) => Err(Refusal::unknown_route(request.method.name(), "/")),
    }
}

fn security(node: &Node) -> Result<Answer, Refusal> {
    if !node.settings.security.enable_check {
        return Err(Refusal::Plain {
            status: 409,
            text: "Enable Parse Server option `security.enableCheck` to run security check."
                .to_owned(),
        });
    }
    Ok(Answer::ok(security_report(node)))
}

fn graphql_config(caller: &Caller, method: Method) -> Result<Answer, Refusal> {
    if method == Method::Put {
        caller.check_may_write()?;
    }
    let text = "cat-node has no GraphQL API.";
    Err(ParseError::new(ErrorCode::COMMAND_UNAVAILABLE, text).into())
}

/// Apple has given up the service that parse-server asks; a receipt is never said to be good.
fn validate_purchase(request: &ApiRequest) -> Result<Answer, Refusal> {
    let has = |name: &str| {
        let value = request.body.get(name);
        value.is_some_and(|value| *value != json!(null) && *value != json!(""))
    };
    if !has("receipt") || !has("productIdentifier") {
        let text = "missing receipt or productIdentifier";
        return Err(ParseError::new(ErrorCode::INVALID_JSON, text).into());
    }
    let text = "cat-node does not validate receipts.";
    Err(ParseError::new(ErrorCode::COMMAND_UNAVAILABLE, text).into())
}
