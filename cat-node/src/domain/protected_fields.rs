//! Fields that others may neither see nor ask for: those that the class's permissions or the settings protect.
//!
//! A caller may be several things at once (everyone, logged in, in a role, pointed to by the object); what is hidden
//! from it is what every one of them hides.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::acl::PUBLIC;
use super::error::{ErrorCode, ParseError};
use super::names::ClassName;
use super::permissions::user_of;
use super::schema::ClassSchema;

const AUTHENTICATED: &str = "authenticated";
const POINTED_TO: &str = "userField:";

/// Lists of fields, by the entity that they are hidden from.
pub type FieldsByEntity = BTreeMap<String, Vec<String>>;

/// What a class hides from one caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Protection {
    /// From the caller, whatever the object.
    hidden: Vec<String>,
    /// From whom a field of the object points to: the field, and what is hidden then.
    by_field: Vec<(String, Vec<String>)>,
    user: Option<String>,
}

impl Protection {
    /// What the class and the settings hide from these grants (`*`, a user id, `role:NAME`).
    pub fn of(schema: &ClassSchema, settings: Option<&FieldsByEntity>, grants: &[String]) -> Self {
        let protected = all_of(schema, settings);
        let user = user_of(grants);
        let concerns = |entity: &str| match entity {
            PUBLIC => true,
            AUTHENTICATED => user.is_some(),
            other => user.is_some() && grants.iter().any(|grant| grant == other),
        };
        let sets = protected.iter().filter(|(entity, _)| concerns(entity));
        let sets: Vec<&Vec<String>> = sets.map(|(_, fields)| fields).collect();
        let by_field = protected.iter().filter_map(|(entity, fields)| {
            let field = entity.strip_prefix(POINTED_TO)?;
            Some((field.to_owned(), fields.clone()))
        });
        Self {
            hidden: in_every(&sets),
            by_field: by_field.collect(),
            user: user.map(str::to_owned),
        }
    }

    /// Whether there is nothing to hide in any object.
    pub fn is_empty(&self) -> bool {
        self.hidden.is_empty()
    }

    pub fn hides(&self, field: &str) -> bool {
        let root = field.split('.').next().unwrap_or_default();
        self.hidden
            .iter()
            .any(|hidden| hidden == field || hidden == root)
    }

    /// Takes the hidden fields out of an object.
    pub fn remove_from(&self, object: &mut Map<String, Json>) {
        if self.is_empty() {
            return;
        }
        let mut sets = vec![&self.hidden];
        sets.extend(
            self.by_field
                .iter()
                .filter(|(field, _)| self.is_pointed_to(object.get(field)))
                .map(|(_, fields)| fields),
        );
        let hidden = in_every(&sets);
        object.retain(|name, _| !hidden.contains(name));
    }

    fn is_pointed_to(&self, value: Option<&Json>) -> bool {
        let is_user = |json: &Json| {
            let id = json.get("objectId").and_then(Json::as_str);
            id.is_some() && id == self.user.as_deref()
        };
        match value {
            Some(Json::Array(items)) => items.iter().any(is_user),
            Some(single) => is_user(single),
            None => false,
        }
    }

    /// Refuses a query that would tell what a hidden field holds.
    pub fn check_filter(&self, class: &ClassName, filter: &Json) -> Result<(), ParseError> {
        let mut pending = vec![filter];
        while let Some(Json::Object(map)) = pending.pop() {
            for (key, value) in map {
                if self.hides(key) {
                    return Err(not_allowed("query", key, class));
                }
                if !matches!(key.as_str(), "$or" | "$and" | "$nor") {
                    continue;
                }
                let Json::Array(items) = value else {
                    let reason = format!("{key} must be an array");
                    return Err(ParseError::denied(ErrorCode::INVALID_QUERY, reason));
                };
                pending.extend(items.iter().filter(|item| item.is_object()));
            }
        }
        Ok(())
    }

    /// Refuses an order that would tell what a hidden field holds.
    pub fn check_order(&self, class: &ClassName, order: &str) -> Result<(), ParseError> {
        let keys = order.split(',').map(str::trim);
        let mut keys = keys.map(|key| key.strip_prefix('-').unwrap_or(key));
        match keys.find(|key| self.hides(key)) {
            Some(key) => Err(not_allowed("sort by", key, class)),
            None => Ok(()),
        }
    }

    /// Refuses to follow a relation that is hidden.
    pub fn check_relation(&self, class: &ClassName, key: &str) -> Result<(), ParseError> {
        if self.hides(key) {
            return Err(not_allowed("query", key, class));
        }
        Ok(())
    }
}

