//! The API of mouse-trap, for cats and for devices.

use super::call::{CallError, call};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A way to mouse-trap.
#[derive(Debug, Clone)]
pub(in crate::up) struct Traps {
    http: reqwest::Client,
    root: String,
}

/// A place for traps.
#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::up) struct NewSite {
    pub(in crate::up) id: &'static str,
    pub(in crate::up) name: &'static str,
    pub(in crate::up) jurisdiction: &'static str,
    pub(in crate::up) position: Position,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::up) struct Position {
    pub(in crate::up) latitude: f64,
    pub(in crate::up) longitude: f64,
}

/// The answer that shows a device's secret, once.
#[derive(Deserialize)]
struct Issued {
    credential: String,
}

impl Traps {
    pub(super) fn new(http: reqwest::Client, root: String) -> Self {
        Self { http, root }
    }

    /// Registers a site, unless it is there.
    pub(in crate::up) async fn register_site(
        &self,
        token: &str,
        site: &NewSite,
    ) -> Result<(), CallError> {
        let request = self.http.post(format!("{}/v1/sites", self.root));
        match call::<Value>(request.bearer_auth(token).json(site)).await {
            Err(error) if !error.has_code("site-exists") => Err(error),
            _ => Ok(()),
        }
    }

    /// Registers a cat's own trap and returns the device's secret; a new one when the trap is there already.
    pub(in crate::up) async fn register_trap(
        &self,
        token: &str,
        trap: &str,
        site: &str,
    ) -> Result<String, CallError> {
        let new = json!({ "id": trap, "site": site });
        let request = self.http.post(format!("{}/v1/traps", self.root));
        match call::<Issued>(request.bearer_auth(token).json(&new)).await {
            Err(error) if error.has_code("trap-exists") => {
                let path = format!("{}/v1/traps/{trap}/credential", self.root);
                let issued: Issued = call(self.http.post(path).bearer_auth(token)).await?;
                Ok(issued.credential)
            }
            issued => Ok(issued?.credential),
        }
    }

    /// Reports as a device.
    pub(in crate::up) async fn report(
        &self,
        trap: &str,
        secret: &str,
        reports: &Value,
    ) -> Result<(), CallError> {
        let request = self
            .http
            .post(format!("{}/v1/traps/{trap}/reports", self.root));
        call::<Value>(
            request
                .bearer_auth(secret)
                .json(&json!({ "reports": reports })),
        )
        .await?;
        Ok(())
    }
}
