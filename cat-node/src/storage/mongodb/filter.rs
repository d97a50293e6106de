//! Filters in MongoDB's query language.
//!
//! What MongoDB does not answer exactly as `domain::query::matches` does is asked wider, and the reader tries each
//! object again ([`MongoFilter::is_exact`] is false).

use bson::{Bson, Document, doc};

use super::columns::{READERS, WRITERS, path_column, stored_at};
use super::value::{to_field, to_nested};
use crate::domain::acl::Access;
use crate::domain::names::FieldPath;
use crate::domain::query::{Filter, Pattern, Test};
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::{GeoPoint, ParseValue};

/// A filter as MongoDB takes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MongoFilter {
    pub(super) document: Document,
    /// Whether exactly those that match are found, not more.
    pub(super) is_exact: bool,
}

impl MongoFilter {
    fn exact(document: Document) -> Self {
        Self {
            document,
            is_exact: true,
        }
    }

    fn wider(document: Document) -> Self {
        Self {
            document,
            is_exact: false,
        }
    }

    pub(super) fn and(self, other: Document) -> Document {
        all_of(vec![self.document, other])
    }
}

/// The objects that this access may read.
pub(super) fn readable(access: &Access) -> Document {
    granted(READERS, access)
}

/// The objects that this access may write.
pub(super) fn writable(access: &Access) -> Document {
    granted(WRITERS, access)
}

/// A missing list is open to everyone.
fn granted(list: &str, access: &Access) -> Document {
    match access {
        Access::Master => Document::new(),
        Access::Grants(grants) => {
            let mut grants: Vec<Bson> = grants.iter().map(Bson::from).collect();
            grants.push(Bson::Null);
            doc! {list: {"$in": grants}}
        }
    }
}

pub(super) fn translate(filter: &Filter, schema: &ClassSchema) -> MongoFilter {
    match filter {
        Filter::And(filters) => combine(filters, schema, all_of),
        Filter::Or(filters) if filters.is_empty() => MongoFilter::exact(nothing()),
        Filter::Or(filters) => combine(filters, schema, |any| doc! {"$or": any}),
        Filter::Nor(filters) if filters.is_empty() => MongoFilter::exact(Document::new()),
        Filter::Nor(filters) => {
            let nor = combine(filters, schema, |none| doc! {"$nor": none});
            // The opposite of "more than those" would be "not all of those".
            if nor.is_exact {
                nor
            } else {
                MongoFilter::wider(Document::new())
            }
        }
        Filter::Field { path, test } => translate_test(path, test, schema),
    }
}

fn combine(
    filters: &[Filter],
    schema: &ClassSchema,
    join: impl Fn(Vec<Document>) -> Document,
) -> MongoFilter {
    let parts: Vec<MongoFilter> = filters
        .iter()
        .map(|filter| translate(filter, schema))
        .collect();
    let is_exact = parts.iter().all(|part| part.is_exact);
    MongoFilter {
        document: join(parts.into_iter().map(|part| part.document).collect()),
        is_exact,
    }
}

fn all_of(mut documents: Vec<Document>) -> Document {
    documents.retain(|document| !document.is_empty());
    match documents.len() {
        0 => Document::new(),
        1 => documents.swap_remove(0),
        _ => doc! {"$and": documents},
    }
}

fn nothing() -> Document {
    doc! {"_id": {"$in": []}}
}

