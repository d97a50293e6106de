//! Replaces what a `where` asks of other classes by what the answer is: `$inQuery`, `$notInQuery`, `$select`,
//! `$dontSelect`, `$relatedTo`, and conditions on relation fields become lists of ids or values.

use std::pin::Pin;

use serde_json::{Map, Value as Json, json};

use super::Failure;
use super::find_objects::{FindRequest, Found, Shape, find_objects, get_object};
use super::readable_class::ReadableClass;
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::query::parse::{MAX_QUERY_DEPTH, is_truthy};
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::json::value_from_json;
use crate::domain::value::{ParseValue, Pointer};
use crate::node::Node;

/// Deepest chain of sub-queries.
pub const MAX_SUBQUERY_DEPTH: usize = 5;
/// Most objects that a sub-query may find.
pub const MAX_SUBQUERY_RESULTS: u64 = 100_000;

type Resolved<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Resolves a `where` for a class.
pub async fn resolve(
    node: &Node,
    caller: &Caller,
    class: &ClassName,
    filter: Json,
) -> Result<Json, Failure> {
    check_subquery_depth(&filter)?;
    if !needs_work(&filter)
        && !node
            .schema_or_empty(class)
            .await?
            .fields
            .values()
            .any(is_relation)
        && *class != ClassName::ROLE
    {
        return Ok(filter);
    }
    let schema = node.schema_or_empty(class).await?;
    Resolver {
        node,
        caller,
        schema: &schema,
    }
    .filter(filter, MAX_QUERY_DEPTH)
    .await
}

fn is_relation(kind: &FieldType) -> bool {
    matches!(kind, FieldType::Relation(_))
}

const SUBQUERIES: &[&str] = &["$inQuery", "$notInQuery", "$select", "$dontSelect"];

fn needs_work(filter: &Json) -> bool {
    any_key(filter, |key| {
        key == "$relatedTo" || SUBQUERIES.contains(&key)
    })
}

