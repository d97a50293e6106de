//! Where two answers differ, one line for each place.

use serde_json::Value as Json;

pub(super) fn differences(expected: &Json, found: &Json) -> Vec<String> {
    let mut lines = Vec::new();
    collect(expected, found, "", &mut lines);
    lines
}

fn collect(expected: &Json, found: &Json, at: &str, lines: &mut Vec<String>) {
    match (expected, found) {
        (Json::Object(left), Json::Object(right)) => {
            for (key, value) in left {
                match right.get(key) {
                    Some(other) => collect(value, other, &format!("{at}/{key}"), lines),
                    None => lines.push(format!(
                        "{at}/{key}: parse-server has {value}, cat-node nothing"
                    )),
                }
            }
            for (key, value) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
                lines.push(format!(
                    "{at}/{key}: parse-server has nothing, cat-node {value}"
                ));
            }
        }
        (Json::Array(left), Json::Array(right)) if left.len() == right.len() => {
            for (index, (value, other)) in left.iter().zip(right).enumerate() {
                collect(value, other, &format!("{at}/{index}"), lines);
            }
        }
        _ if expected == found => {}
        _ => lines.push(format!(
            "{at}: parse-server has {expected}, cat-node {found}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_place_that_differs_is_told() {
        let lines = differences(
            &json!({"a": 1, "b": [1, {"c": 2}], "d": 1}),
            &json!({"a": 1.0, "b": [1, {"c": 3}], "e": 1}),
        );
        let places: Vec<&str> = lines
            .iter()
            .filter_map(|line| line.split(':').next())
            .collect();
        assert_eq!(places, ["/a", "/b/1/c", "/d", "/e"]);
    }
}
