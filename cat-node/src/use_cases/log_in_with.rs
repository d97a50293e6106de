//! A user is let in by what its providers say.

use serde_json::{Map, Value as Json};

use super::Failure;
use super::let_in::own_view;
use super::set_password::check_password_age;
use super::start_session::{self, Origin, gets_session, new_session};
use super::vouch::{Vouched, used_meanwhile, vouch};
use crate::caller::Caller;
use crate::domain::acl::Access;
use crate::domain::auth_data::{self, AuthData};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::{SESSION_TOKEN_FIELD, object_to_json};
use crate::domain::update::Update;
use crate::node::Node;
use crate::storage::{StorageError, Transaction, Write};

/// A user that signed up with its providers before, and comes again.
pub async fn log_in_with_providers(
    node: &Node,
    caller: &Caller,
    given: &AuthData,
    user: &ParseObject,
) -> Result<Map<String, Json>, Failure> {
    let stored = auth_data::stored(user);
    super::vouch::check_second_factor(node, given, &stored)?;
    let news = auth_data::news(given, &stored);
    let is_itself = caller.is_master() || caller.is_user(&user.id);
    let mut json = whole_user(node, user).await?;
    // The master key says nothing new, nor does the user itself: nobody has to be asked.
    let is_told = !(news.is_empty() && is_itself);
    let vouched = match is_told {
        true => vouch(node, caller, given, Some(user)).await?,
        false => Vouched::default(),
    };
    let mut transaction = remember(node, &user.id, &stored, &vouched)?;
    show_news(&mut json, &news);
    if gets_session(caller) && caller.user().is_none() {
        let names: Vec<&str> = given.keys().map(String::as_str).collect();
        let names = names.join(",");
        let origin = Origin::Providers(&names);
        let session = new_session(node, &user.id, origin, caller.installation_id.as_deref());
        json.insert(
            "sessionToken".to_owned(),
            session.text(SESSION_TOKEN_FIELD).into(),
        );
        if vouched.refusal.is_none() {
            transaction = start_session::start(node, &session, &user.id, transaction).await?;
        }
    }
    settle(node, transaction, &vouched).await?;
    if is_told {
        json.insert(
            "authDataResponse".to_owned(),
            Json::Object(vouched.response),
        );
    }
    Ok(json)
}

/// A user that was let in by its password and brings its second factor, or links what it has not linked yet.
pub async fn log_in_with_password_and(
    node: &Node,
    caller: &Caller,
    given: Option<&AuthData>,
    user: &ParseObject,
) -> Result<Map<String, Json>, Failure> {
    let stored = auth_data::stored(user);
    let none = AuthData::new();
    super::vouch::check_second_factor(node, given.unwrap_or(&none), &stored)?;
    let Some(given) = given else {
        check_password_age(node, user).await?;
        return super::let_in::let_in(node, caller, user, Origin::LogIn, Transaction::default())
            .await;
    };
    let mut given = given.clone();
    let holders = super::vouch::identify(node, caller, &mut given, None).await?;
    if holders.iter().any(|holder| holder.id != user.id) {
        return Err(super::vouch::already_linked().into());
    }
    let vouched = vouch(node, caller, &given, Some(user)).await?;
    check_password_age(node, user).await?;
    let mut transaction = remember(node, &user.id, &stored, &vouched)?;
    let session = new_session(
        node,
        &user.id,
        Origin::LogIn,
        caller.installation_id.as_deref(),
    );
    if vouched.refusal.is_none() {
        transaction = start_session::start(node, &session, &user.id, transaction).await?;
    }
    settle(node, transaction, &vouched).await?;
    let mut json = own_view(node, caller, user).await?;
    json.insert(
        "sessionToken".to_owned(),
        session.text(SESSION_TOKEN_FIELD).into(),
    );
    json.insert(
        "authDataResponse".to_owned(),
        Json::Object(vouched.response),
    );
    Ok(json)
}

/// The write of what the providers said, on condition that nothing of it was used meanwhile.
fn remember(
    node: &Node,
    user: &ObjectId,
    stored: &AuthData,
    vouched: &Vouched,
) -> Result<Transaction, Failure> {
    if vouched.auth_data.is_empty() {
        return Ok(Transaction::default());
    }
    // A log-in is no change of the user: its date stays.
    let mut update = Update::at(chrono::DateTime::UNIX_EPOCH);
    auth_data::add_to_update(&vouched.auth_data, &mut update)?;
    node.forget_sessions_of(user);
    Ok(Transaction::default().write(Write::Update {
        class: ClassName::USER,
        id: user.clone(),
        access: Access::Master,
        guard: auth_data::guard(stored, &vouched.auth_data),
        update,
    }))
}

async fn settle(node: &Node, transaction: Transaction, vouched: &Vouched) -> Result<(), Failure> {
    match node.commit(transaction).await {
        Err(StorageError::NotFound { class, .. }) if class == ClassName::USER => {
            return Err(used_meanwhile().into());
        }
        result => result?,
    };
    match &vouched.refusal {
        Some(refusal) => Err(refusal.clone().into()),
        None => Ok(()),
    }
}

/// All that is stored of the user, but for what only the master key sees of its providers.
async fn whole_user(node: &Node, user: &ParseObject) -> Result<Map<String, Json>, Failure> {
    let mut json = object_to_json(user, &*node.schema_or_empty(&ClassName::USER).await?);
    super::show_auth_data::show_secrets_of_none(node, &mut json);
    Ok(json)
}

/// The client is told what it brought as it brought it.
fn show_news(json: &mut Map<String, Json>, news: &AuthData) {
    let shown = json
        .entry("authData")
        .or_insert_with(|| Json::Object(AuthData::new()));
    if let Some(shown) = shown.as_object_mut() {
        for (provider, data) in news {
            match data {
                Json::Null => drop(shown.shift_remove(provider)),
                data => drop(shown.insert(provider.clone(), data.clone())),
            }
        }
    }
    if shown.as_object().is_some_and(AuthData::is_empty) {
        json.shift_remove("authData");
    }
}
