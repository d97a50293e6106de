//! Calls a cloud function by its name.

use serde_json::{Map, Value as Json};
use shared_events::id::CatId;

use super::Failure;
use crate::caller::Caller;
use crate::cloud_functions::{self, CallFunctionError};
use crate::node::Node;

pub async fn call_function(
    node: &Node,
    caller: &Caller,
    name: &str,
    parameters: Map<String, Json>,
) -> Result<Json, Failure> {
    caller.check_may_write()?;
    let cat = caller.session.as_ref().and_then(|session| {
        let cat = CatId::new(session.user.id.as_str()).ok()?;
        let roles = session
            .grants
            .iter()
            .filter_map(|grant| grant.strip_prefix("role:"));
        Some(cloud_functions::Caller {
            cat,
            roles: roles.map(str::to_owned).collect(),
        })
    });
    node.functions
        .call(name, parameters, cat)
        .await
        .map_err(|error| match error {
            CallFunctionError::Refused(refusal) => Failure::Refused(refusal),
            CallFunctionError::Storage(error) => Failure::from(error),
        })
}
