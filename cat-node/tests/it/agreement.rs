//! Random queries on random objects: every database finds exactly what the evaluator matches, in the order that it sorts.

use std::collections::BTreeMap;

use cat_node::domain::acl::{Access, Acl, Permission};
use cat_node::domain::names::{ClassName, ObjectId};
use cat_node::domain::object::ParseObject;
use cat_node::domain::query::matches::matches;
use cat_node::domain::query::order::compare;
use cat_node::domain::query::parse::{filter_from_json, order_from_text};
use cat_node::domain::query::{OrderBy, Query};
use cat_node::domain::schema::FieldType;
use cat_node::domain::value::json::fields_from_json;
use cat_node::storage::sqlite::SqliteStorage;
use cat_node::storage::{Storage, Transaction, Write};
use chrono::DateTime;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use serde_json::{Value as Json, json};

use crate::storage_contract::{Store, on_mongodb};

const OBJECTS: usize = 120;
const QUERIES: usize = 400;
/// Change it to search elsewhere.
const SEED: u64 = 20_261_124;

const FIELDS: &[&str] = &[
    "text",
    "number",
    "truth",
    "date",
    "pointer",
    "list",
    "nested",
    "nested.a",
    "parts",
    "parts.k",
    "parts.0.k",
    "parts.owner.objectId",
    "missing",
    "objectId",
    "createdAt",
];
const OPERATORS: &[&str] = &[
    "$eq",
    "$ne",
    "$lt",
    "$lte",
    "$gt",
    "$gte",
    "$in",
    "$nin",
    "$exists",
    "$regex",
    "$all",
    "$containedBy",
];

fn pick<'a, T>(random: &mut impl Rng, items: &'a [T]) -> &'a T {
    &items[random.random_range(0..items.len())]
}

/// A value of the field's kind, mostly; now and then of another one.
fn value(random: &mut impl Rng, field: &str) -> Json {
    let kind = if random.random_bool(0.1) {
        *pick(random, FIELDS)
    } else {
        field
    };
    match kind {
        "text" => json!(pick(
            random,
            &["", "a", "A", "ab", "b'\"", "\\Q", "é", "10"]
        )),
        "number" => json!(pick(random, &[-1.5, 0.0, 1.0, 2.0, 1e300])),
        "truth" => json!(random.random_bool(0.5)),
        "date" | "createdAt" => {
            let day = random.random_range(1..5);
            json!({"__type": "Date", "iso": format!("1970-01-0{day}T00:00:00.000Z")})
        }
        "pointer" => {
            let class = pick(random, &["Post", "Post", "Cat"]);
            json!({"__type": "Pointer", "className": class, "objectId": pick(random, &["x", "y", "z"])})
        }
        "list" => {
            let items: Vec<Json> = (0..random.random_range(0..3))
                .map(|_| json!(random.random_range(0..3)))
                .collect();
            json!(items)
        }
        "nested" => nested(random),
        "parts" => {
            let items: Vec<Json> = (0..random.random_range(0..3))
                .map(|_| part(random))
                .collect();
            json!(items)
        }
        "parts.owner.objectId" => json!(pick(random, &["x", "y"])),
        "objectId" => json!(format!("id{}", random.random_range(0..OBJECTS))),
        _ => json!(random.random_range(0..3)),
    }
}

fn nested(random: &mut impl Rng) -> Json {
    let a = random.random_range(0..3);
    match random.random_range(0..4) {
        0 => json!({}),
        1 => json!({"a": a, "b": [a, "x"]}),
        2 => json!({"a": [a, {"__type": "GeoPoint", "latitude": a, "longitude": 1}]}),
        _ => json!({"a": a}),
    }
}

/// An element of a list: an object, a pointer in one, a number, a list.
fn part(random: &mut impl Rng) -> Json {
    let k = random.random_range(0..3);
    match random.random_range(0..5) {
        0 => json!(k),
        1 => json!([k]),
        2 => {
            let id = pick(random, &["x", "y"]);
            json!({"k": k, "owner": {"__type": "Pointer", "className": "Post", "objectId": id}})
        }
        _ => json!({"k": k}),
    }
}

