//! What a user's roles grant it, the roles of its roles included.

use std::collections::HashSet;

use super::Failure;
use crate::domain::acl::PUBLIC;
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::query::{Filter, Query, Test};
use crate::node::Node;

/// Deepest chain of roles that inherit.
const MAX_DEPTH: usize = 32;

/// `*`, the user's id, then `role:NAME` of each role that lists it directly or through other roles.
pub async fn grants_of(node: &Node, user: &ObjectId) -> Result<Vec<String>, Failure> {
    let mut grants = vec![PUBLIC.to_owned(), user.as_str().to_owned()];
    let mut newest = node
        .storage
        .owners(&ClassName::ROLE, "users", std::slice::from_ref(user))
        .await?;
    let mut all: HashSet<ObjectId> = newest.iter().cloned().collect();
    for _ in 0..MAX_DEPTH {
        if newest.is_empty() {
            break;
        }
        let parents = node
            .storage
            .owners(&ClassName::ROLE, "roles", &newest)
            .await?;
        newest = parents
            .into_iter()
            .filter(|role| all.insert(role.clone()))
            .collect();
    }
    if all.is_empty() {
        return Ok(grants);
    }
    let ids = all.iter().map(|id| id.as_str().into()).collect();
    let named = Filter::Field {
        path: FieldPath::internal("objectId"),
        test: Test::In(ids),
    };
    let roles = node
        .storage
        .find(&Query::all(ClassName::ROLE).filter(named))
        .await?;
    let mut names: Vec<String> = roles
        .iter()
        .filter_map(|role| role.text("name"))
        .map(|name| format!("role:{name}"))
        .collect();
    names.sort_unstable();
    grants.extend(names);
    Ok(grants)
}
