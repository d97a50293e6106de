//! A user that was recognised is let in: it gets a session, and is told what it may see of itself.

use serde_json::{Map, Value as Json};

use super::find_objects::{Shape, get_object};
use super::start_session::{self, Origin, new_session};
use super::{Failure, role_grants};
use crate::caller::{Caller, LiveSession};
use crate::domain::names::ClassName;
use crate::domain::object::ParseObject;
use crate::domain::object::json::SESSION_TOKEN_FIELD;
use crate::node::Node;
use crate::storage::Transaction;

/// Starts a session together with what the transaction holds; the answer is the user with the session's token.
pub async fn let_in(
    node: &Node,
    caller: &Caller,
    user: &ParseObject,
    origin: Origin<'_>,
    transaction: Transaction,
) -> Result<Map<String, Json>, Failure> {
    let session = new_session(node, &user.id, origin, caller.installation_id.as_deref());
    let transaction = start_session::start(node, &session, &user.id, transaction).await?;
    node.commit(transaction).await?;
    let mut json = own_view(node, caller, user).await?;
    json.insert(
        "sessionToken".to_owned(),
        session.text(SESSION_TOKEN_FIELD).into(),
    );
    Ok(json)
}

/// The user as it sees itself, or as the master key does. What permissions keep from a user is kept from it here as
/// well: then it is told its id and nothing more.
pub async fn own_view(
    node: &Node,
    caller: &Caller,
    user: &ParseObject,
) -> Result<Map<String, Json>, Failure> {
    let viewer = if caller.is_unrestricted() {
        caller.clone()
    } else {
        let itself = LiveSession {
            id: user.id.clone(),
            token: String::new(),
            user: user.clone(),
            expires_at: None,
            grants: role_grants::grants_of(node, &user.id).await?,
        };
        caller.as_user(itself)
    };
    let seen = get_object(
        node,
        &viewer,
        ClassName::USER.as_str(),
        &user.id,
        &Shape::default(),
    )
    .await;
    let mut json = match seen {
        Ok(json) => json,
        Err(Failure::Refused(_)) => {
            Map::from_iter([("objectId".to_owned(), user.id.as_str().into())])
        }
        Err(outage) => return Err(outage),
    };
    json.remove("sessionToken");
    Ok(json)
}
