//! `a=1&b=2`: parameters of a path, and of a body that is a form.

use actix_web::web;
use serde_json::{Map, Value as Json};

/// The parameters; several of one name are a list.
pub fn parse(query: &str) -> Map<String, Json> {
    let mut parameters = Map::new();
    if query.is_empty() {
        return parameters;
    }
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query);
    for (name, value) in pairs.map(web::Query::into_inner).unwrap_or_default() {
        let value = Json::String(value);
        match parameters.get_mut(&name) {
            None => {
                parameters.insert(name, value);
            }
            Some(Json::Array(values)) => values.push(value),
            Some(only) => *only = Json::Array(vec![only.take(), value]),
        }
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn repeated_names_make_a_list() {
        assert_eq!(
            Json::Object(parse("a=1&b=x%20y&a=2&c")),
            json!({"a": ["1", "2"], "b": "x y", "c": ""})
        );
    }
}
