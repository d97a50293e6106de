//! Reads a request for an aggregation.

use serde_json::{Map, Value as Json};

use super::refused;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::javascript_text::javascript_text;

/// Stages of a pipeline, at most: as MongoDB has it.
pub const MAX_STAGES: usize = 1_000;

/// An aggregation, as it was asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AggregateRequest {
    /// Stages by name. An entry that is no stage (`where` without `distinct`) is `None`.
    pub pipeline: Vec<Option<(String, Json)>>,
    pub distinct: Option<String>,
    pub filter: Json,
    pub raw_values: Option<bool>,
    pub raw_field_names: Option<bool>,
    pub hint: Option<Json>,
    pub explain: Option<Json>,
    pub comment: Option<String>,
    pub read_preference: Option<String>,
}

impl AggregateRequest {
    /// Reads parameters; those that came as text are JSON when they look like it.
    pub fn read(parameters: &Map<String, Json>) -> Result<Self, ParseError> {
        let mut body: Map<String, Json> = parameters
            .iter()
            .map(|(name, value)| (name.clone(), decoded(value)))
            .collect();
        let mut request = Self {
            distinct: body
                .get("distinct")
                .filter(|json| is_truthy(json))
                .map(javascript_text),
            ..Self::default()
        };
        let mut take = |name: &str| {
            let is_set = body.get(name).is_some_and(is_truthy);
            is_set.then(|| body.shift_remove(name)).flatten()
        };
        request.hint = take("hint");
        request.explain = take("explain");
        request.comment = take("comment").map(|json| javascript_text(&json));
        request.read_preference = take("readPreference").map(|json| javascript_text(&json));
        for (name, flag) in [
            ("rawValues", &mut request.raw_values),
            ("rawFieldNames", &mut request.raw_field_names),
        ] {
            if let Some(Json::Bool(truth)) = body.get(name) {
                *flag = Some(*truth);
                body.shift_remove(name);
            }
        }
        request.pipeline = pipeline(&body)?;
        request.filter = filter(body.get("where"))?;
        Ok(request)
    }
}

fn decoded(value: &Json) -> Json {
    match value {
        Json::String(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        other => other.clone(),
    }
}

fn is_truthy(json: &Json) -> bool {
    match json {
        Json::Null => false,
        Json::Bool(truth) => *truth,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(_) | Json::Object(_) => true,
    }
}

fn filter(given: Option<&Json>) -> Result<Json, ParseError> {
    match given {
        None => Ok(Json::Null),
        Some(Json::String(_)) => Err(ParseError::new(
            ErrorCode::INVALID_JSON,
            "where parameter is not valid JSON",
        )),
        Some(filter) => Ok(filter.clone()),
    }
}

/// A list of stages, or an object with a stage in each entry; the body itself is such an object.
fn pipeline(body: &Map<String, Json>) -> Result<Vec<Option<(String, Json)>>, ParseError> {
    let given = body.get("pipeline").filter(|json| is_truthy(json));
    let stages: Vec<(String, Json)> = match given {
        Some(Json::Array(stages)) => {
            if stages.len() > MAX_STAGES {
                return Err(refused(format!(
                    "Pipeline length must be no longer than {MAX_STAGES} stages"
                )));
            }
            stages.iter().map(single_entry).collect::<Result<_, _>>()?
        }
        Some(Json::Object(map)) => map.clone().into_iter().collect(),
        Some(Json::String(_)) => vec![("0".to_owned(), Json::Null)],
        Some(_) => Vec::new(),
        None => body.clone().into_iter().collect(),
    };
    stages.into_iter().map(check_stage).collect()
}

fn single_entry(stage: &Json) -> Result<(String, Json), ParseError> {
    let empty = Map::new();
    let entries = stage.as_object().unwrap_or(&empty);
    let mut names = entries.iter();
    match (names.next(), names.next()) {
        (Some((name, argument)), None) => Ok((name.clone(), argument.clone())),
        _ => {
            let names: Vec<&str> = entries.keys().map(String::as_str).collect();
            let names = names.join(", ");
            Err(refused(format!(
                "Pipeline stages should only have one key but found {names}."
            )))
        }
    }
}

fn check_stage((name, argument): (String, Json)) -> Result<Option<(String, Json)>, ParseError> {
    if matches!(name.as_str(), "distinct" | "where") {
        return Ok(None);
    }
    if !name.starts_with('$') {
        return Err(refused(format!("Invalid aggregate stage '{name}'.")));
    }
    if name == "$group" {
        if argument.get("objectId").is_some() {
            return Err(refused(
                "Cannot use 'objectId' in aggregation stage $group.",
            ));
        }
        if argument.get("_id").is_none() {
            return Err(refused(
                "Invalid parameter for query: group. Missing key _id",
            ));
        }
    }
    Ok(Some((name, argument)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &Json) -> Result<AggregateRequest, String> {
        let read = AggregateRequest::read(body.as_object().unwrap());
        read.map_err(|error| error.message)
    }

    #[test]
    fn pipelines_come_in_three_forms() {
        let stage = ("$limit".to_owned(), json!(1));
        for body in [
            json!({"pipeline": [{"$limit": 1}]}),
            json!({"pipeline": {"$limit": 1}}),
            json!({"$limit": 1}),
            json!({"pipeline": "[{\"$limit\": 1}]", "hint": "x", "rawValues": "true"}),
        ] {
            assert_eq!(
                read(&body).unwrap().pipeline,
                [Some(stage.clone())],
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_no_pipeline_is_refused_by_name() {
        for (body, text) in [
            (json!({"x": 1}), "Invalid aggregate stage 'x'."),
            (json!({"pipeline": "x"}), "Invalid aggregate stage '0'."),
            (
                json!({"pipeline": [{"$match": {}, "$limit": 1}]}),
                "Pipeline stages should only have one key but found $match, $limit.",
            ),
            (
                json!({"pipeline": [{}]}),
                "Pipeline stages should only have one key but found .",
            ),
            (
                json!({"$group": {"objectId": 1}}),
                "Cannot use 'objectId' in aggregation stage $group.",
            ),
            (
                json!({"$group": {"c": 1}}),
                "Invalid parameter for query: group. Missing key _id",
            ),
            (
                json!({"distinct": "s", "where": "{"}),
                "where parameter is not valid JSON",
            ),
        ] {
            assert_eq!(read(&body).unwrap_err(), text);
        }
    }
}
