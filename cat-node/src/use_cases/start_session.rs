//! A new session of a user.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{Failure, announce};
use crate::caller::Caller;
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::SESSION_TOKEN_FIELD;
use crate::domain::object_id::new_session_token;
use crate::domain::query::{Filter, Query};
use crate::domain::value::json::value_from_json;
use crate::domain::value::{Fields, ParseValue};
use crate::node::Node;
use crate::storage::{Transaction, Write};

/// How a session came to be, as Parse records it in `createdWith`.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    SignUp,
    LogIn,
    /// Let in by what these providers said of it: their names with commas.
    Providers(&'a str),
    /// The master key acts as the user.
    MasterKey,
    Create,
    Upgrade,
    /// A session in place of those that a new password ended.
    PasswordChange,
}

impl Origin<'_> {
    fn to_value(self) -> Option<ParseValue> {
        let json = match self {
            Self::SignUp => json!({"action": "signup", "authProvider": "password"}),
            Self::LogIn => json!({"action": "login", "authProvider": "password"}),
            Self::Providers(names) => json!({"action": "login", "authProvider": names}),
            Self::MasterKey => json!({"action": "login", "authProvider": "masterkey"}),
            Self::Create => json!({"action": "create"}),
            Self::Upgrade => json!({"action": "upgrade"}),
            Self::PasswordChange => return None,
        };
        value_from_json(&json).ok()
    }
}

/// Whether who signs a user up, or links it, goes on as that user: the master key does only for a device.
pub fn gets_session(caller: &Caller) -> bool {
    !caller.is_unrestricted() || caller.installation_id.is_some()
}

/// When a session ends that starts, or is extended, now; `None`: never.
pub fn end_of_session(node: &Node) -> Option<DateTime<Utc>> {
    if !node.settings.expire_inactive_sessions {
        return None;
    }
    let seconds = i64::try_from(node.settings.session_length).unwrap_or(i64::MAX);
    let length = TimeDelta::try_seconds(seconds)?;
    node.now().checked_add_signed(length)
}

/// The session object, ready to be inserted; nothing is stored yet.
pub fn new_session(
    node: &Node,
    user: &ObjectId,
    origin: Origin<'_>,
    installation_id: Option<&str>,
) -> ParseObject {
    let now = node.now();
    let mut fields = Fields::new();
    let token = new_session_token(&mut rand::rng());
    fields.insert(SESSION_TOKEN_FIELD.to_owned(), token.into());
    fields.insert(
        "user".to_owned(),
        ParseValue::pointer(&ClassName::USER, user),
    );
    if let Some(origin) = origin.to_value() {
        fields.insert("createdWith".to_owned(), origin);
    }
    if let Some(installation) = installation_id {
        fields.insert("installationId".to_owned(), installation.into());
    }
    let end = end_of_session(node);
    fields.extend(end.map(|end| ("expiresAt".to_owned(), end.into())));
    ParseObject::new(node.new_id(), now, None, fields)
}

/// The sessions of a user.
pub fn sessions_of(user: &ObjectId) -> Filter {
    Filter::equal(
        FieldPath::internal("user"),
        ParseValue::pointer(&ClassName::USER, user),
    )
}

/// Starts the session. One device has one session of a user: an older one of the same installation ends.
pub async fn start(
    node: &Node,
    session: &ParseObject,
    user: &ObjectId,
    mut transaction: Transaction,
) -> Result<Transaction, Failure> {
    if let Some(installation) = session.text("installationId") {
        let same_device = Filter::equal(FieldPath::internal("installationId"), installation);
        let filter = Filter::And(vec![sessions_of(user), same_device]);
        end_sessions(node, user, filter, &mut transaction).await?;
    }
    Ok(transaction.write(Write::Insert {
        class: ClassName::SESSION,
        object: session.clone(),
    }))
}

/// Ends these sessions of a user, and names each of them to the other services.
pub async fn end_sessions(
    node: &Node,
    user: &ObjectId,
    filter: Filter,
    transaction: &mut Transaction,
) -> Result<(), Failure> {
    let ended = node
        .storage
        .find(&Query::all(ClassName::SESSION).filter(filter.clone()))
        .await?;
    if ended.is_empty() {
        return Ok(());
    }
    for session in &ended {
        transaction
            .events
            .push(announce::session_revoked(user, &session.id, node.now())?);
    }
    transaction.writes.push(Write::DeleteWhere {
        class: ClassName::SESSION,
        filter,
    });
    Ok(())
}
