//! From a client's names to columns, by parse-server's rules: `$match` and `$project` by their keys, `$group` by its paths,
//! every other stage not at all.

use serde_json::{Map, Value as Json};

use super::literal::{from_extended_json, from_json};
use super::{RawStage, refused};
use crate::domain::error::ParseError;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::json::parse_date;
use crate::domain::value::{Fields, ParseValue};

/// Deepest nesting of a pipeline.
const MAX_DEPTH: usize = 64;

/// How values and names are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Raw {
    /// Values are extended JSON, and are not converted by the types of their fields.
    pub values: bool,
    pub field_names: bool,
}

/// Reads stages into columns.
pub fn stages(
    pipeline: Vec<Option<(String, Json)>>,
    schema: &ClassSchema,
    raw: Raw,
) -> Result<Vec<RawStage>, ParseError> {
    let renamer = Renamer { schema, raw };
    let mut stages = Vec::with_capacity(pipeline.len());
    for stage in pipeline {
        // parse-server stumbles here, and answers with how.
        let (name, argument) = stage
            .ok_or_else(|| refused("Cannot read properties of undefined (reading '$group')"))?;
        check_depth(&argument, MAX_DEPTH)?;
        let argument = match (name.as_str(), &argument) {
            ("$group", json) => renamer.group(json),
            ("$match", json) => renamer.matched(json),
            ("$project", Json::Object(map)) => renamer.projected(map),
            ("$geoNear", Json::Object(map)) => {
                let mut near = map.clone();
                let query = near.shift_remove("query");
                let mut near = renamer.literal(&Json::Object(near));
                if let (ParseValue::Object(near), Some(query)) = (&mut near, query) {
                    near.insert("query".to_owned(), renamer.matched(&query));
                }
                near
            }
            (_, json) => renamer.literal(json),
        };
        stages.push(RawStage { name, argument });
    }
    Ok(stages)
}

fn check_depth(json: &Json, left: usize) -> Result<(), ParseError> {
    let mut inner: Box<dyn Iterator<Item = &Json>> = match json {
        Json::Array(items) => Box::new(items.iter()),
        Json::Object(map) => Box::new(map.values()),
        _ => return Ok(()),
    };
    if left == 0 {
        return Err(refused("The pipeline is nested too deeply."));
    }
    inner.try_for_each(|json| check_depth(json, left - 1))
}

/// The column of a date that every class has.
pub fn own_column(field: &str) -> Option<&'static str> {
    Some(match field {
        "objectId" => "_id",
        "createdAt" => "_created_at",
        "updatedAt" => "_updated_at",
        _ => return None,
    })
}

/// The column of a field.
pub fn column(schema: &ClassSchema, field: &str) -> String {
    match (own_column(field), schema.field(field)) {
        (Some(column), _) => column.to_owned(),
        (None, Some(FieldType::Pointer(_))) => format!("_p_{field}"),
        _ => field.to_owned(),
    }
}

struct Renamer<'a> {
    schema: &'a ClassSchema,
    raw: Raw,
}

