//! What goes wrong at the start is said with what to do about it.

use super::runner::{Place, sample};
use std::net::TcpListener;

#[test]
fn a_busy_port_names_the_option_that_moves_it() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port();
    let option = format!("--mouse-trap-port={port}");
    let (status, said) = Place::new().start(&[&option]).end();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains(&port.to_string()), "{said}");
    assert!(said.contains("--mouse-trap-port"), "{said}");
}

#[test]
fn one_folder_has_one_runner() {
    let place = Place::new();
    let mut first = place.start(&["--no-demo"]);
    first.until_ready();
    let (status, said) = place.start(&["--no-demo"]).end();
    assert_eq!(status.code(), Some(1));
    assert!(
        said.contains("already runs") && said.contains("--data-dir"),
        "{said}"
    );
    let (status, said) = first.stop();
    assert!(status.success(), "{said}");
}

#[test]
fn a_folder_that_cannot_be_used_is_said() {
    let place = Place::new();
    std::fs::write(place.path(), "a file in the way").unwrap();
    let (status, said) = place.start(&[]).end();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("--data-dir"), "{said}");
}

#[test]
fn a_service_that_cannot_start_shows_its_last_words() {
    let place = Place::new();
    let wrong = [("MOUSE_TRAP__TRAPS__CHEESE", "brie")];
    let (status, said) = place.start_with(&["--no-demo"], &wrong).end();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("mouse-trap ended with status 1"), "{said}");
    assert!(
        said.contains("cheese") && said.contains("mouse-trap.log"),
        "{said}"
    );
}

#[test]
fn a_record_that_is_not_there_is_said() {
    let place = Place::new();
    let absent = sample().replace("Portal_rodent.csv", "Portal_elephants.csv");
    let arguments = ["--no-demo", "--replay", &absent, "--exit-when-done"];
    let (status, said) = place.start(&arguments).end();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("Portal_elephants.csv"), "{said}");
}
