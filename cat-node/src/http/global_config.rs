//! `/config`: the application's settings that clients read.

use serde_json::{Map, json};

use super::answer::{Answer, Refusal};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::domain::global_config::{MASTER_KEY_ONLY, PARAMS};
use crate::domain::value::json::fields_to_json;
use crate::node::Node;
use crate::use_cases::change_config::change_config;
use crate::use_cases::read_config::read_config;

pub async fn get(node: &Node, caller: &Caller) -> Result<Answer, Refusal> {
    let config = read_config(node, caller).await?;
    let mut body = Map::new();
    body.insert(PARAMS.to_owned(), fields_to_json(&config.params).into());
    if let Some(marks) = config.master_key_only {
        body.insert(MASTER_KEY_ONLY.to_owned(), fields_to_json(&marks).into());
    }
    Ok(Answer::ok(body))
}

pub async fn put(node: &Node, caller: &Caller, request: &ApiRequest) -> Result<Answer, Refusal> {
    change_config(node, caller, &request.body).await?;
    Ok(Answer::ok(json!({"result": true})))
}