impl Renamer<'_> {
    fn literal(&self, json: &Json) -> ParseValue {
        if self.raw.values {
            from_extended_json(json)
        } else {
            from_json(json)
        }
    }

    fn pointer_target(&self, field: &str) -> Option<String> {
        match self.schema.field(field) {
            Some(FieldType::Pointer(class)) if !self.raw.field_names => Some(class.to_string()),
            _ => None,
        }
    }

    fn renamed(&self, field: &str) -> String {
        match own_column(field) {
            Some(column) if !self.raw.field_names => column.to_owned(),
            _ => field.to_owned(),
        }
    }

    fn matched(&self, json: &Json) -> ParseValue {
        match json {
            Json::Array(items) => {
                ParseValue::Array(items.iter().map(|item| self.matched(item)).collect())
            }
            Json::Object(map) if self.raw.values && map.len() == 1 => match self.literal(json) {
                ParseValue::Object(_) => self.matched_object(map),
                special => special,
            },
            Json::Object(map) => self.matched_object(map),
            scalar => self.literal(scalar),
        }
    }

    fn matched_object(&self, map: &Map<String, Json>) -> ParseValue {
        let mut fields = Fields::with_capacity(map.len());
        for (field, value) in map {
            if let Some(class) = self.pointer_target(field) {
                let value = match value {
                    Json::Null | Json::Array(_) | Json::Object(_) => self.literal(value),
                    _ if self.raw.values => self.literal(value),
                    id => {
                        let id = crate::domain::javascript_text::javascript_text(id);
                        format!("{class}${id}").into()
                    }
                };
                fields.insert(format!("_p_{field}"), value);
                continue;
            }
            let is_date = self.schema.field(field) == Some(FieldType::Date);
            let value = if is_date && !self.raw.values {
                with_dates(value)
            } else {
                self.matched(value)
            };
            fields.insert(self.renamed(field), value);
        }
        ParseValue::Object(fields)
    }

    fn projected(&self, map: &Map<String, Json>) -> ParseValue {
        let mut fields = Fields::with_capacity(map.len());
        for (field, value) in map {
            match self.pointer_target(field) {
                Some(_) => fields.insert(format!("_p_{field}"), self.literal(value)),
                None => fields.insert(self.renamed(field), self.matched(value)),
            };
        }
        ParseValue::Object(fields)
    }

    fn group(&self, json: &Json) -> ParseValue {
        match json {
            Json::Array(items) => {
                ParseValue::Array(items.iter().map(|item| self.group(item)).collect())
            }
            Json::Object(map) => {
                let fields = map.iter();
                let fields = fields.map(|(name, json)| (name.clone(), self.group(json)));
                ParseValue::Object(fields.collect())
            }
            Json::String(text) if !self.raw.field_names => {
                let field = text.strip_prefix('$').unwrap_or_default();
                match field {
                    "createdAt" => "$_created_at".into(),
                    "updatedAt" => "$_updated_at".into(),
                    _ if self.pointer_target(field).is_some() => format!("$_p_{field}").into(),
                    _ => text.as_str().into(),
                }
            }
            scalar => self.literal(scalar),
        }
    }
}

/// Every text that reads as a date becomes one.
fn with_dates(json: &Json) -> ParseValue {
    match json {
        Json::String(text) => match parse_date_loosely(text) {
            Some(date) => ParseValue::Date(date),
            None => text.as_str().into(),
        },
        Json::Array(items) => ParseValue::Array(items.iter().map(with_dates).collect()),
        Json::Object(map) => {
            let fields = map
                .iter()
                .map(|(name, json)| (name.clone(), with_dates(json)));
            ParseValue::Object(fields.collect())
        }
        scalar => from_json(scalar),
    }
}

/// A date with a time, or alone.
pub fn parse_date_loosely(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    let midnight = || {
        chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)
    };
    parse_date(text).or_else(|| midnight().map(|midnight| midnight.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::ClassName;
    use serde_json::json;

    fn renamed(stage: &str, argument: Json, raw: Raw) -> Json {
        let mut schema = ClassSchema::new(ClassName::internal("Game"));
        schema
            .fields
            .insert("owner".into(), FieldType::Pointer(ClassName::USER));
        schema.fields.insert("day".into(), FieldType::Date);
        let stages = stages(vec![Some((stage.to_owned(), argument))], &schema, raw).unwrap();
        super::super::literal::to_extended_json(&stages[0].argument)
    }

    #[test]
    fn names_become_columns_where_parse_server_renames() {
        let date = json!({"$date": "2020-01-01T00:00:00.000Z"});
        for (stage, given, expected) in [
            (
                "$match",
                json!({"owner": "u1"}),
                json!({"_p_owner": "_User$u1"}),
            ),
            (
                "$match",
                json!({"$or": [{"day": {"$gt": "2020-01-01"}}, {"objectId": "x"}]}),
                json!({"$or": [{"day": {"$gt": date}}, {"_id": "x"}]}),
            ),
            (
                "$project",
                json!({"owner": 1, "createdAt": 1}),
                json!({"_p_owner": 1, "_created_at": 1}),
            ),
            (
                "$group",
                json!({"_id": "$owner", "last": {"$max": "$createdAt"}}),
                json!({"_id": "$_p_owner", "last": {"$max": "$_created_at"}}),
            ),
            ("$sort", json!({"createdAt": 1}), json!({"createdAt": 1})),
        ] {
            assert_eq!(renamed(stage, given, Raw::default()), expected);
        }
        let raw = Raw {
            values: true,
            field_names: true,
        };
        let given = json!({"createdAt": {"$gt": date}});
        assert_eq!(renamed("$match", given.clone(), raw), given);
    }
}
