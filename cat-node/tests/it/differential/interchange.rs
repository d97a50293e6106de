//! One MongoDB database, served by parse-server and by cat-node: what one writes, the other reads and changes.

use std::sync::Arc;

use reqwest::{Client, Method};
use serde_json::{Map, Value as Json, json};

use super::{Components, database_url, oracle::ParseServer};
use crate::api::{APPLICATION_ID, MASTER_KEY, TestApp};

/// A server, and what it is told in each request.
struct Server {
    name: &'static str,
    address: String,
    client: Client,
}

enum As<'a> {
    Master,
    Anyone,
    User(&'a str),
}

impl Server {
    async fn send(
        &self,
        actor: As<'_>,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> (u16, Json) {
        let url = format!("http://{}/parse{path}", self.address);
        let request = self
            .client
            .request(method, url)
            .header("X-Parse-Application-Id", APPLICATION_ID);
        let request = match actor {
            As::Master => request.header("X-Parse-Master-Key", MASTER_KEY),
            As::Anyone => request,
            As::User(token) => request.header("X-Parse-Session-Token", token),
        };
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, without_urls(response.json().await.unwrap()))
    }

    async fn get(&self, path: &str) -> Json {
        let (status, body) = self.send(As::Master, Method::GET, path, None).await;
        assert_eq!(status, 200, "{} {path}: {body}", self.name);
        body
    }

    async fn write(&self, method: Method, path: &str, body: &Json) -> Json {
        let (status, answer) = self.send(As::Master, method, path, Some(body)).await;
        assert!(status < 300, "{} {path}: {answer}", self.name);
        answer
    }

    async fn find(&self, actor: As<'_>, class: &str, filter: &Json) -> usize {
        let body = json!({"_method": "GET", "where": filter});
        let path = format!("/classes/{class}");
        let (status, body) = self.send(actor, Method::POST, &path, Some(&body)).await;
        assert_eq!(status, 200, "{} {class} {filter}: {body}", self.name);
        body["results"].as_array().unwrap().len()
    }
}

/// Where a file is served from is each server's own affair.
fn without_urls(mut json: Json) -> Json {
    match &mut json {
        Json::Object(map) => {
            map.remove("url");
            for value in map.values_mut() {
                *value = without_urls(value.take());
            }
        }
        Json::Array(items) => {
            for item in items {
                *item = without_urls(item.take());
            }
        }
        _ => {}
    }
    json
}

fn user(id: &str) -> Json {
    json!({"__type": "Pointer", "className": "_User", "objectId": id})
}

/// What a server wrote.
struct Written {
    class: String,
    object: String,
    user: String,
    name: String,
    token: String,
    role: String,
    installation: String,
}

async fn define(server: &Server, class: &str) {
    let schema = json!({
        "fields": {
            "text": {"type": "String", "required": true},
            "level": {"type": "Number", "defaultValue": 7},
            "fans": {"type": "Relation", "targetClass": "_User"},
        },
        "classLevelPermissions": {"find": {"*": true}, "get": {"*": true}, "update": {"*": true}, "count": {"*": true}},
        "indexes": {"text_level": {"text": 1, "level": -1}},
    });
    server
        .write(Method::POST, &format!("/schemas/{class}"), &schema)
        .await;
}

