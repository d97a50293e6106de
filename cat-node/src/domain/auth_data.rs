//! `authData`: what a user's providers know of it, by provider. Pure rules; the providers themselves are asked elsewhere.

use serde_json::{Map, Value as Json};

use super::error::{ErrorCode, ParseError};
use super::names::{ClassName, FieldPath};
use super::object::ParseObject;
use super::query::{Filter, OrderBy, Test};
use super::update::parse::change_from_json;
use super::update::{FieldOp, Update};
use super::value::json::{value_from_json, value_to_json};
use super::value::{Fields, ParseValue};

pub const AUTH_DATA_FIELD: &str = "authData";
/// A provider that vouches for nobody: whoever knows the id is the user.
pub const ANONYMOUS: &str = "anonymous";

/// A user as one provider knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    pub provider: String,
    pub id: String,
}

/// By provider; `null` unlinks it.
pub type AuthData = Map<String, Json>;

/// What is stored, without providers that have been unlinked.
pub fn stored(user: &ParseObject) -> AuthData {
    let Some(ParseValue::Object(providers)) = user.get(AUTH_DATA_FIELD) else {
        return AuthData::new();
    };
    let linked = providers
        .iter()
        .filter(|(_, data)| matches!(data, ParseValue::Object(_)));
    linked
        .map(|(provider, data)| (provider.clone(), value_to_json(data)))
        .collect()
}

/// The identities that an object's fields hold.
pub fn identities(fields: &Fields) -> Vec<Identity> {
    let Some(ParseValue::Object(providers)) = fields.get(AUTH_DATA_FIELD) else {
        return Vec::new();
    };
    let known = providers.iter().filter_map(|(provider, data)| {
        let ParseValue::Object(data) = data else {
            return None;
        };
        let (provider, id) = (provider.clone(), data.get("id")?.as_str()?.to_owned());
        Some(Identity { provider, id })
    });
    known.collect()
}

/// Whether a body names a provider with something to say: such a user needs neither name nor password.
pub fn says_something(auth_data: &AuthData) -> bool {
    auth_data.values().any(|data| match data {
        Json::Object(data) => !data.is_empty(),
        Json::Array(data) => !data.is_empty(),
        _ => false,
    })
}

/// The id that a provider's data claims.
pub fn claimed_id(provider: &str, data: &Json) -> Result<Option<Identity>, ParseError> {
    match data.get("id") {
        Some(Json::String(id)) if id.is_empty() => Ok(None),
        Some(Json::String(id)) => Ok(Some(Identity {
            provider: provider.to_owned(),
            id: id.clone(),
        })),
        None | Some(Json::Null | Json::Bool(false)) => Ok(None),
        Some(_) => Err(ParseError::new(
            ErrorCode::INVALID_VALUE,
            format!("Invalid authData id for provider '{provider}'."),
        )),
    }
}

/// Whether the data repeats (part of) what is stored: SDKs send back what they were shown.
pub fn repeats(data: &Json, stored: Option<&Json>) -> bool {
    let (Some(data), Some(stored)) = (data.as_object(), stored) else {
        return false;
    };
    data.iter()
        .all(|(key, value)| stored.get(key) == Some(value))
}

/// The providers whose data says something new. Anonymous users have nothing that changes.
pub fn news(given: &AuthData, stored: &AuthData) -> AuthData {
    let is_new = |provider: &str, data: &Json| {
        provider != ANONYMOUS && !(data.is_object() && repeats(data, stored.get(provider)))
    };
    let new = given
        .iter()
        .filter(|(provider, data)| is_new(provider, data));
    new.map(|(provider, data)| (provider.clone(), data.clone()))
        .collect()
}

