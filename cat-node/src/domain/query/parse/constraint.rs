//! The constraints on one field: `{"$gt": 1, "$lt": 5}`.

use serde_json::{Map, Value as Json};

use super::{Field, atom, geo, invalid_json, is_truthy, regex, relative_time, text_search};
use crate::domain::error::ParseError;
use crate::domain::query::Test;
use crate::domain::schema::FieldType;
use crate::domain::value::ParseValue;

/// What the constraints ask, each a test that has to pass.
pub(super) fn tests(field: &Field, all: &Map<String, Json>) -> Result<Vec<Test>, ParseError> {
    let mut tests = Vec::with_capacity(all.len());
    for (operator, operand) in all {
        test(field, operator, operand, all, &mut tests)?;
    }
    Ok(tests)
}

/// Adds nothing for an operator that only qualifies another one (`$options`, `$maxDistance`).
fn test(
    field: &Field,
    operator: &str,
    operand: &Json,
    all: &Map<String, Json>,
    tests: &mut Vec<Test>,
) -> Result<(), ParseError> {
    tests.push(match operator {
        "$lt" | "$lte" | "$gt" | "$gte" => bound(field, operator, operand)?,
        "$eq" => Test::Equal(value(field, operand)?),
        "$ne" => Test::NotEqual(value(field, operand)?),
        "$exists" => {
            refuse_relative_time(field, operand)?;
            Test::Exists(is_truthy(operand))
        }
        "$in" => Test::In(atom::operands(field, operand, "bad $in value")?),
        "$nin" => Test::NotIn(atom::operands(field, operand, "bad $nin value")?),
        "$containedBy" => Test::ContainedBy(contained_by(field, operand)?),
        "$all" => return all_of(operand, tests),
        "$regex" => Test::Matches(regex::pattern(operand, all.get("$options"))?),
        "$text" => Test::Text(text_search::read(operand)?),
        "$nearSphere" => geo::near(operand, all)?,
        "$within" => geo::within(operand)?,
        "$geoWithin" => geo::geo_within(operand)?,
        "$geoIntersects" => geo::intersects(operand)?,
        "$options" if all.contains_key("$regex") => return Ok(()),
        "$maxDistance"
        | "$maxDistanceInRadians"
        | "$maxDistanceInMiles"
        | "$maxDistanceInKilometers" => return Ok(()),
        unknown if unknown.starts_with('$') => {
            return Err(invalid_json(format!("bad constraint: {unknown}")));
        }
        plain => {
            return Err(invalid_json(format!(
                "bad atom: {}",
                serde_json::json!({plain: operand})
            )));
        }
    });
    Ok(())
}

fn is_relative_time(operand: &Json) -> bool {
    operand.get("$relativeTime").is_some_and(is_truthy)
}

fn refuse_relative_time(field: &Field, operand: &Json) -> Result<(), ParseError> {
    if !is_relative_time(operand) {
        return Ok(());
    }
    check_date_field(field)?;
    Err(invalid_json(
        "$relativeTime can only be used with the $lt, $lte, $gt, and $gte operators",
    ))
}

fn check_date_field(field: &Field) -> Result<(), ParseError> {
    match field.kind {
        None | Some(FieldType::Date) => Ok(()),
        Some(_) => Err(invalid_json(
            "$relativeTime can only be used with Date field",
        )),
    }
}

fn value(field: &Field, operand: &Json) -> Result<ParseValue, ParseError> {
    refuse_relative_time(field, operand)?;
    atom::operand(field, operand)
}

/// Nothing is less or greater than `null`; only `null` and nothing are as great.
fn bound(field: &Field, operator: &str, operand: &Json) -> Result<Test, ParseError> {
    let value = if is_relative_time(operand) {
        check_date_field(field)?;
        ParseValue::Date(relative_time::read(
            operator,
            &operand["$relativeTime"],
            field.now,
        )?)
    } else {
        atom::operand(field, operand)?
    };
    Ok(match (operator, value) {
        ("$lte" | "$gte", ParseValue::Null) => Test::Equal(ParseValue::Null),
        (_, ParseValue::Null) => Test::In(Vec::new()),
        ("$lt", value) => Test::Less(value),
        ("$lte", value) => Test::LessOrEqual(value),
        ("$gt", value) => Test::Greater(value),
        (_, value) => Test::GreaterOrEqual(value),
    })
}

fn contained_by(field: &Field, operand: &Json) -> Result<Vec<ParseValue>, ParseError> {
    let items = operand.as_array();
    let items = items.ok_or_else(|| invalid_json("bad $containedBy: should be an array"))?;
    items
        .iter()
        .map(|item| atom::operand(field, item))
        .collect()
}

/// Values and patterns, as parse-server lets them be mixed.
fn all_of(operand: &Json, tests: &mut Vec<Test>) -> Result<(), ParseError> {
    let items = operand
        .as_array()
        .ok_or_else(|| invalid_json("bad $all value"))?;
    let (patterns, values): (Vec<&Json>, Vec<&Json>) =
        items.iter().partition(|item| item.get("$regex").is_some());
    regex::check_mixture(items)?;
    if !patterns.is_empty() {
        let patterns = patterns
            .into_iter()
            .map(|item| regex::pattern(&item["$regex"], None));
        tests.push(Test::AllMatch(patterns.collect::<Result<_, _>>()?));
    }
    if !values.is_empty() || items.is_empty() {
        let values = values.into_iter().map(atom::query_value);
        tests.push(Test::All(values.collect::<Result<_, _>>()?));
    }
    Ok(())
}
