//! Queries: whatever an adapter pushes into its database, the answer is the evaluator's.

use cat_node::domain::acl::{Access, Acl, Permission};
use cat_node::domain::names::{ClassName, ObjectId};
use cat_node::domain::object::ParseObject;
use cat_node::domain::object::json::object_to_json;
use cat_node::domain::query::matches::matches;
use cat_node::domain::query::parse::filter_from_json;
use cat_node::domain::query::{Direction, Filter, OrderBy, Query};
use cat_node::domain::schema::FieldType;
use cat_node::storage::Storage;
use serde_json::{Value as Json, json};

use super::Store;
use super::objects::{GAME, at, declare, game, insert};

fn zoo() -> Vec<ParseObject> {
    let pointer = |id: &str| json!({"__type": "Pointer", "className": "_User", "objectId": id});
    let point = |latitude: f64, longitude: f64| json!({"__type": "GeoPoint", "latitude": latitude, "longitude": longitude});
    let date = |iso: &str| json!({"__type": "Date", "iso": iso});
    let animals = [
        json!({"name": "Tom", "lives": 9, "tags": ["grey", "fast"], "owner": pointer("u1"), "at": point(45.5, -73.6)}),
        json!({"name": "tom", "lives": 7, "tags": [], "owner": pointer("u2"), "at": point(45.6, -73.6), "tame": true}),
        json!({"name": "Jerry", "lives": 1, "tags": ["brown"], "born": date("2020-01-01T00:00:00.000Z"), "at": point(0.0, 0.0)}),
        json!({"name": null, "lives": 3.5, "born": date("2024-06-01T12:00:00.000Z"), "tame": false}),
        json!({"lives": -2, "home": {"city": "Nice", "floor": 2}, "toys": [{"kind": "ball"}, {"kind": "mouse"}]}),
        json!({"name": "Zoë 'quote\" \\ $x", "home": {"city": "Nancy"}, "toys": [{"kind": "mouse"}], "friends": [pointer("u1")]}),
        json!({"name": "", "tags": ["grey", null, 7], "photo": {"__type": "File", "name": "a.png"}}),
        json!({"story": "the quick brown fox", "area": {"__type": "Polygon", "coordinates": [[0, 0], [0, 4], [4, 4], [4, 0]]}}),
    ];
    animals
        .iter()
        .enumerate()
        .map(|(n, animal)| game(&format!("z{n}"), animal))
        .collect()
}

