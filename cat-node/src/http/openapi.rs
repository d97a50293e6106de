//! The OpenAPI document. The Parse protocol has its own specification and SDKs; what is described here is how to reach
//! it, and what cat-node has beside it.

use utoipa::OpenApi;

use super::access_tokens;

#[derive(OpenApi)]
#[openapi(
    info(title = "cat-node", description = "Cats, sessions, roles and all the system's information. Under /parse it speaks the Parse protocol, for which the Parse SDKs are the clients."),
    paths(access_tokens::token_for_session, access_tokens::key_set),
    components(schemas(access_tokens::TokenAnswer, access_tokens::KeySet)),
    tags((name = "identity", description = "Access tokens for the other services' APIs"))
)]
struct Document;

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
