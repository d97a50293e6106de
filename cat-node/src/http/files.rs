//! `/files`: cat-node keeps no files yet, and says so with the codes that SDKs know of uploads and deletions.

use super::answer::{Answer, Refusal};
use super::request::{ApiRequest, Method};
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};

const NO_FILES: &str = "cat-node keeps no files yet.";

/// Whether a path leads here; what is sent here is no JSON.
pub fn serves(path: &[String]) -> bool {
    path.first().is_some_and(|first| first == "files")
}

/// What is below `/files`.
pub fn serve(caller: &Caller, request: &ApiRequest, rest: &[&str]) -> Result<Answer, Refusal> {
    let refuse = |code, text| Err(ParseError::new(code, text).into());
    match (request.method, rest) {
        (Method::Post, []) => refuse(ErrorCode::INVALID_FILE_NAME, "Filename not provided."),
        (Method::Post, [_]) => refuse(ErrorCode::FILE_SAVE_ERROR, NO_FILES),
        (Method::Delete, [_, ..]) if !caller.is_master() => Err(Refusal::master_only()),
        (Method::Delete, [_, ..]) => refuse(ErrorCode::FILE_DELETE_ERROR, NO_FILES),
        (method, _) => Err(Refusal::unknown_route(method.name(), &request.raw_path)),
    }
}
