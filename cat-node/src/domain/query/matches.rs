//! What a filter means, exactly. Every store answers as this does.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::text;
use super::value_order::{Place, compare_same_kind};
use super::{Filter, Pattern, Test};
use crate::domain::geo;
use crate::domain::names::FieldPath;
use crate::domain::object::ParseObject;
use crate::domain::value::ParseValue;

/// Whether the object satisfies the filter.
pub fn matches(object: &ParseObject, filter: &Filter) -> bool {
    match filter {
        Filter::And(all) => all.iter().all(|filter| matches(object, filter)),
        Filter::Or(any) => any.iter().any(|filter| matches(object, filter)),
        Filter::Nor(none) => !none.iter().any(|filter| matches(object, filter)),
        Filter::Field { path, test } => {
            let place = if path.is_nested() {
                Place::Within
            } else {
                Place::Field
            };
            passes(&candidates(object, path), test, place)
        }
    }
}

/// The values that a path leads to: one, or several when it goes through an array of objects.
pub(super) fn candidates<'a>(
    object: &'a ParseObject,
    path: &FieldPath,
) -> Vec<Cow<'a, ParseValue>> {
    if !path.is_nested() {
        return object.at(path).into_iter().collect();
    }
    let segments: Vec<&str> = path.segments().collect();
    let mut found = Vec::new();
    // A field keeps a typed value in a compact form, without members.
    if let Some(value @ (ParseValue::Object(_) | ParseValue::Array(_))) =
        object.fields.get(segments[0])
    {
        collect(value, &segments[1..], &mut found);
    }
    found
}

fn collect<'a>(value: &'a ParseValue, rest: &[&str], found: &mut Vec<Cow<'a, ParseValue>>) {
    let Some((segment, deeper)) = rest.split_first() else {
        found.push(Cow::Borrowed(value));
        return;
    };
    match value {
        ParseValue::Object(fields) => {
            if let Some(next) = fields.get(*segment) {
                collect(next, deeper, found);
            }
        }
        ParseValue::Array(items) => {
            let index = segment.parse::<usize>().ok();
            if let Some(next) = index.and_then(|index| items.get(index)) {
                collect(next, deeper, found);
            }
            for item in items
                .iter()
                .filter(|item| !matches!(item, ParseValue::Array(_)))
            {
                collect(item, rest, found);
            }
        }
        typed => collect_member(typed, segment, deeper, found),
    }
}

/// Steps into a pointer, a file, ... that stands inside an object or an array.
fn collect_member(
    typed: &ParseValue,
    segment: &str,
    deeper: &[&str],
    found: &mut Vec<Cow<'_, ParseValue>>,
) {
    let member = typed
        .members()
        .and_then(|mut members| members.swap_remove(segment));
    if let (Some(member), true) = (member, deeper.is_empty()) {
        found.push(Cow::Owned(member));
    }
}