fn translate_test(path: &FieldPath, test: &Test, schema: &ClassSchema) -> MongoFilter {
    let field = Field {
        path,
        column: path_column(schema, path).into_owned(),
        kind: schema.field(path.root()),
    };
    match test {
        Test::Equal(value) => field.one_of("$in", std::slice::from_ref(value)),
        Test::NotEqual(value) => field.one_of("$nin", std::slice::from_ref(value)),
        Test::In(values) => field.one_of("$in", values),
        Test::NotIn(values) => field.one_of("$nin", values),
        Test::Less(bound) => field.compares("$lt", bound),
        Test::LessOrEqual(bound) => field.compares("$lte", bound),
        Test::Greater(bound) => field.compares("$gt", bound),
        Test::GreaterOrEqual(bound) => field.compares("$gte", bound),
        Test::Exists(wanted) => MongoFilter::exact(field.is(doc! {"$exists": *wanted})),
        Test::All(values) => field.all(values),
        Test::AllMatch(patterns) => field.all_match(patterns),
        Test::Matches(pattern) => field.matches(pattern),
        Test::Near {
            point,
            max_radians: Some(radians),
        }
        | Test::WithinSphere {
            center: point,
            radians,
        } => field.within_sphere(point, *radians),
        Test::WithinBox {
            south_west,
            north_east,
        } => {
            let corners = vec![to_pair(south_west), to_pair(north_east)];
            MongoFilter::wider(field.is(doc! {"$geoWithin": {"$box": corners}}))
        }
        Test::WithinPolygon(ring) => {
            let ring: Vec<Bson> = ring.iter().map(to_pair).collect();
            MongoFilter::wider(field.is(doc! {"$geoWithin": {"$polygon": ring}}))
        }
        // What is no list breaks no rule for elements.
        Test::ContainedBy(_) => MongoFilter::wider(Document::new()),
        Test::Text(_) | Test::PolygonContains(_) | Test::Near { .. } => {
            MongoFilter::wider(field.is(doc! {"$exists": true}))
        }
    }
}

/// MongoDB's own distance may differ in the last digits: ask a little wider.
const RADIUS_MARGIN: f64 = 1.000_001;

struct Field<'a> {
    path: &'a FieldPath,
    column: String,
    kind: Option<FieldType>,
}

impl Field<'_> {
    fn is(&self, condition: Document) -> Document {
        doc! {&self.column: condition}
    }

    /// `$in` or `$nin`.
    fn one_of(&self, operator: &str, values: &[ParseValue]) -> MongoFilter {
        if values.iter().any(has_object) {
            // MongoDB tells objects apart by the order of their keys.
            return MongoFilter::wider(Document::new());
        }
        let values = values.iter().filter(|value| self.can_hold(value));
        let values: Vec<Bson> = values.map(|value| self.stored(value)).collect();
        MongoFilter::exact(self.is(doc! {operator: values}))
    }

    fn compares(&self, operator: &str, bound: &ParseValue) -> MongoFilter {
        if matches!(bound, ParseValue::Array(_)) || has_object(bound) {
            // Lists and objects compare member by member, and points and files are kept otherwise in them.
            return MongoFilter::wider(self.is(doc! {"$exists": true}));
        }
        let ordered = matches!(
            bound,
            ParseValue::Number(_)
                | ParseValue::String(_)
                | ParseValue::Date(_)
                | ParseValue::Bool(_)
                | ParseValue::Bytes(_)
                | ParseValue::Pointer(_)
        );
        if !ordered || !self.can_hold(bound) {
            return MongoFilter::exact(nothing());
        }
        MongoFilter::exact(self.is(doc! {operator: self.stored(bound)}))
    }

    fn all(&self, values: &[ParseValue]) -> MongoFilter {
        let parts: Vec<MongoFilter> = values
            .iter()
            .map(|value| self.one_of("$in", std::slice::from_ref(value)))
            .collect();
        all_parts(parts)
    }

    fn all_match(&self, patterns: &[Pattern]) -> MongoFilter {
        all_parts(
            patterns
                .iter()
                .map(|pattern| self.matches(pattern))
                .collect(),
        )
    }

    /// The dialects agree on what the linear-time one accepts, but for rare Unicode classes.
    fn matches(&self, pattern: &Pattern) -> MongoFilter {
        let holds_text = !matches!(self.kind, Some(FieldType::Pointer(_) | FieldType::File));
        match pattern.compile() {
            Ok(regex) if holds_text || self.path.is_nested() => {
                let options: String = pattern
                    .options
                    .chars()
                    .filter(|&option| option != 'u')
                    .collect();
                let regex = doc! {"$regex": regex.as_str(), "$options": options};
                MongoFilter::exact(self.is(regex))
            }
            _ => MongoFilter::exact(nothing()),
        }
    }

    fn within_sphere(&self, center: &GeoPoint, radians: f64) -> MongoFilter {
        let sphere = vec![to_pair(center), Bson::Double(radians * RADIUS_MARGIN)];
        MongoFilter::wider(self.is(doc! {"$geoWithin": {"$centerSphere": sphere}}))
    }

    /// Whether the field's compact form could be mistaken for this value, or never be it.
    fn can_hold(&self, value: &ParseValue) -> bool {
        let compact = match &self.kind {
            _ if self.path.is_nested() => return true,
            Some(
                kind @ (FieldType::Pointer(_)
                | FieldType::GeoPoint
                | FieldType::File
                | FieldType::Polygon),
            ) => kind,
            _ => return true,
        };
        FieldType::of(value).is_none_or(|kind| kind == *compact)
    }

    fn stored(&self, value: &ParseValue) -> Bson {
        match self.kind {
            Some(FieldType::Array | FieldType::Object) => to_nested(value),
            _ => stored_at(self.path, value),
        }
    }
}