fn filters() -> Vec<Json> {
    let pointer = |id: &str| json!({"__type": "Pointer", "className": "_User", "objectId": id});
    let point = |latitude: f64, longitude: f64| json!({"__type": "GeoPoint", "latitude": latitude, "longitude": longitude});
    let date = |iso: &str| json!({"__type": "Date", "iso": iso});
    vec![
        json!({}),
        json!({"name": "Tom"}),
        json!({"name": null}),
        json!({"name": {"$ne": "Tom"}}),
        json!({"name": {"$ne": null}}),
        json!({"name": {"$exists": true}}),
        json!({"name": {"$exists": false}}),
        json!({"name": {"$in": ["Tom", "Jerry", 9]}}),
        json!({"name": {"$in": []}}),
        json!({"name": {"$nin": ["Tom", null]}}),
        json!({"name": {"$gt": "J"}}),
        json!({"name": {"$lte": "Tom"}}),
        json!({"name": {"$regex": "^t", "$options": "i"}}),
        json!({"name": {"$regex": "\\QZo\\E"}}),
        json!({"name": "Zoë 'quote\" \\ $x"}),
        json!({"lives": {"$gt": 3, "$lte": 9}}),
        json!({"lives": {"$lt": 0}}),
        json!({"lives": {"$gt": "3"}}),
        json!({"lives": 3.5}),
        json!({"lives": "9"}),
        json!({"tame": true}),
        json!({"tame": {"$ne": true}}),
        json!({"tags": "grey"}),
        json!({"tags": 7}),
        json!({"tags": null}),
        json!({"tags": {"$ne": "grey"}}),
        json!({"tags": {"$all": ["grey", "fast"]}}),
        json!({"tags": {"$nin": ["brown"]}}),
        json!({"tags": {"$containedBy": ["grey", "fast", "slow"]}}),
        json!({"owner": pointer("u1")}),
        json!({"owner": {"$ne": pointer("u1")}}),
        json!({"owner": {"$in": [pointer("u2"), pointer("u3")]}}),
        json!({"owner": {"$exists": false}}),
        json!({"friends": pointer("u1")}),
        json!({"born": {"$lt": date("2022-01-01T00:00:00.000Z")}}),
        json!({"born": date("2024-06-01T12:00:00.000Z")}),
        json!({"createdAt": {"$gte": date("1970-01-01T00:00:10.000Z")}}),
        json!({"objectId": "z3"}),
        json!({"objectId": {"$in": ["z1", "z7", "nobody"]}}),
        json!({"home.city": "Nice"}),
        json!({"home.floor": {"$gt": 1}}),
        json!({"home": {"$exists": true}}),
        json!({"home": {"$eq": {"floor": 2, "city": "Nice"}}}),
        json!({"toys.kind": "mouse"}),
        json!({"toys.kind": {"$ne": "mouse"}}),
        json!({"photo": {"__type": "File", "name": "a.png"}}),
        json!({"unheard": 1}),
        json!({"unheard": {"$exists": false}}),
        json!({"at": {"$nearSphere": point(45.5, -73.6), "$maxDistanceInKilometers": 12}}),
        json!({"at": {"$within": {"$box": [point(45.0, -74.0), point(45.55, -73.0)]}}}),
        json!({"at": {"$geoWithin": {"$polygon": [point(45.0, -74.0), point(46.0, -74.0), point(46.0, -73.0)]}}}),
        json!({"at": {"$geoWithin": {"$centerSphere": [point(45.5, -73.6), 0.001]}}}),
        json!({"area": {"$geoIntersects": {"$point": point(1.0, 1.0)}}}),
        json!({"story": {"$text": {"$search": {"$term": "fox"}}}}),
        json!({"$or": [{"name": "Tom"}, {"lives": {"$lt": 2}}]}),
        json!({"$or": [{"home": {"$eq": {"city": "Nancy"}}}, {"lives": 1}]}),
        json!({"$and": [{"lives": {"$gt": 0}}, {"lives": {"$lt": 8}}]}),
        json!({"$nor": [{"name": "Tom"}, {"lives": 1}]}),
        json!({"$nor": [{"home": {"$eq": {"city": "Nancy"}}}]}),
        json!({"name": {"$exists": true}, "lives": {"$exists": true}, "tags": "fast"}),
    ]
}

async fn open_zoo(storage: &dyn Storage) -> Vec<ParseObject> {
    let zoo = zoo();
    for animal in &zoo {
        declare(storage, &GAME, &animal.fields).await;
    }
    for animal in &zoo {
        insert(storage, &GAME, animal).await;
    }
    zoo
}

fn ids(objects: &[ParseObject]) -> Vec<&str> {
    objects.iter().map(|object| object.id.as_str()).collect()
}

pub(super) async fn filters_mean_what_the_evaluator_says(store: &impl Store) {
    let storage = store.storage();
    let zoo = open_zoo(&*storage).await;
    for json in filters() {
        let filter =
            filter_from_json(&json, at(0)).unwrap_or_else(|error| panic!("{json}: {error}"));
        let expected: Vec<ParseObject> = zoo
            .iter()
            .filter(|animal| matches(animal, &filter))
            .cloned()
            .collect();
        let query = Query::all(GAME).filter(filter);
        let mut found = storage.find(&query).await.unwrap();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(ids(&found), ids(&expected), "{json}");
        assert_eq!(
            storage.count(&query).await.unwrap(),
            expected.len() as u64,
            "{json}"
        );
    }
}

