//! `/serverInfo`: what SDKs and the Dashboard ask before they trust a server.

use serde_json::json;

use super::answer::{Answer, Refusal};
use crate::node::Node;

/// The version of parse-server whose protocol is spoken; SDKs and the Dashboard gate on it.
pub const PARSE_SERVER_VERSION: &str = "9.10.0";

/// Says what there is; the Dashboard hides what there is not.
pub fn get(node: &Node) -> Result<Answer, Refusal> {
    let all = json!({"create": true, "read": true, "update": true, "delete": true});
    Ok(Answer::ok(json!({
        "features": {
            "globalConfig": all,
            // Their pages are there, and say that there are none.
            "hooks": all,
            "cloudCode": {"jobs": true},
            "logs": {"level": true, "size": true, "order": true, "until": true, "from": true},
            "push": {
                "immediatePush": false,
                "scheduledPush": false,
                "storedPushData": false,
                "pushAudiences": true,
                "localization": true,
            },
            "schemas": {
                "addField": true,
                "removeField": true,
                "addClass": true,
                "removeClass": true,
                "clearAllDataFromClass": true,
                "exportClass": false,
                "editClassLevelPermissions": true,
                "editPointerPermissions": true,
            },
            "settings": {"securityCheck": node.settings.security.enable_check},
        },
        "parseServerVersion": PARSE_SERVER_VERSION,
    })))
}
