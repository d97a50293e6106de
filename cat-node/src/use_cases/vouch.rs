//! What a user's providers say: they are asked one after the other, and nothing is stored here.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::Failure;
use super::sign_up::unsupported_auth_data;
use super::verify_credentials::is_locked_out;
use crate::auth_providers::adapter::{Attempt, AuthAdapter, Policy, ProviderData, Save, Step};
use crate::caller::Caller;
use crate::domain::auth_data::{self, AuthData, claimed_id, repeats};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::ObjectId;
use crate::domain::object::ParseObject;
use crate::node::Node;

/// Most providers in one request: each may be asked over the network.
const MAX_PROVIDERS: usize = 20;

/// What the providers said.
#[derive(Debug, Default)]
pub struct Vouched {
    /// What is to be stored; `null` unlinks.
    pub auth_data: AuthData,
    /// For the client, by provider.
    pub response: Map<String, Json>,
    /// What is stored although the request is refused.
    pub refusal: Option<ParseError>,
}

fn adapter<'a>(node: &'a Node, provider: &str) -> Result<&'a dyn AuthAdapter, ParseError> {
    node.auth.get(provider).ok_or_else(unsupported_auth_data)
}

/// Finds out whom the data is about: codes become ids, in place; the answer is the users that have one of these ids.
/// What only repeats what is stored of the user itself is not asked about.
pub async fn identify(
    node: &Node,
    caller: &Caller,
    given: &mut AuthData,
    stored: Option<&AuthData>,
) -> Result<Vec<ParseObject>, Failure> {
    if given.len() > MAX_PROVIDERS {
        return Err(unsupported_auth_data().into());
    }
    let mut identities = Vec::with_capacity(given.len());
    for (provider, data) in given.iter_mut().filter(|(_, data)| !data.is_null()) {
        let Some(adapter) = node.auth.get(provider) else {
            continue;
        };
        let is_known = stored.is_some_and(|stored| {
            data.as_object().is_some_and(|data| !data.is_empty())
                && repeats(data, stored.get(provider))
        });
        if let Some(data) = data.as_object_mut().filter(|_| !is_known) {
            adapter.identify(data, node.now()).await?;
        }
        identities.extend(claimed_id(provider, data)?);
    }
    let mut users = node.storage.find_by_identity(&identities).await?;
    users.retain(|user| caller.is_master() || !is_locked_out(user));
    Ok(users)
}

/// Asks the providers about a user, in the order of their names, so that the first refusal is always the same.
pub async fn vouch(
    node: &Node,
    caller: &Caller,
    given: &AuthData,
    user: Option<&ParseObject>,
) -> Result<Vouched, Failure> {
    let stored = user.map(auth_data::stored).unwrap_or_default();
    let is_in = user.is_some_and(|user| caller.is_master() || caller.is_user(&user.id));
    let mut vouched = Vouched::default();
    let by_name: BTreeMap<&String, &Json> = given.iter().collect();
    for (provider, data) in by_name {
        if data.is_null() {
            vouched.auth_data.insert(provider.clone(), Json::Null);
            continue;
        }
        let adapter = adapter(node, provider)?;
        let data = data.as_object().ok_or_else(unsupported_auth_data)?;
        let stored = stored.get(provider).and_then(Json::as_object);
        let step = match (stored.is_some(), is_in) {
            (true, true) => Step::Update,
            (true, false) => Step::LogIn,
            (false, _) => Step::SetUp,
        };
        let attempt = attempt(node, caller, step, stored, user.map(|user| &user.id));
        let verdict = adapter.vouch(data, &attempt).await?;
        if let Some(response) = verdict.response {
            vouched.response.insert(provider.clone(), response);
        }
        let save = match verdict.save {
            Save::Given => data.clone(),
            Save::This(data) => data,
            Save::Nothing => continue,
            Save::ThenRefuse(data, refusal) => {
                vouched.refusal = Some(refusal);
                data
            }
        };
        vouched
            .auth_data
            .insert(provider.clone(), Json::Object(save));
        if vouched.refusal.is_some() {
            break;
        }
    }
    Ok(vouched)
}

pub(super) fn attempt<'a>(
    node: &Node,
    caller: &'a Caller,
    step: Step,
    stored: Option<&'a ProviderData>,
    user: Option<&'a ObjectId>,
) -> Attempt<'a> {
    Attempt {
        step,
        stored,
        user_id: user.map(ObjectId::as_str),
        is_master: caller.is_master(),
        installation_id: caller.installation_id.as_deref(),
        now: node.now(),
    }
}

/// Refuses a log-in without the second factor that the user has set up.
pub fn check_second_factor(
    node: &Node,
    given: &AuthData,
    stored: &AuthData,
) -> Result<(), ParseError> {
    let brings = |provider: &str| {
        given
            .get(provider)
            .is_some_and(crate::domain::credentials::is_truthy)
    };
    let mut missing = Vec::new();
    let mut has_second = false;
    for (provider, data) in stored {
        let Some(adapter) = node.auth.get(provider) else {
            continue;
        };
        match adapter.policy(data.as_object()) {
            Policy::Solo if brings(provider) => return Ok(()),
            Policy::Additional if brings(provider) => has_second = true,
            Policy::Additional => missing.push(provider.as_str()),
            Policy::Default | Policy::Solo => {}
        }
    }
    if has_second || missing.is_empty() {
        return Ok(());
    }
    Err(ParseError::new(
        ErrorCode::OTHER_CAUSE,
        format!("Missing additional authData {}", missing.join(",")),
    ))
}

/// What an account that somebody else has linked is refused with.
pub fn already_linked() -> ParseError {
    ParseError::new(
        ErrorCode::ACCOUNT_ALREADY_LINKED,
        "this auth is already used",
    )
}

/// What was good for one use was used by another request at the same time.
pub fn used_meanwhile() -> ParseError {
    ParseError::new(ErrorCode::SCRIPT_FAILED, "Invalid auth data")
}