async fn write(server: &Server, tag: &str) -> Written {
    let class = format!("{tag}Game");
    define(server, &class).await;
    let name = format!("{tag}-tom");
    let signed_up = json!({"username": name, "password": "tuna", "email": format!("{tag}@cats.test"), "nick": {"of": "Tom"}});
    let signed_up = server.write(Method::POST, "/users", &signed_up).await;
    let id = signed_up["objectId"].as_str().unwrap().to_owned();
    let (status, logged_in) = server
        .send(
            As::Anyone,
            Method::POST,
            "/login",
            Some(&json!({"username": name, "password": "tuna"})),
        )
        .await;
    assert_eq!(status, 200, "{logged_in}");
    let role = format!("{tag}-court");
    let members = json!({"__op": "AddRelation", "objects": [user(&id)]});
    server
        .write(
            Method::POST,
            "/roles",
            &json!({"name": role, "ACL": {"*": {"read": true}}, "users": members}),
        )
        .await;
    let object = json!({
        "text": "mouse", "count": 3, "ratio": 0.5, "big": 5_000_000_000_i64, "truth": true, "nothing": null,
        "day": {"__type": "Date", "iso": "2020-02-29T23:30:00.123Z"},
        "bytes": {"__type": "Bytes", "base64": "AAEC"},
        "place": {"__type": "GeoPoint", "latitude": 45.5, "longitude": -73.25},
        "area": {"__type": "Polygon", "coordinates": [[0, 0], [0, 2], [2, 2], [2, 0], [0, 0]]},
        "file": {"__type": "File", "name": "a.txt"},
        "owner": user(&id),
        "list": [1, "x", user(&id), {"__type": "Date", "iso": "2020-02-29T23:30:00.123Z"}, [null]],
        "deep": {"a": {"b": [{"__type": "GeoPoint", "latitude": 1, "longitude": 2}]}, "d": {"__type": "Date", "iso": "2020-02-29T23:30:00.123Z"}},
        "ACL": {format!("role:{role}"): {"read": true, "write": true}, &id: {"read": true}},
        "fans": members,
    });
    let object = server
        .write(Method::POST, &format!("/classes/{class}"), &object)
        .await;
    server
        .write(
            Method::PUT,
            "/config",
            &json!({"params": {format!("{tag}Speed"): 3, format!("{tag}Names"): ["a"]}}),
        )
        .await;
    let installation = json!({"deviceType": "ios", "deviceToken": format!("{tag}-token"), "channels": ["a", "b"], "badge": 1});
    let installation = server
        .write(Method::POST, "/installations", &installation)
        .await;
    Written {
        class,
        object: object["objectId"].as_str().unwrap().to_owned(),
        user: id,
        name,
        token: logged_in["sessionToken"].as_str().unwrap().to_owned(),
        role,
        installation: installation["objectId"].as_str().unwrap().to_owned(),
    }
}

/// The other server shows the same.
async fn shows_the_same(writer: &Server, reader: &Server, written: &Written) {
    let Written {
        class,
        object,
        user: id,
        ..
    } = written;
    for path in [
        format!("/classes/{class}/{object}"),
        format!("/users/{id}"),
        format!("/installations/{}", written.installation),
        format!("/schemas/{class}"),
        "/config".to_owned(),
    ] {
        assert_eq!(
            reader.get(&path).await,
            writer.get(&path).await,
            "{path} of {} by {}",
            writer.name,
            reader.name
        );
    }
    for filter in [
        json!({"text": "mouse"}),
        json!({"owner": user(id)}),
        json!({"list": user(id)}),
        json!({"day": {"$gt": {"__type": "Date", "iso": "2020-01-01T00:00:00.000Z"}}}),
        json!({"place": {"$nearSphere": {"__type": "GeoPoint", "latitude": 45, "longitude": -73}, "$maxDistanceInKilometers": 500}}),
        json!({"area": {"$geoIntersects": {"$point": {"__type": "GeoPoint", "latitude": 1, "longitude": 1}}}}),
        json!({"nothing": null, "level": 7, "deep.a": {"$exists": true}}),
    ] {
        assert_eq!(
            reader.find(As::Master, class, &filter).await,
            1,
            "{filter} of {} by {}",
            writer.name,
            reader.name
        );
    }
    let fans = json!({"$relatedTo": {"key": "fans", "object": {"__type": "Pointer", "className": class, "objectId": object}}});
    assert_eq!(
        reader.find(As::Master, "_User", &fans).await,
        1,
        "fans of {} by {}",
        writer.name,
        reader.name
    );
}

/// The other server lets in who signed up here, with the rights that were given here.
async fn lets_in(writer: &Server, reader: &Server, written: &Written) {
    let context = format!("users of {} at {}", writer.name, reader.name);
    let (status, me) = reader
        .send(As::User(&written.token), Method::GET, "/users/me", None)
        .await;
    assert_eq!(
        (status, &me["objectId"]),
        (200, &json!(written.user)),
        "{context}: {me}"
    );
    let password = json!({"username": written.name, "password": "tuna"});
    let (status, logged_in) = reader
        .send(As::Anyone, Method::POST, "/login", Some(&password))
        .await;
    assert_eq!(
        (status, &logged_in["objectId"]),
        (200, &json!(written.user)),
        "{context}: {logged_in}"
    );
    let token = logged_in["sessionToken"].as_str().unwrap();
    assert_eq!(
        reader
            .find(As::User(token), &written.class, &json!({}))
            .await,
        1,
        "{context}"
    );
    // The role gives the right to write.
    let path = format!("/classes/{}/{}", written.class, written.object);
    let (status, answer) = reader
        .send(
            As::User(token),
            Method::PUT,
            &path,
            Some(&json!({"count": {"__op": "Increment", "amount": 4}})),
        )
        .await;
    assert_eq!(status, 200, "{context}: {answer}");
    let named = json!({"name": written.role});
    assert_eq!(
        reader.find(As::Master, "_Role", &named).await,
        1,
        "{context}"
    );
}

