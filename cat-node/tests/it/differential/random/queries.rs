//! Random queries: every operator, mostly with values of the field's type.

use rand::{Rng, RngExt};
use serde_json::{Map, Value as Json, json};

use super::objects::{Field, Kind, pick, random_value};

const COMPARISONS: [&str; 4] = ["$lt", "$lte", "$gt", "$gte"];
const LOGICAL: [&str; 3] = ["$or", "$and", "$nor"];
const PATTERNS: [&str; 7] = ["^a", "a$", "b", "^A$", "[a-b]", "(a|z).", "^$"];
const OTHER_TYPE: f64 = 0.08;

#[derive(Debug)]
pub(super) struct RandomQuery {
    pub(super) filter: Json,
    pub(super) order: String,
    pub(super) skip: usize,
    pub(super) limit: usize,
}

impl RandomQuery {
    pub(super) fn parameters(&self) -> Json {
        json!({"where": self.filter, "order": self.order, "skip": self.skip, "limit": self.limit})
    }
}

pub(super) fn random_query(random: &mut impl Rng, fields: &[Field], objects: usize) -> RandomQuery {
    let skip = if random.random_bool(0.3) {
        random.random_range(0..5)
    } else {
        0
    };
    RandomQuery {
        filter: filter(random, fields, 2),
        order: order(random, fields),
        skip,
        limit: *pick(random, &[objects, objects, 7, 1]),
    }
}

fn filter(random: &mut impl Rng, fields: &[Field], depth: u32) -> Json {
    let mut all = Map::new();
    for _ in 0..random.random_range(0..3) {
        let field = pick(random, fields);
        let (name, constraint) = constraint(random, field);
        all.insert(name, constraint);
    }
    if depth > 0 && random.random_bool(0.4) {
        let parts = 0..random.random_range(1..4);
        let list: Vec<Json> = parts.map(|_| filter(random, fields, depth - 1)).collect();
        all.insert((*pick(random, &LOGICAL)).to_owned(), json!(list));
    }
    Json::Object(all)
}

/// The name of what is constrained, which may be inside of an object, and the constraint.
fn constraint(random: &mut impl Rng, field: &Field) -> (String, Json) {
    if field.kind == Kind::Object && random.random_bool(0.7) {
        let (inner, kind) = *pick(
            random,
            &[
                ("a", Kind::Number),
                ("b.c", Kind::String),
                ("n", Kind::Number),
                ("zz", Kind::Number),
            ],
        );
        return (format!("{}.{inner}", field.name), of_kind(random, kind));
    }
    (field.name.clone(), of_kind(random, field.kind))
}

fn of_kind(random: &mut impl Rng, kind: Kind) -> Json {
    if random.random_bool(0.15) {
        return json!({"$exists": random.random_bool(0.5)});
    }
    // The MongoDB of the tests finds no absent list by `null`; MongoDB does.
    if kind != Kind::Array && random.random_bool(0.05) {
        return pick(
            random,
            &[json!(null), json!({"$ne": null}), json!({"$in": [null]})],
        )
        .clone();
    }
    match kind {
        Kind::GeoPoint => geo(random),
        Kind::String if random.random_bool(0.25) => {
            let mut constraint = json!({"$regex": pick(random, &PATTERNS)});
            if random.random_bool(0.3) {
                constraint["$options"] = json!("i");
            }
            constraint
        }
        Kind::Array => in_array(random),
        Kind::Object => random_value(random, Kind::Object),
        Kind::Bytes | Kind::Pointer | Kind::Boolean => equality(random, kind),
        _ if random.random_bool(0.5) => comparison(random, kind),
        _ => equality(random, kind),
    }
}

fn operand(random: &mut impl Rng, kind: Kind) -> Json {
    let other = random.random_bool(OTHER_TYPE);
    let kind = if other {
        *pick(random, &[Kind::String, Kind::Number, Kind::Boolean])
    } else {
        kind
    };
    random_value(random, kind)
}

fn list(random: &mut impl Rng, kind: Kind) -> Json {
    let items = 0..random.random_range(0..4);
    items.map(|_| operand(random, kind)).collect()
}

fn equality(random: &mut impl Rng, kind: Kind) -> Json {
    match random.random_range(0..5) {
        0 => operand(random, kind),
        1 => json!({"$eq": operand(random, kind)}),
        2 => json!({"$ne": operand(random, kind)}),
        3 => json!({"$in": list(random, kind)}),
        _ => json!({"$nin": list(random, kind)}),
    }
}

fn comparison(random: &mut impl Rng, kind: Kind) -> Json {
    let mut constraint = Map::new();
    for _ in 0..random.random_range(1..3) {
        let operator = (*pick(random, &COMPARISONS)).to_owned();
        let value = operand(random, kind);
        constraint.insert(operator, value);
    }
    Json::Object(constraint)
}

fn in_array(random: &mut impl Rng) -> Json {
    let kind = *pick(
        random,
        &[
            Kind::Number,
            Kind::Number,
            Kind::String,
            Kind::Pointer,
            Kind::Date,
        ],
    );
    match random.random_range(0..3) {
        0 => json!({"$all": list(random, kind)}),
        // Documents inside of lists, which pointers are, have an order of their own.
        1 if kind != Kind::Pointer => comparison(random, kind),
        _ => equality(random, kind),
    }
}

fn geo(random: &mut impl Rng) -> Json {
    let center = random_value(random, Kind::GeoPoint);
    match random.random_range(0..4) {
        0 => {
            json!({"$geoWithin": {"$centerSphere": [center, f64::from(random.random_range(1..10)) / 10.0]}})
        }
        1 => {
            // No object is on its border.
            let corner = |latitude, longitude| json!({"__type": "GeoPoint", "latitude": latitude, "longitude": longitude});
            let (low, high) = (random.random_range(-45..0), random.random_range(1..45));
            let (low, high) = (f64::from(low) + 0.5, f64::from(high) + 0.5);
            let square = [
                corner(low, low),
                corner(low, high),
                corner(high, high),
                corner(high, low),
            ];
            json!({"$geoWithin": {"$polygon": square}})
        }
        2 => center,
        _ => json!({"$ne": center}),
    }
}

/// Always down to the id, so that there is one right order.
fn order(random: &mut impl Rng, fields: &[Field]) -> String {
    let sortable: Vec<&Field> = fields
        .iter()
        .filter(|field| {
            !matches!(
                field.kind,
                Kind::GeoPoint | Kind::Bytes | Kind::Array | Kind::Object
            )
        })
        .collect();
    let mut fields: Vec<&str> = (0..random.random_range(0..3))
        .map(|_| pick(random, &sortable).name.as_str())
        .collect();
    fields.dedup();
    let mut keys: Vec<String> = fields
        .iter()
        .map(|field| format!("{}{field}", pick(random, &["", "-"])))
        .collect();
    keys.push(format!("{}objectId", pick(random, &["", "-"])));
    keys.join(",")
}