fn not_allowed(deed: &str, field: &str, class: &ClassName) -> ParseError {
    ParseError::forbidden(format!(
        "This user is not allowed to {deed} {field} on class {class}"
    ))
}

/// What the class's permissions say, and the settings beside them.
fn all_of(schema: &ClassSchema, settings: Option<&FieldsByEntity>) -> FieldsByEntity {
    let mut all = FieldsByEntity::new();
    let permissions = schema.permissions.as_ref();
    let of_class = permissions.and_then(|permissions| permissions["protectedFields"].as_object());
    for (entity, fields) in of_class.into_iter().flatten() {
        let fields = fields.as_array().into_iter().flatten();
        let names = fields.filter_map(Json::as_str).map(str::to_owned);
        all.insert(entity.clone(), names.collect());
    }
    for (entity, fields) in settings.into_iter().flatten() {
        let own = all.entry(entity.clone()).or_default();
        let more: Vec<String> = fields
            .iter()
            .filter(|field| !own.contains(field))
            .cloned()
            .collect();
        own.extend(more);
    }
    all
}

fn in_every(sets: &[&Vec<String>]) -> Vec<String> {
    let Some((first, rest)) = sets.split_first() else {
        return Vec::new();
    };
    let in_rest = |field: &&String| rest.iter().all(|set| set.contains(field));
    first.iter().filter(in_rest).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn protection(protected: &Json, own: &[&str]) -> Protection {
        let schema = ClassSchema {
            permissions: Some(json!({"protectedFields": protected})),
            ..ClassSchema::new(ClassName::internal("Cat"))
        };
        let grants: Vec<String> = own.iter().map(|grant| (*grant).to_owned()).collect();
        Protection::of(&schema, None, &grants)
    }

    #[test]
    fn only_what_every_entity_hides_is_hidden() {
        let rules =
            json!({"*": ["a", "b"], "authenticated": ["b", "c"], "role:court": [], "u": ["b"]});
        let hidden = |own: &[&str]| protection(&rules, own).hidden;
        assert_eq!(hidden(&["*"]), ["a", "b"]);
        assert_eq!(hidden(&["*", "v"]), ["b"]);
        assert_eq!(hidden(&["*", "u"]), ["b"]);
        assert_eq!(hidden(&["*", "v", "role:court"]), [""; 0]);
    }

    #[test]
    fn whom_an_object_points_to_may_see_more_of_it() {
        let rules = json!({"*": ["a", "b"], "userField:owner": ["b"], "userField:team": []});
        let seen = |object: Json| {
            let mut object = object.as_object().unwrap().clone();
            protection(&rules, &["*", "u"]).remove_from(&mut object);
            object.keys().cloned().collect::<Vec<_>>()
        };
        let pointer = json!({"__type": "Pointer", "className": "_User", "objectId": "u"});
        assert_eq!(seen(json!({"a": 1, "b": 1, "n": 1})), ["n"]);
        assert_eq!(
            seen(json!({"a": 1, "b": 1, "owner": pointer})),
            ["a", "owner"]
        );
        assert_eq!(
            seen(json!({"a": 1, "b": 1, "team": [pointer]})),
            ["a", "b", "team"]
        );
    }

    #[test]
    fn hidden_fields_cannot_be_asked_for() {
        let class = ClassName::internal("Cat");
        let protection = protection(&json!({"*": ["a"]}), &["*"]);
        for filter in [
            json!({"a": 1}),
            json!({"a.b": 1}),
            json!({"$or": [{"n": 1}, {"$and": [{"$nor": [{"a": 1}]}]}]}),
        ] {
            assert_eq!(
                protection.check_filter(&class, &filter).unwrap_err().code.0,
                119,
                "{filter}"
            );
        }
        let malformed = protection.check_filter(&class, &json!({"$or": {"a": 1}}));
        assert_eq!(malformed.unwrap_err().code.0, 102);
        assert!(
            protection
                .check_filter(&class, &json!({"n": {"a": 1}}))
                .is_ok()
        );
        assert!(protection.check_order(&class, "n, -a.b").is_err());
        assert!(protection.check_order(&class, "n").is_ok());
    }

    #[test]
    fn settings_add_to_what_a_class_says() {
        let settings = FieldsByEntity::from([("*".to_owned(), vec!["email".to_owned()])]);
        let schema = ClassSchema::new(ClassName::USER);
        let protection = Protection::of(&schema, Some(&settings), &["*".to_owned()]);
        assert!(protection.hides("email"));
    }
}
