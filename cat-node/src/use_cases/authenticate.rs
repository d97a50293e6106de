//! Turns the credentials of a request into the one who asks.

use std::net::IpAddr;
use std::sync::Arc;

use service_chassis::secret::Secret;

use super::{Failure, extend_session, role_grants};
use crate::caller::{Caller, Key, LiveSession};
use crate::config::{IpRange, ParseSettings};
use crate::domain::acl::Access;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath};
use crate::domain::object::ParseObject;
use crate::domain::object::json::SESSION_TOKEN_FIELD;
use crate::domain::query::{Filter, Query};
use crate::node::Node;

/// What a request says of itself.
#[derive(Debug, Default, Clone)]
pub struct Credentials {
    pub application_id: Option<String>,
    pub master_key: Option<Secret>,
    pub maintenance_key: Option<Secret>,
    pub client_key: Option<Secret>,
    pub javascript_key: Option<Secret>,
    pub rest_api_key: Option<Secret>,
    pub dot_net_key: Option<Secret>,
    pub session_token: Option<String>,
    pub installation_id: Option<String>,
}

/// Why a request is not let in at all.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// Unknown application, or none of the keys fits: 403.
    #[error("unauthorized")]
    Unauthorized,
    /// A good key, from an address that may not use it: 403.
    #[error("the key may not be used from this address")]
    WrongAddress,
    #[error(transparent)]
    Session(#[from] Failure),
}

/// Checks the application and its keys.
pub fn check_keys(
    settings: &ParseSettings,
    credentials: &Credentials,
    ip: Option<IpAddr>,
) -> Result<Key, AuthenticateError> {
    if credentials.application_id.as_deref() != Some(settings.application_id.as_str()) {
        return Err(AuthenticateError::Unauthorized);
    }
    let is_near =
        |ranges: &[IpRange]| ip.is_some_and(|ip| ranges.iter().any(|range| range.contains(ip)));
    let strong = [
        (
            &credentials.maintenance_key,
            settings.maintenance_key.as_ref(),
            &settings.maintenance_key_ips,
            Key::Maintenance,
        ),
        (
            &credentials.master_key,
            Some(&settings.master_key),
            &settings.master_key_ips,
            Key::Master,
        ),
        (
            &credentials.master_key,
            settings.read_only_master_key.as_ref(),
            &settings.read_only_master_key_ips,
            Key::ReadOnlyMaster,
        ),
    ];
    for (given, wanted, ranges, key) in strong {
        if let (Some(given), Some(wanted)) = (given, wanted)
            && wanted.matches(given.expose())
        {
            return is_near(ranges)
                .then_some(key)
                .ok_or(AuthenticateError::WrongAddress);
        }
    }
    let keys = [
        (&settings.client_key, &credentials.client_key),
        (&settings.javascript_key, &credentials.javascript_key),
        (&settings.rest_api_key, &credentials.rest_api_key),
        (&settings.dot_net_key, &credentials.dot_net_key),
    ];
    let needs_key = keys.iter().any(|(wanted, _)| wanted.is_some());
    let has_key = keys.iter().any(|(wanted, given)| match (wanted, given) {
        (Some(wanted), Some(given)) => wanted.matches(given.expose()),
        _ => false,
    });
    if needs_key && !has_key {
        Err(AuthenticateError::Unauthorized)
    } else {
        Ok(Key::Client)
    }
}

/// Checks keys and session.
pub async fn authenticate(
    node: &Node,
    credentials: &Credentials,
    ip: Option<IpAddr>,
) -> Result<Caller, AuthenticateError> {
    let key = check_keys(&node.settings, credentials, ip)?;
    let session = match &credentials.session_token {
        Some(token) => Some(live_session(node, token).await?),
        None => None,
    };
    Ok(Caller {
        key,
        session,
        installation_id: credentials.installation_id.clone(),
    })
}

/// The session with this token, with its user and what that user's roles grant.
pub async fn live_session(node: &Node, token: &str) -> Result<Arc<LiveSession>, Failure> {
    let now = node.now();
    let expired = || {
        ParseError::new(
            ErrorCode::INVALID_SESSION_TOKEN,
            "Session token is expired.",
        )
    };
    if let Some(session) = node.sessions.get(token, now) {
        if session.expires_at.is_some_and(|end| end <= now) {
            return Err(expired().into());
        }
        return Ok(session);
    }
    let invalid = || ParseError::new(ErrorCode::INVALID_SESSION_TOKEN, "Invalid session token");
    let session = find_session(node, token).await?.ok_or_else(invalid)?;
    let expires_at = session.get("expiresAt").and_then(|date| date.as_date());
    if expires_at.is_some_and(|end| end <= now) {
        return Err(expired().into());
    }
    let expires_at = match extend_session::extend(node, &session).await? {
        Some(end) => Some(end),
        None => expires_at,
    };
    let user = session
        .get("user")
        .and_then(|user| user.as_pointer())
        .ok_or_else(invalid)?;
    let user = node
        .storage
        .get(&ClassName::USER, &user.id, &Access::Master)
        .await?
        .ok_or_else(invalid)?;
    let grants = role_grants::grants_of(node, &user.id).await?;
    let live = Arc::new(LiveSession {
        id: session.id,
        token: token.to_owned(),
        user,
        expires_at,
        grants,
    });
    node.sessions.put(token.to_owned(), Arc::clone(&live), now);
    Ok(live)
}

/// The `_Session` with this token.
pub async fn find_session(node: &Node, token: &str) -> Result<Option<ParseObject>, Failure> {
    let by_token = Filter::equal(FieldPath::internal(SESSION_TOKEN_FIELD), token);
    let query = Query::all(ClassName::SESSION).filter(by_token).limit(1);
    Ok(node.storage.find(&query).await?.pop())
}
