//! Whether a service can do its work now, told by asking what it depends on.

mod ask;

pub use ask::{AskReadinessError, ask_readiness};

use async_trait::async_trait;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// The longest that one check may take before it counts as failed.
const CHECK_DEADLINE: Duration = Duration::from_secs(2);

/// Something that the service cannot work without.
#[async_trait]
pub trait ReadinessCheck: Send + Sync {
    /// Its name, for example `database`.
    fn name(&self) -> &'static str;

    /// Asks it.
    ///
    /// # Errors
    /// What is wrong, for an operator; no secrets.
    async fn check(&self) -> Result<(), String>;
}

/// The health of a service.
#[derive(Clone, Default)]
pub struct Health {
    checks: Arc<Vec<Arc<dyn ReadinessCheck>>>,
    stopping: Arc<AtomicBool>,
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.checks.iter().map(|check| check.name()))
            .finish()
    }
}

/// The answer of `/readyz` and `/health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct HealthReport {
    /// `ok`, `failing` or `stopping`.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// Each dependency and what it answered.
    pub checks: Vec<CheckReport>,
}

/// What one dependency answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CheckReport {
    /// Its name.
    #[schema(example = "database")]
    pub name: &'static str,
    /// `ok`, or what is wrong.
    #[schema(example = "ok")]
    pub status: String,
}

impl Health {
    /// The health of a service that depends on what `checks` ask.
    #[must_use]
    pub fn new(checks: Vec<Arc<dyn ReadinessCheck>>) -> Self {
        Self {
            checks: Arc::new(checks),
            stopping: Arc::default(),
        }
    }

    /// From now on the service is not ready, so that no new work is sent to it.
    pub fn set_stopping(&self) {
        self.stopping.store(true, Relaxed);
    }

    /// Whether the service was told to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Relaxed)
    }

    /// Asks every dependency, all at once.
    pub async fn report(&self) -> HealthReport {
        let mut running = tokio::task::JoinSet::new();
        for (place, check) in self.checks.iter().cloned().enumerate() {
            running.spawn(async move {
                let status = match tokio::time::timeout(CHECK_DEADLINE, check.check()).await {
                    Ok(Ok(())) => "ok".to_owned(),
                    Ok(Err(problem)) => problem,
                    Err(_) => format!("no answer within {} s", CHECK_DEADLINE.as_secs()),
                };
                (
                    place,
                    CheckReport {
                        name: check.name(),
                        status,
                    },
                )
            });
        }
        let mut reports = running.join_all().await;
        reports.sort_by_key(|(place, _)| *place);
        let checks: Vec<CheckReport> = reports.into_iter().map(|(_, report)| report).collect();
        let status = if self.is_stopping() {
            "stopping"
        } else if checks.iter().all(|check| check.status == "ok") {
            "ok"
        } else {
            "failing"
        };
        HealthReport { status, checks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(&'static str, Result<(), String>);

    #[async_trait]
    impl ReadinessCheck for Always {
        fn name(&self) -> &'static str {
            self.0
        }
        async fn check(&self) -> Result<(), String> {
            self.1.clone()
        }
    }

    #[tokio::test]
    async fn one_failing_dependency_fails_the_service() {
        let health = Health::new(vec![
            Arc::new(Always("database", Ok(()))),
            Arc::new(Always("bus", Err("connection refused".into()))),
        ]);
        let report = health.report().await;
        assert_eq!(report.status, "failing");
        assert_eq!(
            report.checks[1],
            CheckReport {
                name: "bus",
                status: "connection refused".into()
            }
        );
        health.set_stopping();
        assert_eq!(health.report().await.status, "stopping");
    }
}
