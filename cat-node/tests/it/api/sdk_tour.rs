//! The unmodified JavaScript SDK against a running service: `tests/js/tour.js`.

use std::path::Path;
use std::sync::Arc;

use service_chassis::real_component::real_component;
use tokio::process::Command;

use super::{APPLICATION_ID, MASTER_KEY, TestApp};

/// The folder in which the SDK is installed: `node_modules` is in it.
const SDK: &str = "CATWEB_TEST_PARSE_SDK";
const MONGODB: &str = "CATWEB_TEST_MONGODB_URI";

fn sdk_folder() -> Option<String> {
    let folder = real_component("parse-sdk", SDK, "the Parse SDK's tour")?;
    let modules = Path::new(&folder).join("node_modules");
    assert!(
        modules.join("parse/package.json").exists(),
        "{SDK} is {folder}, in which the SDK is not installed (scripts/parse-sdk.sh install)"
    );
    Some(modules.to_str()?.to_owned())
}

async fn tour(app: &TestApp, sdk: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/js/tour.js");
    let run = Command::new("node")
        .arg(script)
        .env("NODE_PATH", sdk)
        .env("PARSE_SERVER_URL", app.url("/parse"))
        .env("PARSE_APPLICATION_ID", APPLICATION_ID)
        .env("PARSE_MASTER_KEY", MASTER_KEY)
        .output()
        .await
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    assert!(run.status.success(), "{out}\n{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sdk_works_unmodified_on_sqlite() {
    let Some(sdk) = sdk_folder() else {
        return;
    };
    tour(&TestApp::start().await, &sdk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sdk_works_unmodified_on_mongodb() {
    let Some(sdk) = sdk_folder() else {
        return;
    };
    let Some(uri) = real_component("mongodb", MONGODB, "the Parse SDK's tour on MongoDB") else {
        return;
    };
    let name = format!("cat_node_tour_{}", uuid::Uuid::new_v4().simple());
    let (base, options) = uri
        .split_once('?')
        .map_or((uri.as_str(), String::new()), |(base, options)| {
            (base, format!("?{options}"))
        });
    let database = format!("{}/{name}{options}", base.trim_end_matches('/'));
    let app = TestApp::start_on(&database, Arc::new(tempfile::tempdir().unwrap()), &[]).await;
    tour(&app, &sdk).await;
}
