//! Unmodified clients against a running service: the JavaScript SDK in several majors, the Python client, the PHP SDK, and
//! Parse Dashboard in a browser. Each tour is a script of its own language beside this folder.

use std::path::Path;
use std::sync::Arc;

use service_chassis::real_component::real_component;
use tokio::process::Command;

use super::{APPLICATION_ID, MASTER_KEY, TestApp};

/// Folders with `node_modules/parse` in them, one for each major, separated by colons.
const JS_SDKS: &str = "CATWEB_TEST_PARSE_SDK";
/// A Python with the client.
const PYTHON: &str = "CATWEB_TEST_PARSE_PYTHON";
/// A folder with `vendor/autoload.php` in it.
const PHP_SDK: &str = "CATWEB_TEST_PARSE_PHP";
/// A folder with `node_modules/parse-dashboard` in it.
const DASHBOARD: &str = "CATWEB_TEST_PARSE_DASHBOARD";
const CHROMIUM: &str = "CATWEB_CHROMIUM";
const MONGODB: &str = "CATWEB_TEST_MONGODB_URI";

fn script(path: &str) -> String {
    format!("{}/tests/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a tour to its end; it says itself what is wrong.
async fn tour(app: &TestApp, program: &str, script: &str, environment: &[(&str, &str)]) {
    let run = Command::new(program)
        .arg(script)
        .env("PARSE_SERVER_URL", app.url("/parse"))
        .env("PARSE_API_ROOT", app.url("/parse"))
        .env("PARSE_SERVER_ROOT", app.url(""))
        .env("PARSE_APPLICATION_ID", APPLICATION_ID)
        .env("PARSE_MASTER_KEY", MASTER_KEY)
        .envs(environment.iter().copied())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    assert!(run.status.success(), "{script}\n{out}\n{err}");
}

async fn js_tours(app: &TestApp, folders: &str) {
    for folder in folders.split(':') {
        let modules = Path::new(folder).join("node_modules");
        assert!(
            modules.join("parse/package.json").exists(),
            "{JS_SDKS} has {folder}, in which the SDK is not installed (scripts/parse-sdk.sh install)"
        );
        let modules = modules.to_str().unwrap();
        tour(
            app,
            "node",
            &script("js/tour.js"),
            &[("NODE_PATH", modules)],
        )
        .await;
    }
}

/// A service on a MongoDB database of its own.
async fn on_mongodb(uri: &str) -> TestApp {
    let name = format!("cat_node_tour_{}", uuid::Uuid::new_v4().simple());
    let (base, options) = uri.split_once('?').unwrap_or((uri, ""));
    let database = format!("{}/{name}?{options}", base.trim_end_matches('/'));
    TestApp::start_on(&database, Arc::new(tempfile::tempdir().unwrap()), &[]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_javascript_sdks_work_unmodified_on_sqlite() {
    if let Some(folders) = real_component("parse-sdk", JS_SDKS, "the JavaScript SDKs' tour") {
        js_tours(&TestApp::start().await, &folders).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_javascript_sdks_work_unmodified_on_mongodb() {
    let suite = "the JavaScript SDKs' tour on MongoDB";
    let Some(folders) = real_component("parse-sdk", JS_SDKS, suite) else {
        return;
    };
    if let Some(uri) = real_component("mongodb", MONGODB, suite) {
        js_tours(&on_mongodb(&uri).await, &folders).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_client_works_unmodified() {
    if let Some(python) = real_component("parse-python", PYTHON, "the Python client's tour") {
        let app = TestApp::start().await;
        tour(&app, &python, &script("python/tour.py"), &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_php_sdk_works_unmodified() {
    if let Some(folder) = real_component("parse-php", PHP_SDK, "the PHP SDK's tour") {
        let autoload = format!("{folder}/vendor/autoload.php");
        let app = TestApp::start().await;
        let environment = [("PARSE_PHP_AUTOLOAD", autoload.as_str())];
        tour(&app, "php", &script("php/tour.php"), &environment).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dashboard_works_unmodified() {
    if let Some(folder) = real_component("parse-dashboard", DASHBOARD, "Parse Dashboard's tour") {
        let modules = format!("{folder}/node_modules");
        let browser = std::env::var(CHROMIUM).unwrap_or_else(|_| "chromium".to_owned());
        let app = TestApp::start().await;
        let environment = [
            ("NODE_PATH", modules.as_str()),
            ("CHROMIUM", browser.as_str()),
        ];
        tour(&app, "node", &script("dashboard/tour.js"), &environment).await;
    }
}
