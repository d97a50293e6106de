//! cat-node's Parse API, and its access tokens.

use super::call::{CallError, call};
use crate::up::keys::Keys;
use reqwest::RequestBuilder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;

/// Parse's code for a session that is not good (any more).
pub(crate) const INVALID_SESSION: &str = "209";
/// Parse's code for a user name that somebody has.
pub(crate) const USERNAME_TAKEN: &str = "202";

/// A way to cat-node.
#[derive(Debug, Clone)]
pub(crate) struct ParseApi {
    http: reqwest::Client,
    root: String,
    keys: Keys,
}

/// A cat with a session.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedIn {
    pub(crate) object_id: String,
    pub(crate) session_token: String,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedIn({}, ***)", self.object_id)
    }
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Found<T> {
    #[serde(default = "Vec::new")]
    results: Vec<T>,
    #[serde(default)]
    count: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    object_id: String,
}

impl ParseApi {
    pub(crate) fn new(http: reqwest::Client, root: String, keys: Keys) -> Self {
        Self { http, root, keys }
    }

    /// Makes a new cat.
    pub(crate) async fn sign_up(
        &self,
        username: &str,
        password: &str,
    ) -> Result<SignedIn, CallError> {
        let body = json!({ "username": username, "password": password });
        call(self.post("/parse/users").json(&body)).await
    }

    /// A new session of a cat.
    pub(crate) async fn log_in(
        &self,
        username: &str,
        password: &str,
    ) -> Result<SignedIn, CallError> {
        let body = json!({ "username": username, "password": password });
        call(self.post("/parse/login").json(&body)).await
    }

    /// An access token for the other services.
    pub(crate) async fn access_token(&self, session: &str) -> Result<String, CallError> {
        let request = self.post("/token").header("X-Parse-Session-Token", session);
        Ok(call::<Token>(request).await?.access_token)
    }

    /// Calls a cloud function as a cat.
    pub(crate) async fn call_function(
        &self,
        session: &str,
        name: &str,
        parameters: &Value,
    ) -> Result<Value, CallError> {
        let request = self
            .post(&format!("/parse/functions/{name}"))
            .header("X-Parse-Session-Token", session);
        call(request.json(parameters)).await
    }

    /// Puts a cat into a role, which is made when there is none.
    pub(crate) async fn grant_role(&self, role: &str, cat: &str) -> Result<(), CallError> {
        let member = json!({ "__type": "Pointer", "className": "_User", "objectId": cat });
        let members = json!({ "__op": "AddRelation", "objects": [member] });
        let named = json!({ "name": role }).to_string();
        let query = [("where", named.as_str()), ("keys", "objectId")];
        let found: Found<Named> = call(self.get("/parse/roles").query(&query)).await?;
        let _stored: Value = match found.results.first() {
            Some(Named { object_id }) => {
                let path = format!("{}/parse/roles/{object_id}", self.root);
                let change = json!({ "users": members });
                call(self.as_master(self.http.put(path)).json(&change)).await?
            }
            None => {
                let new =
                    json!({ "name": role, "ACL": { "*": { "read": true } }, "users": members });
                call(self.as_master(self.post("/parse/roles")).json(&new)).await?
            }
        };
        Ok(())
    }

    /// Asks what only the master key may.
    pub(crate) async fn ask_as_master(&self) -> Result<(), CallError> {
        call::<Value>(self.get("/parse/serverInfo")).await?;
        Ok(())
    }

    /// Deletes a cat's account.
    pub(crate) async fn erase_cat(&self, cat: &str) -> Result<(), CallError> {
        let request = self.http.delete(format!("{}/parse/users/{cat}", self.root));
        call::<Value>(self.as_master(request)).await?;
        Ok(())
    }

    /// How many objects of a class there are, or of those that fit.
    pub(crate) async fn count(
        &self,
        class: &str,
        fitting: Option<&Value>,
    ) -> Result<u64, CallError> {
        let mut request = self.get(&format!("/parse/classes/{class}"));
        request = request.query(&[("count", "1"), ("limit", "0")]);
        if let Some(fitting) = fitting {
            request = request.query(&[("where", fitting.to_string())]);
        }
        Ok(call::<Found<Value>>(request).await?.count)
    }

    /// Which of these objects there are.
    pub(crate) async fn existing(
        &self,
        class: &str,
        ids: &[String],
    ) -> Result<Vec<String>, CallError> {
        let fitting = json!({ "objectId": { "$in": ids } }).to_string();
        let limit = ids.len().to_string();
        let query = [
            ("where", fitting.as_str()),
            ("keys", "objectId"),
            ("limit", &limit),
        ];
        let request = self.get(&format!("/parse/classes/{class}")).query(&query);
        let found: Found<Named> = call(request).await?;
        Ok(found
            .results
            .into_iter()
            .map(|named| named.object_id)
            .collect())
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.as_master(self.http.get(format!("{}{path}", self.root)))
    }

    /// A request of this application, by nobody in particular.
    fn post(&self, path: &str) -> RequestBuilder {
        let request = self.http.post(format!("{}{path}", self.root));
        request.header("X-Parse-Application-Id", &self.keys.application_id)
    }

    fn as_master(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .header("X-Parse-Application-Id", &self.keys.application_id)
            .header("X-Parse-Master-Key", &self.keys.master_key)
    }
}
