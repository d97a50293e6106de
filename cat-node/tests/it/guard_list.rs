//! `guards.json`, from which `scripts/guards-bite.sh` shows that the hostile tests bite: each guard is where the list says, each
//! test is there, and no theme is forgotten.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// The themes of what parse-server's advisories taught, as far as cat-node has what they are about.
const THEMES: &[&str] = &[
    "access-lists",
    "allow-list",
    "auth-adapters",
    "client-address",
    "denial-of-service",
    "enumeration-and-timing",
    "injection",
    "joins-and-system-classes",
    "mfa-races",
    "oracles",
    "pages",
    "password-reset",
    "pointer-permissions",
    "rate-limits",
    "read-only-master",
    "sessions",
    "ssrf",
];

/// A guard, and what switches it off.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Guard {
    theme: String,
    guard: String,
    file: String,
    find: String,
    replace: String,
    test: String,
}

fn guards() -> Vec<Guard> {
    serde_json::from_str(include_str!("../guards.json")).unwrap()
}

#[test]
fn every_guard_is_in_its_place_once() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for guard in guards() {
        let source = std::fs::read_to_string(repository.join(&guard.file)).unwrap();
        let places = source.matches(&guard.find).count();
        assert_eq!(
            places, 1,
            "{} in {}: change guards.json, too",
            guard.guard, guard.file
        );
        assert_ne!(guard.find, guard.replace, "{}", guard.guard);
    }
}

#[test]
fn every_test_of_a_guard_exists() {
    let itself = std::env::current_exe().unwrap();
    let listed = Command::new(itself)
        .args(["--list", "--format", "terse"])
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let tests: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .collect();
    for guard in guards() {
        assert!(
            tests.contains(guard.test.as_str()),
            "{}: there is no test {}",
            guard.guard,
            guard.test
        );
    }
}

#[test]
fn every_theme_has_a_guard() {
    let guards = guards();
    let named: BTreeSet<&str> = guards.iter().map(|guard| guard.theme.as_str()).collect();
    assert_eq!(named, THEMES.iter().copied().collect());
}
