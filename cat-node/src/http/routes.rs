//! The whole protocol, as one table.

use serde_json::json;

use super::answer::{Answer, Refusal};
use super::request::{ApiRequest, Method};
use super::{aggregate, classes, files, mail_requests, operator_routes, schemas, sessions, users};
use crate::caller::Caller;
use crate::node::Node;
use crate::use_cases::call_function::call_function;

/// Serves a request, alone or out of a batch.
pub async fn dispatch(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    use Method::{Delete, Get, Post, Put};
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    if path.contains(&"") {
        return Err(unknown(request));
    }
    match (request.method, path.as_slice()) {
        (_, path) if operator_routes::serves(path) => {
            operator_routes::dispatch(node, caller, request, path).await
        }

        (_, ["files", rest @ ..]) => files::serve(caller, request, rest),

        (Get | Post, ["login"]) => users::log_in(node, caller, request).await,
        (Post, ["loginAs"]) => users::log_in_as(node, caller, request).await,
        (Post, ["logout"]) => users::log_out_of(node, caller, request).await,
        (Get | Post, ["verifyPassword"]) => users::verify_password(node, caller, request).await,
        (Post, ["requestPasswordReset"]) => {
            mail_requests::request_password_reset(node, caller, request).await
        }
        (Post, ["verificationEmailRequest"]) => {
            mail_requests::request_verification_email(node, caller, request).await
        }
        (Post, ["users"] | ["classes", "_User"]) => users::sign_up(node, caller, request).await,
        (Post, ["challenge"]) => users::challenge(node, caller, request).await,
        (Get, ["users", "me"]) => users::me(node, caller, request).await,
        (Get, ["sessions", "me"]) => sessions::me(node, request).await,
        (Post, ["sessions"] | ["classes", "_Session"]) => {
            sessions::create(node, caller, request).await
        }
        (Post, ["upgradeToRevocableSession"]) => sessions::upgrade(node, caller).await,

        (Post, ["functions", name]) => {
            let result = call_function(node, caller, name, request.body.clone()).await?;
            Ok(Answer::ok(json!({"result": result})))
        }

        (Get, ["aggregate", class]) => aggregate::run(node, caller, request, class).await,
        (Get, ["schemas"]) => schemas::list(node, caller).await,
        (Get, ["schemas", class]) => schemas::get(node, caller, class).await,
        (Post, ["schemas"]) => schemas::create(node, caller, request, None).await,
        (Post, ["schemas", class]) => schemas::create(node, caller, request, Some(class)).await,
        (Put, ["schemas", class]) => schemas::change(node, caller, request, class).await,
        (Delete, ["schemas", class]) => schemas::remove(node, caller, class).await,
        (Delete, ["purge", class]) => schemas::purge(node, caller, class).await,

        (method, ["classes", class]) => of_class(node, caller, request, method, class).await,
        (method, ["classes", class, id]) => {
            of_object(node, caller, request, method, (class, id)).await
        }
        (method, [plural]) => match system_class(plural) {
            Some(class) => of_class(node, caller, request, method, class).await,
            None => Err(unknown(request)),
        },
        (method, [plural, id]) => match system_class(plural) {
            Some(class) => of_object(node, caller, request, method, (class, id)).await,
            None => Err(unknown(request)),
        },
        _ => Err(unknown(request)),
    }
}

/// System classes have paths of their own.
fn system_class(plural: &str) -> Option<&'static str> {
    Some(match plural {
        "users" => "_User",
        "roles" => "_Role",
        "sessions" => "_Session",
        "installations" => "_Installation",
        _ => return None,
    })
}

async fn of_class(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    method: Method,
    class: &str,
) -> Result<Answer, Refusal> {
    match method {
        Method::Get => classes::find(node, caller, request, class).await,
        Method::Post => classes::create(node, caller, request, class).await,
        Method::Put | Method::Delete => Err(unknown(request)),
    }
}

async fn of_object(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    method: Method,
    (class, id): (&str, &str),
) -> Result<Answer, Refusal> {
    match method {
        Method::Get => classes::get(node, caller, request, class, id).await,
        Method::Put => classes::update(node, caller, request, class, id).await,
        Method::Delete => classes::delete(node, caller, class, id).await,
        Method::Post => Err(unknown(request)),
    }
}

fn unknown(request: &ApiRequest) -> Refusal {
    Refusal::unknown_route(request.method.name(), &request.raw_path)
}
