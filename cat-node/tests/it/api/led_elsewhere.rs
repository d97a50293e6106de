//! A webhook is asked where the operator said, and nowhere else.

use serde_json::json;

use super::{Actor, TestApp};
use crate::auth_providers::provider::Provider;

#[tokio::test]
async fn a_webhook_leads_nowhere_else() {
    let (hook, elsewhere) = (Provider::start(), Provider::start());
    hook.redirect("/ask", &format!("{}/inner", elsewhere.url));
    elsewhere.answer("/inner", &json!({"success": true}));
    let policy =
        json!({"validatorCallback": {"webhook": format!("{}/ask", hook.url), "key": "hush"}});
    let app = TestApp::start_with(&[("PARSE_SERVER_PASSWORD_POLICY", &policy.to_string())]).await;
    let tom = json!({"username": "tom", "password": "tuna"});
    let reply = app.post(&Actor::anonymous(), "/users", tom).await;
    assert!(elsewhere.asked("/inner").is_empty(), "{reply:?}");
    assert_ne!(reply.status, 201, "{reply:?}");
    assert_eq!(hook.asked("/ask").len(), 1);
}
