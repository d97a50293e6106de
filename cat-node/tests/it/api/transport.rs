//! What HTTP itself offers: heads, answers that the client has already, compressed bodies, and requests to leave HTTP.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{APPLICATION_ID, Actor, TestApp};

impl TestApp {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        Client::new()
            .request(method, self.url(&format!("/parse{path}")))
            .header("X-Parse-Application-Id", APPLICATION_ID)
    }

    /// Creates an object with a body that came compressed.
    async fn create_compressed(&self, body: &[u8]) -> Response {
        let request = self.request(Method::POST, "/classes/Cat");
        let request = request.header("Content-Encoding", "gzip");
        request.body(body.to_vec()).send().await.unwrap()
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_client_is_told_that_it_has_the_answer() {
    let app = TestApp::start().await;
    let tom = app
        .post(&Actor::anonymous(), "/classes/Cat", json!({"name": "tom"}))
        .await;
    let path = format!("/classes/Cat/{}", tom.id());
    let first = app.request(Method::GET, &path).send().await.unwrap();
    let etag = header(&first, "etag").to_owned();
    assert!(etag.starts_with("W/\""), "{etag}");
    let again = |etag: &str| {
        app.request(Method::GET, &path)
            .header("If-None-Match", etag)
    };
    let unchanged = again(&etag).send().await.unwrap();
    assert_eq!(unchanged.status(), 304);
    assert_eq!(header(&unchanged, "etag"), etag);
    assert_eq!(unchanged.text().await.unwrap(), "");
    app.put(&Actor::anonymous(), &path, json!({"name": "kit"}))
        .await;
    assert_eq!(again(&etag).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_head_is_that_of_the_answer() {
    let app = TestApp::start().await;
    let tom = app
        .post(&Actor::anonymous(), "/classes/Cat", json!({"name": "tom"}))
        .await;
    let path = format!("/classes/Cat/{}", tom.id());
    let whole = app.request(Method::GET, &path).send().await.unwrap();
    let head = app.request(Method::HEAD, &path).send().await.unwrap();
    assert_eq!(head.status(), 200);
    for name in ["etag", "content-type", "content-length"] {
        assert_eq!(header(&head, name), header(&whole, name), "{name}");
    }
    let absent = app.request(Method::HEAD, "/classes/Cat/nobody");
    assert_eq!(absent.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn bodies_may_be_compressed() {
    let app = TestApp::start().await;
    let made = app.create_compressed(&gzip(br#"{"name": "tom"}"#)).await;
    assert_eq!(made.status(), 201);
    let found = app
        .find(
            &Actor::anonymous(),
            "Cat",
            json!({"where": {"name": "tom"}}),
        )
        .await;
    assert_eq!(found.body["results"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_compressed_body_grows_no_further_than_others() {
    let app = TestApp::start_with(&[("PARSE_SERVER_MAX_UPLOAD_SIZE", "100kb")]).await;
    let name = "x".repeat(200_000);
    let bomb = gzip(json!({"name": name}).to_string().as_bytes());
    assert!(bomb.len() < 2_000, "{} bytes", bomb.len());
    assert_eq!(app.create_compressed(&bomb).await.status(), 413);
}

/// As a client of LiveQuery sends it; what waits for the end of such a request waits for ever.
#[tokio::test]
async fn who_asks_for_a_web_socket_gets_an_answer() {
    let app = TestApp::start().await;
    let address = app.url("");
    let mut stream = TcpStream::connect(address.trim_start_matches("http://"))
        .await
        .unwrap();
    let request = format!(
        "GET /parse/classes/Cat HTTP/1.1\r\nHost: cats\r\nX-Parse-Application-Id: {APPLICATION_ID}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
}
