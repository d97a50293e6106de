//! How objects are sorted, as MongoDB sorts them: a list by its least element (its greatest, descending), an empty list
//! below everything, what is missing like `null`.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::matches::candidates;
use super::value_order::{NOTHING, Place, compare_values, rank};
use super::{Direction, Filter, OrderBy, Test};
use crate::domain::names::FieldPath;
use crate::domain::object::ParseObject;
use crate::domain::value::{GeoPoint, ParseValue};

/// The order of two objects under these keys.
pub fn compare(a: &ParseObject, b: &ParseObject, order: &[OrderBy]) -> Ordering {
    order
        .iter()
        .map(|key| compare_by(a, b, key))
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn compare_by(a: &ParseObject, b: &ParseObject, key: &OrderBy) -> Ordering {
    let (a, b) = (SortKey::of(a, key), SortKey::of(b, key));
    let ordering = a.compare(&b);
    match key.direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    }
}

/// The value of an object that a key sorts by.
enum SortKey<'a> {
    /// An empty list.
    Nothing,
    Value(Cow<'a, ParseValue>, Place),
}

const NULL: SortKey<'static> = SortKey::Value(Cow::Owned(ParseValue::Null), Place::Field);

impl<'a> SortKey<'a> {
    fn of(object: &'a ParseObject, key: &OrderBy) -> Self {
        let place = if key.path.is_nested() {
            Place::Within
        } else {
            Place::Field
        };
        let found = candidates(object, &key.path);
        let keys = found
            .into_iter()
            .flat_map(|value| Self::all_of(value, place));
        let extreme = match key.direction {
            Direction::Ascending => keys.min_by(Self::compare),
            Direction::Descending => keys.max_by(Self::compare),
        };
        extreme.unwrap_or(NULL)
    }

    /// The elements of a list, else the value.
    fn all_of(value: Cow<'a, ParseValue>, place: Place) -> Vec<Self> {
        match value {
            Cow::Borrowed(ParseValue::Array(items)) if items.is_empty() => vec![Self::Nothing],
            Cow::Borrowed(ParseValue::Array(items)) => {
                let items = items.iter().map(Cow::Borrowed);
                items.map(|item| Self::Value(item, Place::Within)).collect()
            }
            value => vec![Self::Value(value, place)],
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Value(a, a_place), Self::Value(b, b_place)) if a_place == b_place => {
                compare_values(a, b, *a_place)
            }
            _ => self
                .rank()
                .cmp(&other.rank())
                .then_with(|| match (self, other) {
                    (Self::Value(a, _), Self::Value(b, _)) => compare_values(a, b, Place::Within),
                    _ => Ordering::Equal,
                }),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Nothing => NOTHING,
            Self::Value(value, place) => rank(value, *place),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::super::parse::order_from_text;
    use super::*;
    use crate::domain::names::ObjectId;
    use crate::domain::value::json::fields_from_json;
    use serde_json::{Value as Json, json};

    fn sorted(values: &[Json], order: &str) -> Vec<usize> {
        let mut objects: Vec<ParseObject> = values
            .iter()
            .enumerate()
            .map(|(index, json)| {
                let fields = fields_from_json(json.as_object().unwrap()).unwrap();
                let id = ObjectId::new(index.to_string());
                ParseObject::new(id, chrono::DateTime::UNIX_EPOCH, None, fields)
            })
            .collect();
        let order = order_from_text(order).unwrap();
        objects.sort_by(|a, b| compare(a, b, &order));
        let ids = objects.iter().map(|object| object.id.as_str());
        ids.map(|id| id.parse().unwrap()).collect()
    }

    #[test]
    fn lists_sort_by_their_least_or_greatest_element() {
        let lists = [
            json!({"v": [5, 1]}),
            json!({"v": []}),
            json!({}),
            json!({"v": [2, 9]}),
        ];
        assert_eq!(sorted(&lists, "v"), [1, 2, 0, 3]);
        assert_eq!(sorted(&lists, "-v"), [3, 0, 2, 1]);
    }

    #[test]
    fn paths_sort_through_objects_and_lists() {
        let objects = [
            json!({"o": {"x": 3}}),
            json!({"o": [{"x": 1}, {"x": 9}]}),
            json!({}),
        ];
        assert_eq!(sorted(&objects, "o.x"), [2, 1, 0]);
        assert_eq!(sorted(&objects, "-o.x"), [1, 0, 2]);
    }
}
