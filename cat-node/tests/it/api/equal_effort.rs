//! What an answer costs tells nothing: a cat that does not exist, or has no password, is worth one hash like any other.

use serde_json::{Value as Json, json};

use super::{Actor, TestApp};

/// Guesses, and the hashes that were computed for it.
async fn effort(app: &TestApp, path: &str, who: Json) -> u64 {
    let before = app.node.passwords.checks();
    let mut guess = who;
    guess["password"] = json!("guess");
    app.post(&Actor::anonymous(), path, guess).await.refuses(
        404,
        101,
        "Invalid username/password.",
    );
    app.node.passwords.checks() - before
}

#[tokio::test]
async fn a_cat_that_is_not_there_costs_a_hash() {
    let app = TestApp::start().await;
    app.sign_up("tom").await;
    let ghost = json!({"username": "ghost", "authData": {"anonymous": {"id": "1"}}});
    app.post(&Actor::anonymous(), "/users", ghost).await;
    for who in [
        json!({"username": "tom"}),
        json!({"username": "nobody"}),
        json!({"email": "nobody@cats.example"}),
        json!({"username": "ghost"}),
    ] {
        for path in ["/login", "/verifyPassword"] {
            assert_eq!(effort(&app, path, who.clone()).await, 1, "{path} {who}");
        }
    }
}
