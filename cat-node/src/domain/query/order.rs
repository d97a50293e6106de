//! How objects are sorted: kinds first (nothing, numbers, texts, objects, arrays, truths, dates), then values.

use std::cmp::Ordering;

use super::{Direction, Filter, OrderBy, Test};
use crate::domain::names::FieldPath;
use crate::domain::object::ParseObject;
use crate::domain::value::{GeoPoint, ParseValue};

/// The order of two objects under these keys.
pub fn compare(a: &ParseObject, b: &ParseObject, order: &[OrderBy]) -> Ordering {
    order
        .iter()
        .map(|key| {
            let ordering = compare_values(a.at(&key.path).as_deref(), b.at(&key.path).as_deref());
            match key.direction {
                Direction::Ascending => ordering,
                Direction::Descending => ordering.reverse(),
            }
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// MongoDB's order of kinds, which is what Parse apps know.
fn compare_values(a: Option<&ParseValue>, b: Option<&ParseValue>) -> Ordering {
    let kind = |value: Option<&ParseValue>| match value {
        None | Some(ParseValue::Null) => 0,
        Some(ParseValue::Number(_)) => 1,
        Some(ParseValue::String(_) | ParseValue::Pointer(_) | ParseValue::File { .. }) => 2,
        Some(ParseValue::Object(_) | ParseValue::Relation(_) | ParseValue::Polygon(_)) => 3,
        Some(ParseValue::Array(_) | ParseValue::GeoPoint(_)) => 4,
        Some(ParseValue::Bytes(_)) => 5,
        Some(ParseValue::Bool(_)) => 6,
        Some(ParseValue::Date(_)) => 7,
    };
    kind(a).cmp(&kind(b)).then_with(|| match (a, b) {
        (Some(a), Some(b)) => a.compare(b).unwrap_or(Ordering::Equal),
        _ => Ordering::Equal,
    })
}

/// The order that `$nearSphere` asks for: by the distance from a point.
#[derive(Debug, Clone, PartialEq)]
pub struct NearestFirst {
    path: FieldPath,
    point: GeoPoint,
}

/// The first `$nearSphere` that every match satisfies.
pub fn nearest_first(filter: &Filter) -> Option<NearestFirst> {
    match filter {
        Filter::Field {
            path,
            test: Test::Near { point, .. },
        } => Some(NearestFirst {
            path: path.clone(),
            point: *point,
        }),
        Filter::And(filters) => filters.iter().find_map(nearest_first),
        _ => None,
    }
}

impl NearestFirst {
    pub fn compare(&self, a: &ParseObject, b: &ParseObject) -> Ordering {
        self.distance(a).total_cmp(&self.distance(b))
    }

    fn distance(&self, object: &ParseObject) -> f64 {
        match object.at(&self.path).as_deref() {
            Some(ParseValue::GeoPoint(point)) => point.radians_to(&self.point),
            _ => f64::INFINITY,
        }
    }
}
