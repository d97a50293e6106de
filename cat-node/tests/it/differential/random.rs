//! Random queries on random objects: parse-server, cat-node on SQLite and the evaluator of the domain find the same
//! objects in the same order. The seed is printed; `CATWEB_DIFFERENTIAL_SEED` runs one again.

use cat_node::domain::names::ObjectId;
use cat_node::domain::object::ParseObject;
use cat_node::domain::query::matches::matches;
use cat_node::domain::query::order::compare;
use cat_node::domain::query::parse::{filter_from_json, order_from_text};
use cat_node::domain::value::json::fields_from_json;
use chrono::DateTime;
use futures_util::{StreamExt, stream};
use rand::SeedableRng;
use rand::rngs::StdRng;
use reqwest::{Client, Method};
use serde_json::{Map, Value as Json, json};
use service_chassis::real_component::tell;

use super::oracle::ParseServer;
use super::scenario::OracleDatabase;
use super::subject::{Database, Subject};
use super::{Components, base_options, client, variable};

mod objects;
mod queries;

use objects::{Field, random_class, random_object};
use queries::{RandomQuery, random_query};

const SEED: &str = "CATWEB_DIFFERENTIAL_SEED";
/// How many queries of each class; more find more.
const QUERIES: &str = "CATWEB_DIFFERENTIAL_QUERIES";
const DEFAULT_SEED: u64 = 20_261_124;
const DEFAULT_QUERIES: usize = 500;
const CLASSES: usize = 4;
const OBJECTS: usize = 60;
const AT_ONCE: usize = 8;
/// Disagreements that are told in full.
const TOLD: usize = 12;

struct Sides<'a> {
    client: Client,
    options: &'a Map<String, Json>,
    parse_server: String,
    cat_node: String,
}

/// A class, and its objects as the evaluator sees them.
struct Class {
    name: String,
    fields: Vec<Field>,
    objects: Vec<ParseObject>,
}

