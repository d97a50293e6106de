//! Random classes and objects: values of every type, null ones, absent ones.

use rand::{Rng, RngExt};
use serde_json::{Map, Value as Json, json};

/// The types that fields have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    String,
    Number,
    Boolean,
    Date,
    Pointer,
    Array,
    Object,
    GeoPoint,
    Bytes,
}

const KINDS: [Kind; 9] = [
    Kind::String,
    Kind::Number,
    Kind::Boolean,
    Kind::Date,
    Kind::Pointer,
    Kind::Array,
    Kind::Object,
    Kind::GeoPoint,
    Kind::Bytes,
];
const TEXTS: [&str; 9] = ["", "a", "A", "ab", "b'\"", "é", "10", "a.b", "z z"];
const NUMBERS: [f64; 7] = [-1.5, 0.0, 1.0, 2.0, 3.0, 0.1, 1e10];
const BYTES: [&str; 3] = ["AAEC", "AAED", "/w=="];
/// How often a value is null, and how often it is absent, of 100.
const NULL_PERCENT: u32 = 8;
const ABSENT_PERCENT: u32 = 15;
const EXTRA_FIELDS: usize = 4;

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Field {
    pub(super) fn schema(&self) -> Json {
        match self.kind {
            Kind::Pointer => json!({"type": "Pointer", "targetClass": "Post"}),
            kind => json!({"type": format!("{kind:?}")}),
        }
    }
}

pub(super) fn pick<'a, T>(random: &mut impl Rng, items: &'a [T]) -> &'a T {
    &items[random.random_range(0..items.len())]
}

/// Every kind once, and some more than once; of geo points there may be one.
pub(super) fn random_class(random: &mut impl Rng) -> Vec<Field> {
    let more = (0..EXTRA_FIELDS).map(|_| *pick(random, &KINDS[..7]));
    let kinds: Vec<Kind> = KINDS.iter().copied().chain(more).collect();
    let fields = kinds.iter().enumerate().map(|(index, kind)| Field {
        name: format!("f{index}"),
        kind: *kind,
    });
    fields.collect()
}

pub(super) fn random_object(random: &mut impl Rng, fields: &[Field]) -> Map<String, Json> {
    let mut object = Map::new();
    for field in fields {
        let dice = random.random_range(0..100);
        // A pointer that is null is absent to parse-server.
        if dice < NULL_PERCENT && field.kind != Kind::Pointer {
            object.insert(field.name.clone(), Json::Null);
        } else if dice >= NULL_PERCENT + ABSENT_PERCENT {
            let value = random_value(random, field.kind);
            object.insert(field.name.clone(), value);
        }
    }
    object
}

pub(super) fn random_value(random: &mut impl Rng, kind: Kind) -> Json {
    match kind {
        Kind::String => json!(pick(random, &TEXTS)),
        Kind::Number => json!(pick(random, &NUMBERS)),
        Kind::Boolean => json!(random.random_bool(0.5)),
        Kind::Date => {
            let day = random.random_range(1..6);
            json!({"__type": "Date", "iso": format!("2015-01-0{day}T00:00:00.000Z")})
        }
        Kind::Pointer => {
            json!({"__type": "Pointer", "className": "Post", "objectId": pick(random, &["x", "y", "z"])})
        }
        Kind::Array => {
            let items = 0..random.random_range(0..4);
            items.map(|_| random_item(random)).collect()
        }
        Kind::Object => random_nested(random),
        Kind::GeoPoint => {
            let (latitude, longitude) = (
                random.random_range(-4..5) * 10,
                random.random_range(-4..5) * 10,
            );
            json!({"__type": "GeoPoint", "latitude": latitude, "longitude": longitude})
        }
        Kind::Bytes => json!({"__type": "Bytes", "base64": pick(random, &BYTES)}),
    }
}

fn random_item(random: &mut impl Rng) -> Json {
    match random.random_range(0..8) {
        0..3 => json!(random.random_range(0..4)),
        3 | 4 => random_value(random, Kind::String),
        5 => random_value(random, Kind::Pointer),
        6 => json!({"a": random.random_range(0..3)}),
        _ => random_value(random, Kind::Date),
    }
}

fn random_nested(random: &mut impl Rng) -> Json {
    let mut object = Map::new();
    if random.random_bool(0.8) {
        object.insert("a".to_owned(), json!(random.random_range(0..3)));
    }
    if random.random_bool(0.5) {
        let text = random_value(random, Kind::String);
        object.insert("b".to_owned(), json!({"c": text}));
    }
    if random.random_bool(0.3) {
        object.insert("n".to_owned(), Json::Null);
    }
    Json::Object(object)
}
