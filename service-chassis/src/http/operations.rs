//! The routes for operators and machines: `/livez`, `/readyz`, `/health`, `/metrics`, `/openapi.json`.

use super::Problem;
use super::openapi::finished;
use crate::health::{Health, HealthReport};
use crate::metrics::Metrics;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use std::sync::Arc;

/// What the operators' routes show.
#[derive(Debug, Clone)]
pub struct Operations {
    /// Whether the service can work.
    pub health: Health,
    /// What it counts.
    pub metrics: Metrics,
    /// Its OpenAPI document, as JSON.
    pub openapi: Arc<str>,
}

impl Operations {
    /// Puts a document into its final form.
    ///
    /// # Panics
    /// Never: an OpenAPI document is plain data.
    #[must_use]
    pub fn new(health: Health, metrics: Metrics, openapi: &utoipa::openapi::OpenApi) -> Self {
        let openapi = finished(openapi.clone())
            .to_json()
            .expect("an OpenAPI document holds only text, numbers and lists of them");
        Self {
            health,
            metrics,
            openapi: openapi.into(),
        }
    }

    pub(super) fn routes(config: &mut web::ServiceConfig) {
        config
            .route("/livez", web::get().to(livez))
            .route("/readyz", web::get().to(readyz))
            .route("/health", web::get().to(readyz))
            .route("/metrics", web::get().to(metrics))
            .route("/openapi.json", web::get().to(openapi));
    }
}

async fn livez() -> &'static str {
    "ok"
}

async fn readyz(operations: web::Data<Operations>) -> HttpResponse {
    let report: HealthReport = operations.health.report().await;
    let status = if report.status == "ok" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    HttpResponse::build(status).json(report)
}

async fn metrics(operations: web::Data<Operations>) -> Result<HttpResponse, Problem> {
    let text = operations
        .metrics
        .encode()
        .map_err(|error| Problem::unavailable(&error))?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(text))
}

async fn openapi(operations: web::Data<Operations>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(operations.openapi.to_string())
}