fn object(random: &mut impl Rng, index: usize) -> ParseObject {
    let mut fields = serde_json::Map::new();
    for field in [
        "text", "number", "truth", "date", "pointer", "list", "parts",
    ] {
        match random.random_range(0..10) {
            0 => {}
            1 => drop(fields.insert(field.to_owned(), Json::Null)),
            _ => {
                let json = of_kind(random, field);
                fields.insert(field.to_owned(), json);
            }
        }
    }
    fields.insert("nested".to_owned(), nested(random));
    let acl = match random.random_range(0..4) {
        0 => None,
        1 => Some(Acl::closed()),
        2 => Some(Acl::public(Permission::READ)),
        _ => Some(Acl::closed().with("tom", Permission::READ)),
    };
    let created = DateTime::from_timestamp(86_400 * random.random_range(0..4), 0).unwrap();
    ParseObject::new(
        ObjectId::new(format!("id{index}")),
        created,
        acl,
        fields_from_json(&fields).unwrap(),
    )
}

fn of_kind(random: &mut impl Rng, field: &str) -> Json {
    loop {
        let json = value(random, field);
        let fits = match field {
            "text" => json.is_string() && !json.as_str().unwrap().starts_with("id"),
            "number" => json.is_number(),
            "truth" => json.is_boolean(),
            "date" => json["__type"] == "Date",
            "pointer" => json["className"] == "Post",
            _ => json.is_array(),
        };
        if fits {
            return json;
        }
    }
}

fn constraint(random: &mut impl Rng, field: &str) -> Json {
    let operator = *pick(random, OPERATORS);
    let operand = match operator {
        "$in" | "$nin" | "$all" | "$containedBy" => {
            let mut items: Vec<Json> = (0..random.random_range(0..4))
                .map(|_| value(random, field))
                .collect();
            if random.random_bool(0.2) {
                items.push(Json::Null);
            }
            json!(items)
        }
        "$exists" => json!(random.random_bool(0.5)),
        "$regex" => json!(pick(random, &["^a", "^\\Qa\\E", "b", "^A$", "^\\Q\\E"])),
        _ if random.random_bool(0.1) => Json::Null,
        _ => value(random, field),
    };
    json!({operator: operand})
}

/// A field to ask for. What `null` means on a path into a list is not the same in every database.
fn asked_field(random: &mut impl Rng, ties: Ties) -> &'static str {
    loop {
        let field = *pick(random, FIELDS);
        if ties == Ties::ByInsertion || !field.starts_with("parts.") {
            return field;
        }
    }
}

fn filter(random: &mut impl Rng, depth: u32, ties: Ties) -> Json {
    let mut all = serde_json::Map::new();
    for _ in 0..random.random_range(0..3) {
        let field = asked_field(random, ties);
        let wanted = constraint(random, field);
        all.insert(field.to_owned(), wanted);
    }
    if depth > 0 && random.random_bool(0.5) {
        let operator = *pick(random, &["$or", "$and", "$nor"]);
        let list: Vec<Json> = (0..random.random_range(1..3))
            .map(|_| filter(random, depth - 1, ties))
            .collect();
        all.insert(operator.to_owned(), json!(list));
    }
    Json::Object(all)
}

fn order(random: &mut impl Rng, ties: Ties) -> Vec<OrderBy> {
    let mut keys: Vec<String> = (0..random.random_range(0..3))
        .map(|_| format!("{}{}", pick(random, &["", "-"]), pick(random, FIELDS)))
        .filter(|key| ties == Ties::ByInsertion || !holds_lists(key))
        .collect();
    if ties == Ties::ById {
        keys.push("objectId".to_owned());
    }
    order_from_text(&keys.join(",")).unwrap()
}