fn passes(values: &[Cow<'_, ParseValue>], test: &Test, place: Place) -> bool {
    match test {
        Test::Equal(wanted) => equals(values, wanted),
        Test::NotEqual(wanted) => !equals(values, wanted),
        Test::In(wanted) => wanted.iter().any(|wanted| equals(values, wanted)),
        Test::NotIn(wanted) => !wanted.iter().any(|wanted| equals(values, wanted)),
        Test::Less(bound) => compares(values, bound, place, Ordering::is_lt),
        Test::LessOrEqual(bound) => compares(values, bound, place, Ordering::is_le),
        Test::Greater(bound) => compares(values, bound, place, Ordering::is_gt),
        Test::GreaterOrEqual(bound) => compares(values, bound, place, Ordering::is_ge),
        Test::Exists(wanted) => values.is_empty() != *wanted,
        Test::All(wanted) => {
            !wanted.is_empty() && wanted.iter().all(|wanted| equals(values, wanted))
        }
        Test::AllMatch(patterns) => {
            !patterns.is_empty()
                && patterns
                    .iter()
                    .all(|pattern| matches_pattern(values, pattern))
        }
        Test::ContainedBy(allowed) => !any_whole(values, |value| match value {
            ParseValue::Array(items) => items.iter().any(|item| !allowed.contains(item)),
            _ => false,
        }),
        Test::Matches(pattern) => matches_pattern(values, pattern),
        Test::Text(search) => any(values, |value| {
            value
                .as_str()
                .is_some_and(|text| text::score(text, search).is_some())
        }),
        geo => any(values, |value| passes_geo(value, geo)),
    }
}

fn passes_geo(value: &ParseValue, test: &Test) -> bool {
    match (value, test) {
        (ParseValue::GeoPoint(at), Test::Near { point, max_radians }) => {
            max_radians.is_none_or(|radians| at.radians_to(point) <= radians)
        }
        (
            ParseValue::GeoPoint(at),
            Test::WithinBox {
                south_west,
                north_east,
            },
        ) => geo::in_box(at, south_west, north_east),
        (ParseValue::GeoPoint(at), Test::WithinPolygon(ring)) => geo::in_polygon(at, ring),
        (ParseValue::GeoPoint(at), Test::WithinSphere { center, radians }) => {
            at.radians_to(center) <= *radians
        }
        (ParseValue::Polygon(ring), Test::PolygonContains(point)) => geo::in_polygon(point, ring),
        _ => false,
    }
}

fn any_whole(values: &[Cow<'_, ParseValue>], test: impl Fn(&ParseValue) -> bool) -> bool {
    values.iter().any(|value| test(value))
}

/// By the value itself or, for an array, by one of its elements.
fn any(values: &[Cow<'_, ParseValue>], test: impl Fn(&ParseValue) -> bool) -> bool {
    values.iter().any(|value| match value.as_ref() {
        ParseValue::Array(items) => items.iter().any(&test),
        single => test(single),
    })
}

fn equals(values: &[Cow<'_, ParseValue>], wanted: &ParseValue) -> bool {
    if matches!(wanted, ParseValue::Null) && values.is_empty() {
        return true;
    }
    any_whole(values, |value| same(value, wanted)) || any(values, |value| same(value, wanted))
}

/// Equal, where a file is its name and nothing else.
fn same(a: &ParseValue, b: &ParseValue) -> bool {
    match (a, b) {
        (ParseValue::File { name: a, .. }, ParseValue::File { name: b, .. }) => a == b,
        _ => a == b,
    }
}

/// By the whole value or by an element of it, and only within one kind.
fn compares(
    values: &[Cow<'_, ParseValue>],
    bound: &ParseValue,
    place: Place,
    wanted: fn(Ordering) -> bool,
) -> bool {
    let passes =
        |value: &ParseValue, place| compare_same_kind(value, bound, place).is_some_and(wanted);
    values.iter().any(|value| match value.as_ref() {
        list @ ParseValue::Array(items) => {
            passes(list, Place::Within) || items.iter().any(|item| passes(item, Place::Within))
        }
        single => passes(single, place),
    })
}

fn matches_pattern(values: &[Cow<'_, ParseValue>], pattern: &Pattern) -> bool {
    let Ok(regex) = pattern.compile() else {
        return false;
    };
    any(values, |value| {
        value.as_str().is_some_and(|text| regex.is_match(text))
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse::filter_from_json;
    use super::*;
    use crate::domain::names::ObjectId;
    use crate::domain::value::json::fields_from_json;
    use serde_json::{Value as Json, json};

    fn object(fields: &Json) -> ParseObject {
        let fields = fields_from_json(fields.as_object().unwrap()).unwrap();
        ParseObject::new(
            ObjectId::new("one"),
            chrono::DateTime::UNIX_EPOCH,
            None,
            fields,
        )
    }

    fn check(fields: &Json, filter: &Json) -> bool {
        matches(
            &object(fields),
            &filter_from_json(filter, chrono::DateTime::UNIX_EPOCH).unwrap(),
        )
    }

    #[test]
    fn comparisons_hold_within_a_kind() {
        let cat = json!({"lives": 9, "name": "Tom", "tags": ["a", "b"]});
        for (filter, expected) in [
            (json!({"lives": 9}), true),
            (json!({"lives": {"$gt": 8, "$lt": 10}}), true),
            (json!({"lives": {"$gt": "8"}}), false),
            (json!({"name": {"$ne": "Tom"}}), false),
            (json!({"name": {"$in": ["Tom", "Jerry"]}}), true),
            (json!({"tags": "a"}), true),
            (json!({"tags": {"$all": ["a", "b"]}}), true),
            (json!({"tags": {"$all": ["a", "c"]}}), false),
            (json!({"tags": {"$containedBy": ["a", "b", "c"]}}), true),
            (json!({"tags": {"$containedBy": ["a"]}}), false),
            (json!({"name": {"$containedBy": ["a"]}}), true),
            (json!({"tags": {"$gt": ["a"]}}), true),
            (json!({"tags": {"$lt": ["a", "a"]}}), false),
            (json!({"colour": {"$gte": null}}), true),
            (json!({"colour": {"$gt": null}}), false),
            (json!({"tags": {"$nin": ["a"]}}), false),
            (json!({"colour": null}), true),
            (json!({"colour": {"$exists": false}}), true),
            (json!({"colour": {"$ne": "red"}}), true),
            (json!({"$or": [{"lives": 1}, {"name": "Tom"}]}), true),
            (json!({"$nor": [{"lives": 1}, {"name": "Tom"}]}), false),
            (json!({"name": {"$regex": "^t", "$options": "i"}}), true),
            (json!({"objectId": "one"}), true),
        ] {
            assert_eq!(check(&cat, &filter), expected, "{filter}");
        }
    }

    #[test]
    fn paths_reach_into_objects_and_arrays() {
        let cat = json!({"home": {"city": "Nice"}, "toys": [{"kind": "ball"}, {"kind": "mouse"}]});
        assert!(check(&cat, &json!({"home.city": "Nice"})));
        assert!(check(&cat, &json!({"toys.kind": "mouse"})));
        assert!(check(&cat, &json!({"toys.0.kind": "ball"})));
        assert!(!check(&cat, &json!({"toys.0.kind": "mouse"})));
        let owner = json!({"__type": "Pointer", "className": "_User", "objectId": "u"});
        let owned = json!({"owners": [owner], "first": owner});
        assert!(check(&owned, &json!({"owners.objectId": "u"})));
        assert!(!check(&owned, &json!({"first.objectId": "u"})));
    }

    #[test]
    fn geo_operators_measure_the_globe() {
        let cat = json!({"at": {"__type": "GeoPoint", "latitude": 45.5, "longitude": -73.6}});
        let near = |km: f64| {
            json!({"at": {"$nearSphere": {"__type": "GeoPoint", "latitude": 45.6, "longitude": -73.6},
                "$maxDistanceInKilometers": km}})
        };
        assert!(check(&cat, &near(12.0)));
        assert!(!check(&cat, &near(11.0)));
    }
}
