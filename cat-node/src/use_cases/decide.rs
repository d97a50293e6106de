//! Settings that are yes, no, or a webhook that is asked each time.

use serde_json::{Map, Value as Json, json};

use super::Failure;
use crate::caller::Caller;
use crate::config::parse::decision::Decision;
use crate::node::Node;

/// What is asked about: parse-server gives the same to functions in place of these settings.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The user as it is to be, without hidden fields.
    pub object: Map<String, Json>,
    pub is_master: bool,
    pub installation_id: Option<String>,
    /// `signup` or `login`.
    pub action: Option<&'static str>,
    /// The providers that vouch for a user that signs up, with commas; `None` is its password.
    pub provider: Option<String>,
    pub is_resend: bool,
}

impl Question {
    pub fn of(caller: &Caller, object: Map<String, Json>) -> Self {
        Self {
            object,
            is_master: caller.is_master(),
            installation_id: caller.installation_id.clone(),
            ..Self::default()
        }
    }

    pub fn of_sign_up(caller: &Caller, body: &Map<String, Json>) -> Self {
        Self {
            action: Some("signup"),
            ..Self::of_update(caller, body)
        }
    }

    /// About a user that is to be as the body says.
    pub fn of_update(caller: &Caller, body: &Map<String, Json>) -> Self {
        let mut object = body.clone();
        object.remove("password");
        Self::of(caller, object)
    }

    fn to_json(&self, setting: &str) -> Json {
        json!({
            "setting": setting,
            "object": self.object,
            "master": self.is_master,
            "installationId": self.installation_id,
            "createdWith": self.action.map(|action| {
                json!({"action": action, "authProvider": self.provider.as_deref().unwrap_or("password")})
            }),
            "resendRequest": self.is_resend,
        })
    }
}

/// The answer; a webhook has to answer `{"success": true}` for a yes.
pub async fn decide(
    node: &Node,
    setting: &'static str,
    decision: &Decision,
    question: &Question,
) -> Result<bool, Failure> {
    match decision {
        Decision::Always(answer) => Ok(*answer),
        Decision::Asked(hook) => {
            let answer = node.webhooks.ask(hook, &question.to_json(setting)).await;
            let answer = answer.map_err(|cause| Failure::Outage {
                attempted: "asking a webhook to decide",
                cause: cause.into(),
            })?;
            Ok(answer == Json::Bool(true))
        }
    }
}
