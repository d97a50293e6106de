//! `transaction: true`: all requests of a batch become one commit, or none of them does anything.

use std::sync::Arc;

use super::answer::{Answer, Refusal};
use super::batch::{SubRequest, serve};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::node::Node;
use crate::storage::StorageError;
use crate::storage::staged::StagedStorage;
use crate::use_cases::Failure;

/// How often it is tried again when others changed what it is about to change.
const RETRIES: usize = 5;

/// The answers; an outage, as parse-server calls it, when one request is refused.
pub(super) async fn run(
    node: &Node,
    caller: &Caller,
    batch: &ApiRequest,
    requests: &[SubRequest<'_>],
) -> Result<Vec<Answer>, Refusal> {
    let mut attempt = 0;
    loop {
        let staged = Arc::new(StagedStorage::over(Arc::clone(&node.storage)));
        let inside = node.on(Arc::clone(&staged) as _);
        let mut answers = Vec::with_capacity(requests.len());
        // One after the other: each sees the objects that those before it wrote.
        for request in requests {
            answers.push(
                serve(&inside, caller, batch, request)
                    .await
                    .map_err(aborted)?,
            );
        }
        match node.commit(staged.take()).await {
            Ok(_) => return Ok(answers),
            Err(StorageError::NotFound { .. }) if attempt < RETRIES => attempt += 1,
            Err(error) => return Err(aborted(Failure::from(error).into())),
        }
    }
}

fn aborted(refusal: Refusal) -> Refusal {
    match refusal {
        unknown @ Refusal::UnknownRoute { .. } => unknown,
        refusal => Refusal::Outage(Failure::Outage {
            attempted: "a transaction of a batch",
            cause: refusal.into(),
        }),
    }
}
