//! `/serverInfo`: what SDKs and the Dashboard ask before they trust a server.

use serde_json::json;

use super::answer::{Answer, Refusal};
use crate::caller::Caller;

/// The version of parse-server whose protocol is spoken; SDKs and the Dashboard gate on it.
pub const PARSE_SERVER_VERSION: &str = "9.10.0";

/// Says what there is; the Dashboard hides what there is not.
pub fn get(caller: &Caller) -> Result<Answer, Refusal> {
    if !caller.is_master() {
        return Err(Refusal::master_only());
    }
    let none = json!({"create": false, "read": false, "update": false, "delete": false});
    Ok(Answer::ok(json!({
        "features": {
            "globalConfig": none,
            "hooks": none,
            "cloudCode": {"jobs": false},
            "logs": {"level": false, "size": false, "order": false, "until": false, "from": false},
            "push": {
                "immediatePush": false,
                "scheduledPush": false,
                "storedPushData": false,
                "pushAudiences": false,
                "localization": false,
            },
            "schemas": {
                "addField": true,
                "removeField": true,
                "addClass": true,
                "removeClass": true,
                "clearAllDataFromClass": true,
                "exportClass": false,
                "editClassLevelPermissions": true,
                "editPointerPermissions": false,
            },
            "settings": {"securityCheck": false},
        },
        "parseServerVersion": PARSE_SERVER_VERSION,
        "catNodeVersion": env!("CARGO_PKG_VERSION"),
    })))
}
