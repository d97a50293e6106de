//! The demo goes all the way from a trap to the Parse API, and on after a restart.

use super::runner::Place;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn a_mouse_is_caught_listed_traded_and_seen() {
    let place = Place::new();
    let mut runner = place.start(&[]);
    for verb in [" caught ", " listed ", " seen ", " traded "] {
        let mut line = runner.until(verb);
        line.truncate(8);
        assert_eq!(line.matches(':').count(), 2, "{line} is a time");
    }
    let (status, said) = runner.stop();
    assert!(status.success(), "{said}");

    let memory = place.path().join("demo.json");
    let mode = fs::metadata(&memory).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let read = || {
        let memory: serde_json::Value =
            serde_json::from_slice(&fs::read(&memory).unwrap()).unwrap();
        memory["cats"]["biscuit"].clone()
    };
    let before = read();
    let mut runner = place.start(&[]);
    runner.until(" seen ");
    assert_eq!(read(), before, "the same cat with the same session");
    runner.stop();
}

#[test]
fn keys_come_from_the_environment_or_from_the_folder() {
    let place = Place::new();
    let own = [
        ("PARSE_SERVER_APPLICATION_ID", "mouser"),
        ("PARSE_SERVER_MASTER_KEY", "a-key-of-my-own"),
    ];
    let mut runner = place.start_with(&["--no-demo", "--only", "cat-node"], &own);
    let id = runner.until("application id");
    let key = runner.until("master key");
    assert!(id.contains("mouser") && key.contains("a-key-of-my-own"));
    runner.stop();

    let mut runner = place.start(&["--no-demo", "--only", "cat-node"]);
    let key = runner.until("master key");
    runner.stop();
    let kept = fs::read_to_string(place.path().join("master-key")).unwrap();
    assert!(key.contains(&kept), "{key}");
}
