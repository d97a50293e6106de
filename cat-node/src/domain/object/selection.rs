//! `keys` and `excludeKeys`: which fields of an answer are wanted.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

/// Fields that an answer always has.
const ALWAYS: &[&str] = &[
    "objectId",
    "createdAt",
    "updatedAt",
    "ACL",
    "__type",
    "className",
];

/// Wanted and unwanted paths. Dots reach into included objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    wanted: Option<BTreeSet<String>>,
    unwanted: BTreeSet<String>,
}

impl Selection {
    /// From comma-separated lists; no `keys` is every key.
    pub fn new(keys: Option<&str>, exclude_keys: Option<&str>) -> Self {
        let list = |text: &str| {
            text.split(',')
                .map(str::trim)
                .filter(|key| !key.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Self {
            wanted: keys.map(list),
            unwanted: exclude_keys.map(list).unwrap_or_default(),
        }
    }

    /// The paths that have to be included because a key reaches into them: `post.title` needs `post`.
    pub fn implied_includes(&self) -> impl Iterator<Item = &str> {
        let all = self.wanted.iter().flatten().chain(&self.unwanted);
        all.filter_map(|key| key.rsplit_once('.'))
            .map(|(parent, _)| parent)
    }

    /// Drops what is not wanted from an answer, included objects too.
    pub fn apply(&self, object: &mut Map<String, Json>) {
        if self.wanted.is_some() || !self.unwanted.is_empty() {
            self.apply_at("", object);
        }
    }

    fn apply_at(&self, prefix: &str, object: &mut Map<String, Json>) {
        object.retain(|name, value| {
            ALWAYS.contains(&name.as_str()) || is_relation(value) || {
                let path = format!("{prefix}{name}");
                self.wants(&path) && !self.unwanted.contains(&path)
            }
        });
        for (name, value) in object.iter_mut() {
            self.descend(&format!("{prefix}{name}."), value);
        }
    }

    fn descend(&self, prefix: &str, value: &mut Json) {
        match value {
            Json::Object(inner) if inner.get("__type").is_some_and(|kind| kind == "Object") => {
                self.apply_at(prefix, inner);
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.descend(prefix, item)),
            _ => {}
        }
    }

    /// A path is wanted when it, a parent of it (all of the parent), or something in it is listed.
    fn wants(&self, path: &str) -> bool {
        let Some(wanted) = &self.wanted else {
            return true;
        };
        wanted.iter().any(|key| {
            key == path
                || starts_with_segment(key, path)
                || (starts_with_segment(path, key) && !self.reaches_into(key))
        })
    }

    fn reaches_into(&self, key: &str) -> bool {
        self.wanted
            .iter()
            .flatten()
            .any(|other| starts_with_segment(other, key))
    }
}

/// Relations cost nothing to name, so every answer names them, as in parse-server.
fn is_relation(value: &Json) -> bool {
    value.get("__type").is_some_and(|kind| kind == "Relation")
}

fn starts_with_segment(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent)
        .is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn select(keys: Option<&str>, exclude: Option<&str>) -> Json {
        let mut object = json!({"objectId": "1", "a": 1, "b": 2,
            "post": {"__type": "Object", "className": "Post", "objectId": "p", "t": 1, "u": 2}});
        Selection::new(keys, exclude).apply(object.as_object_mut().unwrap());
        object
    }

    #[test]
    fn keys_reach_into_included_objects() {
        assert_eq!(select(Some("a"), None), json!({"objectId": "1", "a": 1}));
        let post = json!({"__type": "Object", "className": "Post", "objectId": "p", "t": 1});
        assert_eq!(
            select(Some("post.t"), None),
            json!({"objectId": "1", "post": post})
        );
        assert_eq!(
            select(None, Some("post.u,a,objectId")),
            json!({"objectId": "1", "b": 2, "post": post})
        );
        assert_eq!(select(Some("post"), None)["post"]["u"], 2);
    }
}
