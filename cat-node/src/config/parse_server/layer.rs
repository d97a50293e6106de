//! Settings as nested objects.

use serde_json::{Map, Value as Json};

/// Puts a value at a path; a list on the way stands for its only object.
pub(super) fn put(settings: &mut Map<String, Json>, path: &[&str], value: Json) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        settings.insert((*first).to_owned(), value);
        return;
    }
    let next = settings
        .entry(*first)
        .or_insert_with(|| Json::Object(Map::new()));
    if let Json::Array(items) = next
        && let Some(Json::Object(only)) = items.first_mut()
    {
        put(only, rest, value);
        return;
    }
    if !next.is_object() {
        *next = Json::Object(Map::new());
    }
    if let Json::Object(next) = next {
        put(next, rest, value);
    }
}

/// Takes the value at a path out.
pub(super) fn take(settings: &mut Map<String, Json>, path: &[&str]) -> Option<Json> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        return settings.remove(*first);
    }
    take(settings.get_mut(*first)?.as_object_mut()?, rest)
}

/// Makes sure that there is an object at a path.
pub(super) fn start_group(settings: &mut Map<String, Json>, path: &[&str]) {
    if !path.is_empty() && at(settings, path).is_none() {
        put(settings, path, Json::Object(Map::new()));
    }
}

/// Makes a list of an object at a path.
pub(super) fn wrap_lone_item(settings: &mut Map<String, Json>, path: &[&str]) {
    if at(settings, path).is_some_and(Json::is_object)
        && let Some(item) = take(settings, path)
    {
        put(settings, path, Json::Array(vec![item]));
    }
}

fn at<'a>(settings: &'a Map<String, Json>, path: &[&str]) -> Option<&'a Json> {
    let (first, rest) = path.split_first()?;
    let next = settings.get(*first)?;
    if rest.is_empty() {
        return Some(next);
    }
    at(next.as_object()?, rest)
}
