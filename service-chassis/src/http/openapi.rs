//! Finishes OpenAPI documents: what every service would have to repeat at each of its routes.

use actix_web::http::StatusCode;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr, Response};

/// What bodies are declared as.
const JSON: &str = "application/json";
/// What errors really are.
const PROBLEM: &str = "application/problem+json";

/// The document with a description for every answer (OpenAPI demands one) and with errors in problem form.
pub(super) fn finished(mut openapi: OpenApi) -> OpenApi {
    let operations = openapi.paths.paths.values_mut().flat_map(operations);
    for (status, response) in operations.flat_map(|operation| &mut operation.responses.responses) {
        if let RefOr::T(response) = response {
            finish(response, status);
        }
    }
    openapi
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        head,
        patch,
        ..
    } = path;
    [get, put, post, delete, head, patch]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn finish(response: &mut Response, status: &str) {
    let Ok(status) = status.parse::<StatusCode>() else {
        return;
    };
    if response.description.is_empty() {
        status
            .canonical_reason()
            .unwrap_or("An answer")
            .clone_into(&mut response.description);
    }
    let is_error = status.is_client_error() || status.is_server_error();
    if is_error && let Some(body) = response.content.shift_remove(JSON) {
        response.content.insert(PROBLEM.to_owned(), body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Problem;
    use utoipa::OpenApi as _;

    #[utoipa::path(get, path = "/mice/{id}", responses(
        (status = 200, body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "It ran away.", body = Problem),
    ))]
    #[allow(dead_code, reason = "only its description is used")]
    fn mouse() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(mouse))]
    struct Document;

    #[test]
    fn answers_are_described_and_errors_are_problems() {
        let document = serde_json::to_value(finished(Document::openapi())).expect("plain data");
        let answers = &document["paths"]["/mice/{id}"]["get"]["responses"];
        assert_eq!(answers["200"]["description"], "OK");
        assert_eq!(answers["404"]["description"], "Not Found");
        assert_eq!(answers["409"]["description"], "It ran away.");
        assert!(
            answers["200"]["content"][JSON].is_object()
                && answers["404"]["content"][PROBLEM].is_object()
        );
        assert!(answers["404"]["content"][JSON].is_null());
    }
}
