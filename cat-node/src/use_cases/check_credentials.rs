//! Names and e-mail addresses of users are unique, whatever the case of their letters.

use serde_json::{Map, Value as Json};

use super::{Failure, duplicate};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::query::{Filter, Pattern, Query, Test};
use crate::node::Node;

/// Refuses a name or an address that another user has. The store refuses the very same text again when it is written,
/// so that of two sign-ups at once one fails.
pub async fn check_unused(
    node: &Node,
    body: &Map<String, Json>,
    own_id: Option<&ObjectId>,
) -> Result<(), Failure> {
    for field in ["username", "email"] {
        let Some(text) = body
            .get(field)
            .and_then(Json::as_str)
            .filter(|text| !text.is_empty())
        else {
            continue;
        };
        let same = Test::Matches(Pattern::equal_ignoring_case(text));
        let filter = Filter::Field {
            path: FieldPath::internal(field),
            test: same,
        };
        let holders = node
            .storage
            .find(&Query::all(ClassName::USER).filter(filter))
            .await?;
        if holders.iter().any(|holder| Some(&holder.id) != own_id) {
            return Err(duplicate(ClassName::USER.as_str(), field).into());
        }
    }
    Ok(())
}