pub(super) async fn orders_skips_and_limits_cut_pages(store: &impl Store) {
    let storage = store.storage();
    let few = [(3, "b"), (1, "a"), (2, "b"), (5, "a"), (4, "c")];
    for (n, (score, team)) in few.iter().enumerate() {
        let mut object = game(&format!("g{n}"), &json!({"score": score, "team": team}));
        if n == 3 {
            object.acl = Some(Acl::closed().with("tom", Permission::READ));
        }
        insert(&*storage, &GAME, &object).await;
    }
    let by = |field: &'static str, direction| {
        let path = cat_node::domain::names::FieldPath::internal(field);
        OrderBy { path, direction }
    };
    let mut query = Query::all(GAME);
    query.order = vec![
        by("team", Direction::Ascending),
        by("score", Direction::Descending),
    ];
    assert_eq!(
        ids(&storage.find(&query).await.unwrap()),
        ["g3", "g1", "g0", "g2", "g4"]
    );
    query.access = Access::anonymous();
    assert_eq!(
        ids(&storage.find(&query).await.unwrap()),
        ["g1", "g0", "g2", "g4"]
    );
    query.skip = 1;
    query.limit = Some(2);
    assert_eq!(ids(&storage.find(&query).await.unwrap()), ["g0", "g2"]);
    assert_eq!(storage.count(&query).await.unwrap(), 4);
    query.limit = Some(0);
    assert_eq!(ids(&storage.find(&query).await.unwrap()), [""; 0]);
    query.limit = None;
    query.order = vec![by("objectId", Direction::Descending)];
    assert_eq!(
        ids(&storage.find(&query).await.unwrap()),
        ["g2", "g1", "g0"]
    );
}

pub(super) async fn texts_are_those_of_the_objects(store: &impl Store) {
    let storage = store.storage();
    for (n, mut animal) in open_zoo(&*storage).await.into_iter().enumerate() {
        animal.id = ObjectId::new(format!("strange \"{n}\""));
        animal.acl = Some(Acl::closed().with("tom", Permission::READ_WRITE));
        animal.fields.insert("_hidden".to_owned(), "kept".into());
        insert(&*storage, &GAME, &animal).await;
    }
    let relation = FieldType::Relation(ClassName::USER);
    let schema = storage
        .extend_schema(&GAME, [("likes".to_owned(), relation)].into())
        .await
        .unwrap();
    for json in filters() {
        let query = Query::all(GAME).filter(filter_from_json(&json, at(0)).unwrap());
        // An adapter may know no shorter way.
        let Some(text) = storage.find_text(&query).await.unwrap() else {
            continue;
        };
        let objects = storage.find(&query).await.unwrap();
        let expected = objects.iter().map(|object| object_to_json(object, &schema));
        let expected: Vec<Json> = expected.map(Json::Object).collect();
        assert_eq!(text, Json::from(expected).to_string(), "{json}");
    }
}

pub(super) async fn the_nearest_come_first(store: &impl Store) {
    let storage = store.storage();
    open_zoo(&*storage).await;
    let near = json!({"at": {"$nearSphere": {"__type": "GeoPoint", "latitude": 45.7, "longitude": -73.6}}});
    let mut query = Query::all(GAME).filter(filter_from_json(&near, at(0)).unwrap());
    assert_eq!(
        ids(&storage.find(&query).await.unwrap()),
        ["z1", "z0", "z2"]
    );
    query.skip = 1;
    query.limit = Some(1);
    assert_eq!(ids(&storage.find(&query).await.unwrap()), ["z0"]);
}

pub(super) async fn a_class_that_was_never_written_is_empty(store: &impl Store) {
    let storage = store.storage();
    let query = Query::all(ClassName::internal("Unheard")).filter(Filter::everything());
    assert_eq!(storage.find(&query).await.unwrap(), []);
    assert_eq!(storage.count(&query).await.unwrap(), 0);
    assert_eq!(storage.schema(&query.class).await.unwrap(), None);
}