fn any_key(json: &Json, test: fn(&str) -> bool) -> bool {
    let mut pending = vec![json];
    while let Some(json) = pending.pop() {
        match json {
            Json::Object(map) => {
                if map.keys().any(|key| test(key)) {
                    return true;
                }
                pending.extend(map.values());
            }
            Json::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    false
}

fn check_subquery_depth(filter: &Json) -> Result<(), ParseError> {
    let mut pending = vec![(filter, 0)];
    while let Some((json, depth)) = pending.pop() {
        if depth > MAX_SUBQUERY_DEPTH {
            let text = format!(
                "Subquery nesting depth exceeds maximum allowed depth of {MAX_SUBQUERY_DEPTH}"
            );
            return Err(ParseError::new(ErrorCode::INVALID_QUERY, text));
        }
        match json {
            Json::Object(map) => pending.extend(map.iter().map(|(key, value)| {
                (
                    value,
                    depth + usize::from(SUBQUERIES.contains(&key.as_str())),
                )
            })),
            Json::Array(items) => pending.extend(items.iter().map(|item| (item, depth))),
            _ => {}
        }
    }
    Ok(())
}

fn improper(operator: &str) -> ParseError {
    ParseError::new(
        ErrorCode::INVALID_QUERY,
        format!("improper usage of {operator}"),
    )
}

#[derive(Clone, Copy)]
struct Resolver<'a> {
    node: &'a Node,
    caller: &'a Caller,
    schema: &'a ClassSchema,
}

impl<'a> Resolver<'a> {
    fn filter(self, filter: Json, depth: usize) -> Resolved<'a, Json> {
        Box::pin(async move {
            let Json::Object(map) = filter else {
                return Ok(filter);
            };
            let Some(deeper) = depth.checked_sub(1) else {
                return Err(ParseError::new(
                    ErrorCode::INVALID_QUERY,
                    "Query condition nesting depth exceeds maximum",
                )
                .into());
            };
            let mut resolved = Map::with_capacity(map.len());
            let mut narrowed = Vec::new();
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("$or" | "$and" | "$nor", Json::Array(items)) => {
                        let mut list = Vec::with_capacity(items.len());
                        for item in items {
                            list.push(self.filter(item, deeper).await?);
                        }
                        resolved.insert(key, Json::Array(list));
                    }
                    ("$relatedTo", value) => narrowed.push(self.related_to(&value).await?),
                    (field, value)
                        if self
                            .schema
                            .field(field)
                            .is_some_and(|kind| is_relation(&kind)) =>
                    {
                        narrowed.push(self.owners(field, value).await?);
                    }
                    (_, value) => {
                        let value = self.constraints(value).await?;
                        resolved.insert(key, value);
                    }
                }
            }
            if narrowed.is_empty() {
                return Ok(Json::Object(resolved));
            }
            narrowed.push(Json::Object(resolved));
            Ok(json!({"$and": narrowed}))
        })
    }

    /// The constraints on one field, its sub-queries replaced.
    async fn constraints(self, value: Json) -> Result<Json, Failure> {
        let Json::Object(mut map) = value else {
            return Ok(value);
        };
        for operator in SUBQUERIES {
            let Some(operand) = map.shift_remove(*operator) else {
                continue;
            };
            let values = if operator.ends_with("nQuery") {
                self.pointers(operator, &operand).await?
            } else {
                self.selected(operator, &operand).await?
            };
            let is_positive = matches!(*operator, "$inQuery" | "$select");
            add_to_list(&mut map, if is_positive { "$in" } else { "$nin" }, values);
        }
        Ok(Json::Object(map))
    }

    async fn pointers(self, operator: &str, operand: &Json) -> Result<Vec<Json>, Failure> {
        let class = operand.get("className").and_then(Json::as_str);
        let has_where = operand.get("where").is_some_and(is_truthy);
        let class = class
            .filter(|class| !class.is_empty() && has_where)
            .ok_or_else(|| improper(operator))?;
        let found = self.sub_find(class, operand).await?;
        let pointer = |object: &Map<String, Json>| json!({"__type": "Pointer", "className": found.class, "objectId": object["objectId"]});
        Ok(found.results.iter().map(pointer).collect())
    }

    /// What one field of the objects found holds; `null` for an object without it.
    async fn selected(self, operator: &str, operand: &Json) -> Result<Vec<Json>, Failure> {
        let improper = || improper(operator);
        let members = operand.as_object().filter(|members| members.len() == 2);
        let members = members.ok_or_else(improper)?;
        let text = |json: Option<&Json>| json.and_then(Json::as_str).map(str::to_owned);
        let key = text(members.get("key")).filter(|key| !key.is_empty());
        let query = members.get("query").filter(|query| query.is_object());
        let class = text(query.and_then(|query| query.get("className")));
        let (Some(key), Some(query), Some(class)) = (key, query, class) else {
            return Err(improper().into());
        };
        let found = self.sub_find(&class, query).await?;
        let value = |object: Map<String, Json>| {
            key.split('.')
                .try_fold(Json::Object(object), |json, segment| {
                    json.get(segment).cloned()
                })
                .unwrap_or(Json::Null)
        };
        Ok(found.results.into_iter().map(value).collect())
    }

    /// parse-server takes of a sub-query its class, its `where` and its redirection, and finds all that match.
    async fn sub_find(self, class: &str, query: &Json) -> Result<Found, Failure> {
        let filter = query.get("where").cloned().unwrap_or_else(|| json!({}));
        let wanted = self.node.settings.request_complexity.subquery_limit;
        let wanted = wanted.filter(|_| !self.caller.is_unrestricted());
        let limit = wanted.map_or(MAX_SUBQUERY_RESULTS + 1, |limit| limit as u64);
        let mut request = FindRequest::new(class, filter, limit);
        let redirect = query.get("redirectClassNameForKey").and_then(Json::as_str);
        request.redirect = redirect.map(str::to_owned);
        let found = Box::pin(find_objects(self.node, self.caller, request)).await?;
        if found.results.len() as u64 > MAX_SUBQUERY_RESULTS {
            let text = format!("A subquery found more than {MAX_SUBQUERY_RESULTS} objects");
            return Err(ParseError::new(ErrorCode::INVALID_QUERY, text).into());
        }
        Ok(found)
    }

    /// Who may not get the owner, or not see its relation, learns nothing of the members.
    async fn related_to(self, operand: &Json) -> Result<Json, Failure> {
        let owner = operand
            .get("object")
            .and_then(|object| value_from_json(object).ok());
        let key = operand.get("key").and_then(Json::as_str);
        let (Some(ParseValue::Pointer(Pointer { class, id })), Some(key)) = (owner, key) else {
            return Ok(no_object());
        };
        let members = if self.may_follow(&class, &id, key).await? {
            self.node.storage.related(&class, key, &[id]).await?
        } else {
            Vec::new()
        };
        Ok(json!({"objectId": {"$in": id_list(&members)}}))
    }

    async fn may_follow(
        self,
        class: &ClassName,
        id: &ObjectId,
        key: &str,
    ) -> Result<bool, Failure> {
        if self.caller.is_unrestricted() {
            return Ok(true);
        }
        let readable = ReadableClass::open(self.node, self.caller, class).await?;
        readable.check_relation(key)?;
        let shape = Shape::default();
        let owner = get_object(self.node, self.caller, class.as_str(), id, &shape).await;
        match owner {
            Ok(_) => Ok(true),
            Err(Failure::Refused(error)) if is_hidden(&error) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Conditions on a relation field, as conditions on the owners' ids. What is no pointer is in no relation.
    async fn owners(self, field: &str, value: Json) -> Result<Json, Failure> {
        let value = self.constraints(value).await?;
        let constraints: Vec<(&str, &[Json])> = match &value {
            Json::Object(map) if map.get("__type").is_some_and(|kind| kind == "Pointer") => {
                vec![("$in", std::slice::from_ref(&value))]
            }
            Json::Object(map) => map
                .iter()
                .filter_map(|(operator, operand)| match (operator.as_str(), operand) {
                    ("$in" | "$nin", Json::Array(items)) => {
                        Some((operator.as_str(), items.as_slice()))
                    }
                    ("$ne", single) => Some(("$nin", std::slice::from_ref(single))),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        if constraints.is_empty() {
            return Ok(no_object());
        }
        let mut all = Vec::with_capacity(constraints.len());
        for (list, members) in constraints {
            let members: Vec<ObjectId> = members.iter().filter_map(pointed_id).collect();
            let owners = self
                .node
                .storage
                .owners(&self.schema.class, field, &members)
                .await?;
            all.push(json!({"objectId": {list: id_list(&owners)}}));
        }
        Ok(json!({"$and": all}))
    }
}

fn no_object() -> Json {
    json!({"objectId": {"$in": []}})
}

fn is_hidden(error: &ParseError) -> bool {
    matches!(
        error.code,
        ErrorCode::OPERATION_FORBIDDEN | ErrorCode::OBJECT_NOT_FOUND
    )
}

fn pointed_id(json: &Json) -> Option<ObjectId> {
    json.get("objectId")
        .and_then(Json::as_str)
        .map(ObjectId::new)
}

fn id_list(ids: &[ObjectId]) -> Vec<&str> {
    ids.iter().map(ObjectId::as_str).collect()
}

/// What a sub-query found joins what the operator was given.
fn add_to_list(constraints: &mut Map<String, Json>, operator: &str, values: Vec<Json>) {
    let merged = match constraints.shift_remove(operator) {
        Some(Json::Array(given)) => given.into_iter().chain(values).collect(),
        _ => values,
    };
    constraints.insert(operator.to_owned(), Json::Array(merged));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_of_subqueries_are_bounded() {
        let chain = |length| {
            (0..length).fold(
                json!({"a": 1}),
                |inner, _| json!({"p": {"$inQuery": {"className": "C", "where": inner}}}),
            )
        };
        assert!(check_subquery_depth(&chain(MAX_SUBQUERY_DEPTH)).is_ok());
        assert!(check_subquery_depth(&chain(MAX_SUBQUERY_DEPTH + 1)).is_err());
    }

    #[test]
    fn what_a_subquery_finds_joins_the_list() {
        let mut constraints = json!({"$in": [1], "$nin": [3]})
            .as_object()
            .unwrap()
            .clone();
        add_to_list(&mut constraints, "$in", vec![json!(2)]);
        add_to_list(&mut constraints, "$nin", vec![json!(5)]);
        assert_eq!(
            Json::Object(constraints),
            json!({"$in": [1, 2], "$nin": [3, 5]})
        );
    }
}