/// Whether a key of an order may lead to a list.
fn holds_lists(key: &str) -> bool {
    ["list", "nested", "parts"]
        .iter()
        .any(|field| key.trim_start_matches('-').starts_with(field))
}

/// How a database orders what its keys leave open. MongoDB promises nothing there, nor anything sensible about lists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ties {
    ByInsertion,
    ById,
}

fn fields() -> BTreeMap<String, FieldType> {
    BTreeMap::from([
        ("text".to_owned(), FieldType::String),
        ("number".to_owned(), FieldType::Number),
        ("truth".to_owned(), FieldType::Boolean),
        ("date".to_owned(), FieldType::Date),
        (
            "pointer".to_owned(),
            FieldType::Pointer(ClassName::internal("Post")),
        ),
        ("list".to_owned(), FieldType::Array),
        ("parts".to_owned(), FieldType::Array),
        ("nested".to_owned(), FieldType::Object),
    ])
}

async fn stored(random: &mut impl Rng, storage: &dyn Storage) -> Vec<ParseObject> {
    let class = ClassName::internal("Thing");
    storage.extend_schema(&class, fields()).await.unwrap();
    let objects: Vec<ParseObject> = (0..OBJECTS).map(|index| object(random, index)).collect();
    let mut transaction = Transaction::default();
    for object in &objects {
        transaction = transaction.write(Write::Insert {
            class: class.clone(),
            object: object.clone(),
        });
    }
    storage.commit(transaction).await.unwrap();
    objects
}

#[tokio::test]
async fn sqlite_finds_what_the_evaluator_matches() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(&folder.path().join("cats.db")).unwrap();
    finds_what_the_evaluator_matches(&storage, Ties::ByInsertion).await;
}

#[tokio::test]
async fn mongodb_finds_what_the_evaluator_matches() {
    if let Some(store) = on_mongodb::open().await {
        finds_what_the_evaluator_matches(&*store.storage(), Ties::ById).await;
        store.drop_database().await;
    }
}

async fn finds_what_the_evaluator_matches(storage: &dyn Storage, ties: Ties) {
    let mut random = StdRng::seed_from_u64(SEED);
    let objects = stored(&mut random, storage).await;
    let mut found_any = 0;
    for _ in 0..QUERIES {
        let json = filter(&mut random, 2, ties);
        let access = match random.random_range(0..3) {
            0 => Access::Master,
            1 => Access::anonymous(),
            _ => Access::Grants(vec!["*".to_owned(), "tom".to_owned()]),
        };
        let query = Query {
            class: ClassName::internal("Thing"),
            filter: filter_from_json(&json, DateTime::UNIX_EPOCH).unwrap(),
            access,
            order: order(&mut random, ties),
            skip: random.random_range(0..3),
            limit: random.random_bool(0.5).then_some(7),
            options: cat_node::domain::query::read_options::ReadOptions::default(),
        };
        let mut expected: Vec<&ParseObject> = objects
            .iter()
            .filter(|object| {
                query.access.may_read(object.acl.as_ref()) && matches(object, &query.filter)
            })
            .collect();
        let count = expected.len() as u64;
        expected.sort_by(|a, b| compare(a, b, &query.order));
        let limit = query
            .limit
            .map_or(usize::MAX, |limit| usize::try_from(limit).unwrap());
        let expected: Vec<_> = expected
            .into_iter()
            .skip(usize::try_from(query.skip).unwrap())
            .take(limit)
            .collect();
        let found = storage.find(&query).await.unwrap();
        assert_eq!(
            found.iter().collect::<Vec<_>>(),
            expected,
            "{json} {:?}",
            query.order
        );
        assert_eq!(storage.count(&query).await.unwrap(), count, "{json}");
        found_any += usize::from(!found.is_empty());
    }
    assert!(
        found_any > QUERIES / 4,
        "only {found_any} queries found anything"
    );
}
