//! Files that are made from the topology must not be older than it. `CATWEB_REGENERATE=1` writes them anew.

use serde_json::Value;
use shared_events::topology::{asyncapi, manifest};
use std::path::PathBuf;

fn check(name: &str, document: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("generated")
        .join(name);
    let text = serde_json::to_string_pretty(document).unwrap() + "\n";
    if std::env::var_os("CATWEB_REGENERATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{name} is stale: run CATWEB_REGENERATE=1 cargo test -p shared-events generated"
    );
}

#[test]
fn the_asyncapi_document_is_fresh() {
    check("asyncapi.json", &asyncapi::document());
}

#[test]
fn the_topology_manifest_is_fresh() {
    check("topology.json", &manifest::document());
}