/// What the other server changes is seen here.
async fn changes(writer: &Server, reader: &Server, written: &Written) {
    let path = format!("/classes/{}/{}", written.class, written.object);
    let change = json!({
        "text": {"__op": "Delete"},
        "list": {"__op": "Remove", "objects": [1, "x"]},
        "owner": {"__op": "Delete"},
        "deep.more": 1,
        "day": {"__type": "Date", "iso": "2021-01-01T00:00:00.000Z"},
        "place": {"__type": "GeoPoint", "latitude": 1, "longitude": 2},
        "fans": {"__op": "RemoveRelation", "objects": [user(&written.user)]},
    });
    let (status, refused) = reader
        .send(As::Master, Method::PUT, &path, Some(&change))
        .await;
    assert_eq!(
        (status, &refused["error"]),
        (400, &json!("text is required")),
        "{}",
        reader.name
    );
    let change: Map<String, Json> = change
        .as_object()
        .unwrap()
        .clone()
        .into_iter()
        .filter(|(name, _)| name != "text")
        .collect();
    reader
        .write(Method::PUT, &path, &Json::Object(change))
        .await;
    let (here, there) = (writer.get(&path).await, reader.get(&path).await);
    assert_eq!(here, there, "changed by {}", reader.name);
    assert_eq!(
        (&here["count"], here.get("owner"), &here["deep"]["more"]),
        (&json!(7), None, &json!(1))
    );
    let (status, gone) = reader.send(As::Master, Method::DELETE, &path, None).await;
    assert_eq!(status, 200, "{gone}");
    assert_eq!(
        writer.find(As::Master, &written.class, &json!({})).await,
        0,
        "deleted by {}",
        reader.name
    );
}

#[derive(Clone, Copy, PartialEq)]
enum First {
    ParseServer,
    CatNode,
}

async fn serve_together(components: &Components, first: First) {
    let name = format!("cat_node_interchange_{}", uuid::Uuid::new_v4().simple());
    let uri = database_url(&components.mongodb, &name);
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let options =
        json!({"appId": APPLICATION_ID, "masterKey": MASTER_KEY, "allowClientClassCreation": true});
    let options = options.as_object().unwrap();
    let start_cats = || TestApp::start_on(&uri, Arc::clone(&folder), &[]);
    let early = match first {
        First::CatNode => Some(start_cats().await),
        First::ParseServer => None,
    };
    let client = Client::new();
    if let Some(app) = &early {
        let cats = Server {
            name: "cat-node",
            address: app.address.to_string(),
            client: client.clone(),
        };
        write(&cats, "early").await;
    }
    let parse_server = ParseServer::start(&components.parse_server, options, &uri).await;
    let app = match early {
        Some(app) => app,
        None => start_cats().await,
    };
    let cats = Server {
        name: "cat-node",
        address: app.address.to_string(),
        client: client.clone(),
    };
    let parse = Server {
        name: "parse-server",
        address: parse_server.address.clone(),
        client,
    };
    for (writer, reader, tag) in [(&parse, &cats, "theirs"), (&cats, &parse, "ours")] {
        let written = write(writer, tag).await;
        shows_the_same(writer, reader, &written).await;
        lets_in(writer, reader, &written).await;
        changes(writer, reader, &written).await;
    }
    drop(app);
    parse_server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_parse_server_is_served_by_both() {
    if let Some(components) = Components::find() {
        serve_together(&components, First::ParseServer).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_cat_node_is_served_by_both() {
    if let Some(components) = Components::find() {
        serve_together(&components, First::CatNode).await;
    }
}
