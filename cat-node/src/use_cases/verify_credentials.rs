//! Who it is that knows this name, or address, and this password. Everything that lets a user in by its password comes
//! through here, so that what else decides about it (lockout, unverified addresses) has one place.

use serde_json::{Map, Value as Json};

use super::Failure;
use super::count_attempt::count_attempt;
use super::sign_up::PASSWORD_FIELD;
use super::verify_email::check_may_log_in;
use crate::caller::Caller;
use crate::domain::acl::Acl;
use crate::domain::credentials::{Claim, is_truthy, wrong_credentials};
use crate::domain::names::{ClassName, FieldPath};
use crate::domain::object::ParseObject;
use crate::domain::query::{Filter, Query};
use crate::node::Node;

/// The user of these credentials. Unknown users and users without a password take as long as those with a wrong one.
pub async fn verify_credentials(
    node: &Node,
    caller: &Caller,
    input: &Map<String, Json>,
) -> Result<ParseObject, Failure> {
    let claim = Claim::from_json(input)?;
    let user = find_user(node, &claim).await?;
    let hash = user.as_ref().and_then(|user| user.text(PASSWORD_FIELD));
    let fits = node
        .passwords
        .matches(claim.password, hash.filter(|hash| !hash.is_empty()))
        .await?;
    let user = user.ok_or_else(wrong_credentials)?;
    count_attempt(node, &user.id, fits).await?;
    if !fits {
        return Err(wrong_credentials().into());
    }
    if is_locked_out(&user) && !caller.is_master() {
        return Err(wrong_credentials().into());
    }
    let ignores = input.get("ignoreEmailVerification").is_some_and(is_truthy);
    if !(ignores && caller.is_master()) {
        check_may_log_in(node, caller, &user).await?;
    }
    Ok(user)
}

/// A user whose access list is empty is for the master key only.
pub fn is_locked_out(user: &ParseObject) -> bool {
    user.acl.as_ref().is_some_and(|acl| *acl == Acl::closed())
}

async fn find_user(node: &Node, claim: &Claim<'_>) -> Result<Option<ParseObject>, Failure> {
    let named = |field: &'static str, text: &str| Filter::equal(FieldPath::internal(field), text);
    let filter = match (claim.username, claim.email) {
        (Some(username), Some(email)) => {
            Filter::And(vec![named("username", username), named("email", email)])
        }
        (None, Some(email)) => named("email", email),
        (Some(username), None) => {
            // Somebody's name may be somebody else's address: the name counts.
            if let Some(user) = first(node, named("username", username)).await? {
                return Ok(Some(user));
            }
            named("email", username)
        }
        (None, None) => return Ok(None),
    };
    first(node, filter).await
}

async fn first(node: &Node, filter: Filter) -> Result<Option<ParseObject>, Failure> {
    let query = Query::all(ClassName::USER).filter(filter).limit(1);
    Ok(node.storage.find(&query).await?.pop())
}
