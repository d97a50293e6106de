//! The API of mouse-trap, for cats and for devices.

use super::call::{CallError, call};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// As many captures as a page can have.
const PAGE: u32 = 500;

/// A way to mouse-trap.
#[derive(Debug, Clone)]
pub(crate) struct Traps {
    http: reqwest::Client,
    root: String,
}

/// A place for traps.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct NewSite {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) jurisdiction: &'static str,
    pub(crate) position: Position,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Position {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

/// The answer to reports.
#[derive(Deserialize)]
struct Recorded {
    reports: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    capture: Option<String>,
}

/// A page of captures.
#[derive(Deserialize)]
struct Captures {
    captures: Vec<Named>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// The answer that shows a device's secret, once.
#[derive(Deserialize)]
struct Issued {
    credential: String,
}

impl Traps {
    pub(crate) fn new(http: reqwest::Client, root: String) -> Self {
        Self { http, root }
    }

    /// Registers a site, unless it is there.
    pub(crate) async fn register_site(&self, token: &str, site: &NewSite) -> Result<(), CallError> {
        let request = self.http.post(format!("{}/v1/sites", self.root));
        match call::<Value>(request.bearer_auth(token).json(site)).await {
            Err(error) if !error.has_code("site-exists") => Err(error),
            _ => Ok(()),
        }
    }

    /// Registers a cat's own trap and returns the device's secret; a new one when the trap is there already.
    pub(crate) async fn register_trap(
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

    /// Takes a trap out of service for good.
    pub(crate) async fn retire_trap(&self, token: &str, trap: &str) -> Result<(), CallError> {
        let request = self
            .http
            .post(format!("{}/v1/traps/{trap}/retire", self.root));
        call::<Value>(request.bearer_auth(token)).await?;
        Ok(())
    }

    /// Reports as a device. Answers the captures that the reports made.
    pub(crate) async fn report(
        &self,
        trap: &str,
        secret: &str,
        reports: &Value,
    ) -> Result<Vec<String>, CallError> {
        let request = self
            .http
            .post(format!("{}/v1/traps/{trap}/reports", self.root));
        let body = json!({ "reports": reports });
        let recorded: Recorded = call(request.bearer_auth(secret).json(&body)).await?;
        let outcomes = recorded.reports.into_iter();
        Ok(outcomes.filter_map(|outcome| outcome.capture).collect())
    }

    /// The ids of all captures that the caller may see.
    pub(crate) async fn captures(&self, token: &str) -> Result<Vec<String>, CallError> {
        let (mut ids, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let request = self.http.get(format!("{}/v1/captures", self.root));
            let mut request = request.bearer_auth(token).query(&[("limit", PAGE)]);
            if let Some(cursor) = &cursor {
                request = request.query(&[("cursor", cursor)]);
            }
            let page: Captures = call(request).await?;
            ids.extend(page.captures.into_iter().map(|capture| capture.id));
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return Ok(ids),
            }
        }
    }
}