/// What someone answers to a query: ids in order, or a refusal.
#[derive(Debug, Clone, PartialEq)]
enum Found {
    Ids(Vec<String>),
    Refused(Json),
    Failed,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_queries_find_the_same_three_ways() {
    let Some(components) = Components::find() else {
        return;
    };
    let mut options = base_options();
    options.insert("allowCustomObjectId".to_owned(), json!(true));
    let uri = components.new_database(OracleDatabase::Mongodb).unwrap();
    let oracle = ParseServer::start(&components.parse_server, &options, &uri).await;
    let subject = Subject::start(&options, Database::Sqlite, &components.mongodb)
        .await
        .unwrap();
    let sides = Sides {
        client: client(),
        options: &options,
        parse_server: oracle.address.clone(),
        cat_node: subject.address.clone(),
    };
    let number = |name, default| variable(name).map_or(default, |text| text.parse().unwrap());
    let seed: u64 = number(SEED, DEFAULT_SEED);
    let queries = variable(QUERIES).map_or(DEFAULT_QUERIES, |text| text.parse().unwrap());
    let mut random = StdRng::seed_from_u64(seed);
    let (mut disagreements, mut useful) = (Vec::new(), 0);
    for index in 0..CLASSES {
        let class = fill_class(&sides, &mut random, index).await;
        let asked: Vec<RandomQuery> = (0..queries)
            .map(|_| random_query(&mut random, &class.fields, OBJECTS))
            .collect();
        let answers: Vec<_> = stream::iter(&asked)
            .map(|query| ask_all(&sides, &class, query))
            .buffered(AT_ONCE)
            .collect()
            .await;
        useful += answers.iter().filter(|(found_some, _)| *found_some).count();
        disagreements.extend(answers.into_iter().filter_map(|(_, told)| told));
    }
    oracle.stop().await;
    subject.stop().await;
    tell(format_args!(
        "random queries: seed {seed}, {} queries, {useful} found objects, {} disagreements",
        CLASSES * queries,
        disagreements.len()
    ));
    assert!(disagreements.is_empty(), "{}", summary(&disagreements));
    assert!(
        useful > CLASSES * queries / 4,
        "too few queries find anything"
    );
}

fn summary(disagreements: &[String]) -> String {
    let told: Vec<&str> = disagreements
        .iter()
        .take(TOLD)
        .map(String::as_str)
        .collect();
    told.join("\n")
}

async fn fill_class(sides: &Sides<'_>, random: &mut StdRng, index: usize) -> Class {
    let name = format!("Random{index}");
    let fields = random_class(random);
    let types: Map<String, Json> = fields
        .iter()
        .map(|field| (field.name.clone(), field.schema()))
        .collect();
    let path = format!("/schemas/{name}");
    let schema = json!({"className": name, "fields": types});
    for address in [&sides.parse_server, &sides.cat_node] {
        let (status, body) = request(sides, address, &path, &schema).await;
        assert_eq!(status, 200, "{body}");
    }
    let mut objects = Vec::new();
    for number in 0..OBJECTS {
        let fields = random_object(random, &fields);
        let id = format!("id{number:03}");
        let mut body = fields.clone();
        body.insert("objectId".to_owned(), json!(id));
        for address in [&sides.parse_server, &sides.cat_node] {
            let path = format!("/classes/{name}");
            let (status, answer) = request(sides, address, &path, &json!(body)).await;
            assert_eq!(status, 201, "{answer} for {}", json!(body));
        }
        objects.push(ParseObject::new(
            ObjectId::new(id),
            DateTime::UNIX_EPOCH,
            None,
            fields_from_json(&fields).unwrap(),
        ));
    }
    Class {
        name,
        fields,
        objects,
    }
}

/// Whether parse-server found something; and the disagreement, if there is one.
async fn ask_all(sides: &Sides<'_>, class: &Class, query: &RandomQuery) -> (bool, Option<String>) {
    let expected = find(sides, &sides.parse_server, class, query).await;
    if expected == Found::Failed {
        return (false, None);
    }
    let on_sqlite = find(sides, &sides.cat_node, class, query).await;
    let found_some = matches!(&expected, Found::Ids(ids) if !ids.is_empty());
    let evaluated = matches!(on_sqlite, Found::Ids(_)).then(|| evaluate(class, query));
    let agreed = expected == on_sqlite && evaluated.as_ref().is_none_or(|found| *found == expected);
    let told = (!agreed).then(|| {
        format!(
            "{}: {}\n  parse-server: {expected:?}\n  SQLite:       {on_sqlite:?}\n  evaluator:    {evaluated:?}\n{}",
            class.name,
            query.parameters(),
            only_in_one(class, &expected, &on_sqlite)
        )
    });
    (found_some, told)
}

/// The objects that one side found and the other did not.
fn only_in_one(class: &Class, expected: &Found, found: &Found) -> String {
    let (Found::Ids(left), Found::Ids(right)) = (expected, found) else {
        return String::new();
    };
    let ids = left.iter().filter(|id| !right.contains(id));
    let ids = ids.chain(right.iter().filter(|id| !left.contains(id)));
    ids.take(2)
        .filter_map(|id| class.objects.iter().find(|object| object.id.as_str() == id))
        .map(|object| format!("  {object:?}\n"))
        .collect()
}

async fn find(sides: &Sides<'_>, address: &str, class: &Class, query: &RandomQuery) -> Found {
    let mut body = query.parameters();
    body["_method"] = json!("GET");
    body["keys"] = json!("objectId");
    let path = format!("/classes/{}", class.name);
    let (status, answer) = request(sides, address, &path, &body).await;
    match (status, answer["results"].as_array()) {
        (200, Some(results)) => {
            let ids = results.iter().map(|object| object["objectId"].as_str());
            Found::Ids(ids.flatten().map(str::to_owned).collect())
        }
        (500, _) => Found::Failed,
        _ => Found::Refused(answer),
    }
}

fn evaluate(class: &Class, query: &RandomQuery) -> Found {
    let filter = filter_from_json(&query.filter, DateTime::UNIX_EPOCH).unwrap();
    let order = order_from_text(&query.order).unwrap();
    let matching = class
        .objects
        .iter()
        .filter(|object| matches(object, &filter));
    let mut matching: Vec<&ParseObject> = matching.collect();
    matching.sort_by(|a, b| compare(a, b, &order));
    let page = matching.into_iter().skip(query.skip).take(query.limit);
    Found::Ids(page.map(|object| object.id.to_string()).collect())
}

async fn request(sides: &Sides<'_>, address: &str, path: &str, body: &Json) -> (u16, Json) {
    let key = |name: &str| sides.options[name].as_str().unwrap().to_owned();
    let response = sides
        .client
        .request(Method::POST, format!("http://{address}/parse{path}"))
        .header("X-Parse-Application-Id", key("appId"))
        .header("X-Parse-Master-Key", key("masterKey"))
        .json(body)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}
