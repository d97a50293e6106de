//! The tools of an operator, on a running Catweb.

use super::runner::{Place, eventually};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output};

const SUBSCRIPTION: &str = "cat-node.mouse-trap";

/// `catweb ...` against the broker of a running Catweb.
fn catweb(broker: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_catweb"))
        .args(arguments)
        .env("PUBSUB_EMULATOR_HOST", broker)
        .env("GOOGLE_CLOUD_PROJECT", "catweb-local")
        .output()
        .unwrap()
}

fn words(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Publishes a message that is no event, over the broker's REST face.
fn publish_nonsense(broker: &str) {
    let body = r#"{"messages":[{"data":"bm9uc2Vuc2U="}]}"#;
    let mut stream = TcpStream::connect(broker).unwrap();
    write!(
        stream,
        "POST /v1/projects/catweb-local/topics/mouse-trap:publish HTTP/1.1\r\nHost: {broker}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn dead_letters_are_listed_redriven_and_discarded() {
    let place = Place::new();
    let mut runner = place.start(&["--no-demo"]);
    let line = runner.until("PUBSUB_EMULATOR_HOST=");
    let (_, broker) = line.split_once('=').unwrap();
    publish_nonsense(broker);

    let list = [
        "dead-letters",
        "list",
        SUBSCRIPTION,
        "--json",
        "--limit",
        "1",
    ];
    let listed = || {
        let letters = words(&catweb(broker, &list));
        letters.contains("nonsense").then_some(letters)
    };
    let letter: serde_json::Value = serde_json::from_str(&eventually(listed)).unwrap();
    assert!(!letter["reason"].as_str().unwrap().is_empty());

    let redrive = ["dead-letters", "redrive", SUBSCRIPTION, "--limit", "1"];
    let told = words(&catweb(broker, &redrive));
    assert!(told.contains("1 dead letters"), "{told}");
    eventually(listed);

    let discard = ["dead-letters", "discard", SUBSCRIPTION, "--limit", "1"];
    let told = words(&catweb(broker, &discard));
    assert!(told.contains("discarded"), "{told}");
    let told = words(&catweb(broker, &["dead-letters", "list", SUBSCRIPTION]));
    assert!(told.contains("0 dead letters"), "{told}");

    let told = words(&catweb(broker, &["topology", "apply"]));
    assert!(told.contains("in place"), "{told}");
    runner.stop();
}

#[test]
fn an_unknown_subscription_is_refused() {
    let output = catweb("127.0.0.1:1", &["dead-letters", "list", "cat-node.dogs"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains(SUBSCRIPTION), "{told}");
}
