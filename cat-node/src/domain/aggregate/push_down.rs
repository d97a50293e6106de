//! How much of a pipeline a store's own query can do: the documents that it finds are all that the pipeline needs, and the
//! pipeline still runs on them from its first stage on.

use super::RawStage;
use super::columns::own_column;
use super::stage::Stage;
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::query::{Filter, Query, Test};
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::{ParseValue, Pointer};

/// The query for the documents of a pipeline.
pub fn query(class: &ClassName, schema: &ClassSchema, raw: &[RawStage], stages: &[Stage]) -> Query {
    let mut filters = Vec::new();
    let mut is_exact = true;
    let mut matches = 0;
    for stage in raw {
        let ("$match", ParseValue::Object(conditions)) = (stage.name.as_str(), &stage.argument)
        else {
            break;
        };
        matches += 1;
        for (column, condition) in conditions {
            match tests(schema, column, condition) {
                Some(found) => filters.extend(found),
                None => is_exact = false,
            }
        }
    }
    let query = Query::all(class.clone()).filter(Filter::And(filters));
    match stages.get(matches) {
        Some(Stage::Limit(limit)) if is_exact => query.limit(*limit as u64),
        _ => query,
    }
}

/// A condition as tests that mean the same. Only fields that hold one plain value, and values of the field's own kind.
fn tests(schema: &ClassSchema, column: &str, condition: &ParseValue) -> Option<Vec<Filter>> {
    let (path, kind) = field_of(schema, column)?;
    let field = |test: Test| Filter::Field {
        path: path.clone(),
        test,
    };
    let ParseValue::Object(operators) = condition else {
        return Some(vec![field(Test::Equal(value(&kind, condition)?))]);
    };
    let tests = operators.iter().map(|(operator, bound)| {
        let test = match operator.as_str() {
            "$in" => {
                let ParseValue::Array(items) = bound else {
                    return None;
                };
                let items: Option<Vec<ParseValue>> =
                    items.iter().map(|item| value(&kind, item)).collect();
                return Some(field(Test::In(items?)));
            }
            "$eq" => Test::Equal,
            "$gt" => Test::Greater,
            "$gte" => Test::GreaterOrEqual,
            "$lt" => Test::Less,
            "$lte" => Test::LessOrEqual,
            _ => return None,
        };
        if matches!(kind, FieldType::Pointer(_)) && operator != "$eq" {
            return None;
        }
        Some(field(test(value(&kind, bound)?)))
    });
    (!operators.is_empty()).then(|| tests.collect()).flatten()
}

fn field_of(schema: &ClassSchema, column: &str) -> Option<(FieldPath, FieldType)> {
    let own = ["objectId", "createdAt", "updatedAt"];
    let own = own
        .into_iter()
        .find(|field| own_column(field) == Some(column));
    let name = own.or_else(|| column.strip_prefix("_p_")).unwrap_or(column);
    let kind = schema.field(name)?;
    let is_pointer = matches!(kind, FieldType::Pointer(_));
    let is_plain = matches!(
        kind,
        FieldType::String | FieldType::Number | FieldType::Boolean | FieldType::Date
    );
    let is_column = own.is_some() || column.starts_with("_p_") == is_pointer;
    // `createdAt` itself is no column: a pipeline that names it finds nothing there.
    let is_hidden = own.is_none() && own_column(column).is_some();
    let path = FieldPath::parse(name)
        .ok()
        .filter(|path| !path.is_nested())?;
    ((is_plain || is_pointer) && is_column && !is_hidden).then_some((path, kind))
}

fn value(kind: &FieldType, stored: &ParseValue) -> Option<ParseValue> {
    match (kind, stored) {
        (FieldType::Pointer(class), ParseValue::String(text)) => {
            let (of, id) = text.split_once('$')?;
            (of == class.as_str()).then(|| {
                ParseValue::Pointer(Pointer {
                    class: class.clone(),
                    id: ObjectId::new(id),
                })
            })
        }
        (FieldType::String, ParseValue::String(_))
        | (FieldType::Number, ParseValue::Number(_))
        | (FieldType::Boolean, ParseValue::Bool(_))
        | (FieldType::Date, ParseValue::Date(_)) => Some(stored.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::aggregate::literal::from_extended_json;
    use crate::domain::aggregate::run::read;
    use serde_json::{Value as Json, json};

    fn query_of(pipeline: &[(&str, Json)]) -> Query {
        let mut schema = ClassSchema::new(ClassName::internal("Game"));
        schema.fields.insert("n".into(), FieldType::Number);
        schema.fields.insert("tags".into(), FieldType::Array);
        schema
            .fields
            .insert("owner".into(), FieldType::Pointer(ClassName::USER));
        let stages: Vec<RawStage> = pipeline
            .iter()
            .map(|(name, argument)| RawStage {
                name: (*name).to_owned(),
                argument: from_extended_json(argument),
            })
            .collect();
        query(&schema.class, &schema, &stages, &read(&stages).unwrap())
    }

    #[test]
    fn what_a_query_can_say_is_asked_of_the_store() {
        let found = query_of(&[
            ("$match", json!({"n": {"$gt": 1}, "_p_owner": "_User$u"})),
            ("$limit", json!(3)),
        ]);
        assert_eq!(found.limit, Some(3));
        let Filter::And(filters) = found.filter else {
            panic!()
        };
        assert_eq!(filters.len(), 2);
    }

    #[test]
    fn what_it_cannot_say_is_left_to_the_pipeline() {
        for condition in [
            json!({"tags": "x"}),
            json!({"n": null}),
            json!({"n": "text"}),
            json!({"createdAt": {"$date": "2020-01-01T00:00:00.000Z"}}),
            json!({"n": {"$ne": 1}}),
            json!({"$or": [{"n": 1}]}),
        ] {
            let found = query_of(&[("$match", condition.clone()), ("$limit", json!(3))]);
            assert_eq!(found.filter, Filter::And(Vec::new()), "{condition}");
            assert_eq!(found.limit, None);
        }
    }
}