fn all_parts(parts: Vec<MongoFilter>) -> MongoFilter {
    if parts.is_empty() {
        return MongoFilter::exact(nothing());
    }
    let is_exact = parts.iter().all(|part| part.is_exact);
    MongoFilter {
        document: all_of(parts.into_iter().map(|part| part.document).collect()),
        is_exact,
    }
}

fn has_object(value: &ParseValue) -> bool {
    match value {
        ParseValue::Object(_) => true,
        ParseValue::Array(items) => items.iter().any(has_object),
        _ => false,
    }
}

fn to_pair(point: &GeoPoint) -> Bson {
    to_field(&ParseValue::GeoPoint(*point))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::domain::names::ClassName;
    use crate::domain::query::parse::filter_from_json;

    fn mongo(filter: &serde_json::Value) -> MongoFilter {
        let mut schema = ClassSchema::new(ClassName::internal("Lot"));
        schema.fields.insert(
            "market".into(),
            FieldType::Pointer(ClassName::internal("Market")),
        );
        schema.fields.insert("tags".into(), FieldType::Array);
        translate(
            &filter_from_json(filter, DateTime::UNIX_EPOCH).unwrap(),
            &schema,
        )
    }

    #[test]
    fn comparisons_are_left_to_mongodb() {
        for (filter, expected) in [
            (json!({}), doc! {}),
            (json!({"ask": {"$gt": 3}}), doc! {"ask": {"$gt": 3}}),
            (json!({"objectId": "a"}), doc! {"_id": {"$in": ["a"]}}),
            (
                json!({"market": {"$exists": true}}),
                doc! {"_p_market": {"$exists": true}},
            ),
            (
                json!({"market": {"__type": "Pointer", "className": "Market", "objectId": "m"}}),
                doc! {"_p_market": {"$in": ["Market$m"]}},
            ),
            (
                json!({"$or": [{"kind": "rat"}, {"ask": {"$lt": 2}}]}),
                doc! {"$or": [{"kind": {"$in": ["rat"]}}, {"ask": {"$lt": 2}}]},
            ),
        ] {
            assert_eq!(mongo(&filter), MongoFilter::exact(expected), "{filter}");
        }
    }

    #[test]
    fn a_pointer_column_is_no_text_column() {
        assert_eq!(
            mongo(&json!({"market": "Market$m"})).document,
            doc! {"_p_market": {"$in": []}}
        );
        assert_eq!(
            mongo(&json!({"market": {"$regex": "^M"}})).document,
            nothing()
        );
    }

    #[test]
    fn what_mongodb_cannot_say_is_asked_wider() {
        for filter in [
            json!({"a": {"$eq": {"b": 1}}}),
            json!({"tags": {"$containedBy": ["x"]}}),
            json!({"$nor": [{"a": {"$eq": {"b": 1}}}]}),
        ] {
            assert!(!mongo(&filter).is_exact, "{filter}");
        }
    }

    #[test]
    fn a_missing_list_is_open() {
        assert_eq!(
            readable(&Access::anonymous()),
            doc! {"_rperm": {"$in": ["*", null]}}
        );
        assert_eq!(writable(&Access::Master), doc! {});
    }
}
