//! Puts the objects that pointers lead to in the pointers' place. A pointer whose object is gone or hidden disappears,
//! as in parse-server.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value as Json};

use super::Failure;
use super::find_objects::{Shape, find_by_ids};
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::object::selection::Selection;
use crate::domain::schema::{ClassSchema, FieldType, defaults};
use crate::node::Node;

/// Longest include path.
pub const MAX_INCLUDE_DEPTH: usize = 10;
/// Most include paths of a request.
pub const MAX_INCLUDES: usize = 100;

/// The paths to include, parents before children: what was asked for and what `keys` reach into.
pub fn paths(
    schema: &ClassSchema,
    shape: &Shape,
    selection: &Selection,
) -> Result<Vec<Vec<String>>, ParseError> {
    let include = shape.include.as_deref().unwrap_or_default();
    let mut wanted: Vec<&str> = include.split(',').collect();
    wanted.extend(selection.implied_includes());
    let includes_all = shape.include_all || wanted.contains(&"*");
    let mut paths = BTreeSet::new();
    if includes_all {
        paths.extend(leading_fields(schema).map(|name| vec![name.to_owned()]));
    }
    for path in wanted
        .into_iter()
        .filter(|path| !path.is_empty() && *path != "*")
    {
        let segments: Vec<String> = path.split('.').map(str::to_owned).collect();
        if segments.len() > MAX_INCLUDE_DEPTH {
            let text = format!(
                "Include depth of {} exceeds maximum allowed depth of {MAX_INCLUDE_DEPTH}",
                segments.len()
            );
            return Err(ParseError::new(ErrorCode::INVALID_QUERY, text));
        }
        paths.extend((1..=segments.len()).map(|length| segments[..length].to_vec()));
    }
    if paths.len() > MAX_INCLUDES {
        let text = format!(
            "Number of include fields ({}) exceeds maximum allowed ({MAX_INCLUDES})",
            paths.len()
        );
        return Err(ParseError::new(ErrorCode::INVALID_QUERY, text));
    }
    let mut paths: Vec<_> = paths.into_iter().collect();
    paths.sort_by_key(Vec::len);
    Ok(paths)
}

/// The fields that may lead to objects.
fn leading_fields(schema: &ClassSchema) -> impl Iterator<Item = &str> {
    let own = schema
        .fields
        .iter()
        .map(|(name, kind)| (name.as_str(), kind));
    let all = own.chain(defaults::columns(&schema.class).map(|(name, kind)| (*name, kind)));
    all.filter(|(_, kind)| matches!(kind, FieldType::Pointer(_) | FieldType::Array))
        .map(|(name, _)| name)
}

/// The keys that are wanted: whoever includes all wants all that leads to objects, too.
pub fn keys_with_all(schema: &ClassSchema, shape: &Shape) -> Option<String> {
    let keys = shape.keys.as_deref()?;
    let include = shape.include.as_deref().unwrap_or_default();
    if !shape.include_all && !include.split(',').any(|path| path == "*") {
        return Some(keys.to_owned());
    }
    let all: Vec<&str> = std::iter::once(keys)
        .chain(leading_fields(schema))
        .collect();
    Some(all.join(","))
}

/// Includes path after path; each sees the objects that the ones before brought.
pub async fn include(
    node: &Node,
    caller: &Caller,
    mut objects: Vec<Json>,
    paths: &[Vec<String>],
) -> Result<Vec<Json>, Failure> {
    for path in paths {
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        objects
            .iter()
            .for_each(|object| collect(object, path, &mut wanted));
        let mut loaded = HashMap::new();
        for (class, ids) in wanted {
            let ids = ids.into_iter().map(Json::String).collect();
            for mut object in find_by_ids(node, caller, &class, ids).await? {
                object.insert("__type".to_owned(), "Object".into());
                object.insert("className".to_owned(), class.clone().into());
                let id = object
                    .get("objectId")
                    .and_then(Json::as_str)
                    .unwrap_or_default()
                    .to_owned();
                loaded.insert((class.clone(), id), object);
            }
        }
        objects = objects
            .into_iter()
            .filter_map(|object| replace(object, path, &loaded))
            .collect();
    }
    Ok(objects)
}

fn pointer(json: &Json) -> Option<(&str, &str)> {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    (text("__type")? == "Pointer").then_some((text("className")?, text("objectId")?))
}

fn collect(json: &Json, path: &[String], wanted: &mut BTreeMap<String, BTreeSet<String>>) {
    match (json, path.split_first()) {
        (Json::Array(items), _) => items.iter().for_each(|item| collect(item, path, wanted)),
        (Json::Object(map), Some((segment, rest))) => {
            if let Some(next) = map.get(segment) {
                collect(next, rest, wanted);
            }
        }
        (json, None) => {
            if let Some((class, id)) = pointer(json) {
                wanted
                    .entry(class.to_owned())
                    .or_default()
                    .insert(id.to_owned());
            }
        }
        _ => {}
    }
}

/// `None` for a pointer that leads nowhere.
fn replace(
    json: Json,
    path: &[String],
    loaded: &HashMap<(String, String), Map<String, Json>>,
) -> Option<Json> {
    match (json, path.split_first()) {
        (Json::Array(items), _) => Some(Json::Array(
            items
                .into_iter()
                .filter_map(|item| replace(item, path, loaded))
                .collect(),
        )),
        (Json::Object(mut map), Some((segment, rest))) => {
            if let Some(next) = map.get_mut(segment) {
                match replace(next.take(), rest, loaded) {
                    Some(replaced) => *next = replaced,
                    None => drop(map.shift_remove(segment)),
                }
            }
            Some(Json::Object(map))
        }
        (json, None) => match pointer(&json) {
            Some((class, id)) => loaded
                .get(&(class.to_owned(), id.to_owned()))
                .cloned()
                .map(Json::Object),
            None => Some(json),
        },
        (json, _) => Some(json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pointers_are_replaced_where_the_path_leads() {
        let pointer = |id: &str| json!({"__type": "Pointer", "className": "P", "objectId": id});
        let loaded = HashMap::from([(
            ("P".to_owned(), "1".to_owned()),
            Map::from_iter([("t".to_owned(), json!(1))]),
        )]);
        let object = json!({"a": pointer("1"), "gone": pointer("2"), "list": [pointer("1"), pointer("2"), 5]});
        let included = |path: &[&str]| {
            let path: Vec<String> = path.iter().map(|segment| (*segment).to_owned()).collect();
            replace(object.clone(), &path, &loaded).unwrap()
        };
        assert_eq!(included(&["a"])["a"], json!({"t": 1}));
        assert_eq!(included(&["gone"]).get("gone"), None);
        assert_eq!(included(&["list"])["list"], json!([{"t": 1}, 5]));
    }
}