/// Refuses a query that would tell what providers keep of others: only ids can be asked for. Nobody sorts by them.
pub fn check_query(
    class: &ClassName,
    is_master: bool,
    filter: &Json,
    order: &[OrderBy],
) -> Result<(), ParseError> {
    if *class != ClassName::USER {
        return Ok(());
    }
    let sorted = order.iter().map(|key| &key.path);
    if let Some(path) = sorted
        .filter(|path| path.root() == AUTH_DATA_FIELD)
        .find(|path| path.is_nested())
    {
        let text = format!("Cannot sort by {path}");
        return Err(ParseError::new(ErrorCode::INVALID_KEY_NAME, text));
    }
    let mut pending = vec![filter];
    while let Some(json) = pending.pop().filter(|_| !is_master) {
        match json {
            Json::Object(map) => {
                if map.keys().any(|key| tells_secrets(key)) {
                    return Err(ParseError::permission_denied());
                }
                let parts = map
                    .iter()
                    .filter(|(key, _)| matches!(key.as_str(), "$or" | "$and" | "$nor"));
                pending.extend(parts.map(|(_, part)| part));
            }
            Json::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a key of a query reaches into a provider's data beyond its id.
fn tells_secrets(key: &str) -> bool {
    let segments: Vec<&str> = key.split('.').collect();
    match segments.as_slice() {
        [AUTH_DATA_FIELD, _, "id"] => false,
        [AUTH_DATA_FIELD, _, _, ..] => true,
        _ => false,
    }
}

/// Whether a name can be that of a provider: it becomes part of a field's name.
pub fn is_provider_name(name: &str) -> bool {
    super::names::is_plain_name(name) && name.len() <= super::names::MAX_NAME_CHARS
}

/// Adds the data to a change of a user, provider by provider.
pub fn add_to_update(auth_data: &AuthData, update: &mut Update) -> Result<(), ParseError> {
    for (provider, data) in auth_data {
        let path = FieldPath::parse(&format!("{AUTH_DATA_FIELD}.{provider}"))?;
        let op = match data {
            Json::Null => FieldOp::Unset,
            data => FieldOp::Set(provider_value(data, update)?),
        };
        update.ops.push((path, op));
    }
    Ok(())
}

/// Adds the data to the fields of a new user.
pub fn add_to_fields(auth_data: &AuthData, fields: &mut Fields) -> Result<(), ParseError> {
    let mut update = Update::at(chrono::DateTime::UNIX_EPOCH);
    add_to_update(auth_data, &mut update)?;
    let linked: Fields = update
        .ops
        .into_iter()
        .filter_map(|(path, op)| match op {
            FieldOp::Set(value) => Some((path.segments().last()?.to_owned(), value)),
            _ => None,
        })
        .collect();
    if !linked.is_empty() {
        fields.insert(AUTH_DATA_FIELD.to_owned(), ParseValue::Object(linked));
    }
    Ok(())
}

/// As any other value of a field: its keys and its depth are checked.
fn provider_value(data: &Json, update: &Update) -> Result<ParseValue, ParseError> {
    let body = Map::from_iter([("data".to_owned(), data.clone())]);
    let change = change_from_json(&body, update.updated_at)?;
    match change.update.ops.into_iter().next() {
        Some((_, FieldOp::Set(value))) => Ok(value),
        _ => Err(ParseError::new(
            ErrorCode::INCORRECT_TYPE,
            "authData of a provider must be an object",
        )),
    }
}

/// What must still be stored when the change is written: plain values and lists that the change replaces. What can be
/// used once is used up by one of several requests at once, because the others no longer find it.
pub fn guard(before: &AuthData, after: &AuthData) -> Filter {
    let mut conditions = Vec::new();
    for (provider, new) in after {
        let old = before.get(provider).and_then(Json::as_object);
        for (field, value) in old.into_iter().flatten() {
            let is_lockable = !value.is_null() && !value.is_object();
            if is_lockable && new.get(field) != Some(value) {
                conditions.extend(condition(provider, field, Some(value)));
            }
        }
        let (Some(old), Some(new)) = (old, new.as_object()) else {
            continue;
        };
        for field in new.keys().filter(|field| !old.contains_key(*field)) {
            conditions.extend(condition(provider, field, None));
        }
    }
    Filter::And(conditions)
}

fn condition(provider: &str, field: &str, value: Option<&Json>) -> Option<Filter> {
    let path = FieldPath::parse(&format!("{AUTH_DATA_FIELD}.{provider}.{field}")).ok()?;
    let test = match value {
        Some(value) => Test::Equal(value_from_json(value).ok()?),
        None => Test::Exists(false),
    };
    Some(Filter::Field { path, test })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::query::matches::matches;
    use serde_json::json;

    fn data(json: Json) -> AuthData {
        match json {
            Json::Object(data) => data,
            other => panic!("{other} is no authData"),
        }
    }

    fn user(json: Json) -> ParseObject {
        let mut fields = Fields::new();
        add_to_fields(&data(json), &mut fields).unwrap();
        let id = crate::domain::names::ObjectId::new("u");
        ParseObject::new(id, chrono::DateTime::UNIX_EPOCH, None, fields)
    }

    #[test]
    fn ids_are_texts_and_nothing_else() {
        for hostile in [
            json!({"id": 1}),
            json!({"id": {"$ne": 1}}),
            json!({"id": ["a"]}),
            json!({"id": true}),
        ] {
            let error = claimed_id("x", &hostile).unwrap_err();
            assert_eq!(error.message, "Invalid authData id for provider 'x'.");
        }
        assert_eq!(claimed_id("x", &json!({"id": null})).unwrap(), None);
        assert_eq!(
            claimed_id("x", &json!({"id": "7"})).unwrap().unwrap().id,
            "7"
        );
    }

    #[test]
    fn only_what_differs_is_new() {
        let stored = data(json!({"a": {"id": "1", "token": "t"}, "b": {"id": "2"}}));
        let given = data(
            json!({"a": {"id": "1"}, "b": {"id": "2", "x": 1}, "c": {"id": "3"}, "d": null,
            "anonymous": {"id": "9"}}),
        );
        assert_eq!(
            news(&given, &stored).keys().collect::<Vec<_>>(),
            ["b", "c", "d"]
        );
    }

    #[test]
    fn only_ids_can_be_asked_for() {
        let check =
            |filter: Json, is_master| check_query(&ClassName::USER, is_master, &filter, &[]);
        assert!(check(json!({"authData.facebook.id": {"$in": ["1"]}}), false).is_ok());
        for telling in [
            json!({"authData.mfa.secret": {"$regex": "^A"}}),
            json!({"$or": [{"$and": [{"authData.mfa.recovery.0": "x"}]}]}),
        ] {
            assert_eq!(
                check(telling.clone(), false),
                Err(ParseError::permission_denied())
            );
            assert!(check(telling, true).is_ok());
        }
    }

    #[test]
    fn a_guard_holds_while_nothing_was_used() {
        let before = data(json!({"mfa": {"secret": "s", "recovery": ["r1", "r2"]}}));
        let after = data(json!({"mfa": {"secret": "s", "recovery": ["r2"], "lastStep": 7}}));
        let guard = guard(&before, &after);
        assert!(matches(&user(Json::Object(before)), &guard));
        assert!(!matches(&user(Json::Object(after)), &guard));
    }

    #[test]
    fn linked_providers_come_back_as_they_were() {
        let given = data(json!({"a": {"id": "1", "deep": {"x": [1, null]}}, "gone": null}));
        let user = user(Json::Object(given));
        assert_eq!(
            stored(&user),
            data(json!({"a": {"id": "1", "deep": {"x": [1, null]}}}))
        );
        assert_eq!(identities(&user.fields)[0].id, "1");
    }
}
