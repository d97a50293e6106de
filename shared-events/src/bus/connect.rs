//! Finds the way to Pub/Sub, and says at once when there is none.

use super::Bus;
use google_cloud_auth::credentials::{self, Credentials};
use serde::Deserialize;
use std::time::Duration;

/// How long to look for credentials before giving up: longer than the metadata server ever needs.
const CREDENTIALS_DEADLINE: Duration = Duration::from_secs(5);

/// The project of a local endpoint when none is named.
const LOCAL_PROJECT: &str = "catweb-local";

/// Which Pub/Sub to use.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BusSettings {
    /// `GOOGLE_CLOUD_PROJECT`.
    pub project: Option<String>,
    /// `PUBSUB_EMULATOR_HOST`: `host:port` of a local endpoint, spoken to in plain text without credentials.
    pub emulator_host: Option<String>,
    /// Lets `emulator_host` be another machine, for example in a container network.
    pub allow_remote_emulator: bool,
}

/// There is no way to Pub/Sub.
#[derive(Debug, thiserror::Error)]
pub enum ConnectBusError {
    /// The endpoint's text is no `host:port`.
    #[error("PUBSUB_EMULATOR_HOST is {0:?}; write host:port, for example 127.0.0.1:8085")]
    InvalidEndpoint(String),
    /// A local endpoint on another machine.
    #[error(
        "PUBSUB_EMULATOR_HOST is {0:?}, which is another machine: messages would travel in plain text and without credentials. \
         If that is meant, set bus.allow_remote_emulator = true"
    )]
    RemoteEndpoint(String),
    /// Nothing names the project.
    #[error(
        "no Google Cloud project is named: set GOOGLE_CLOUD_PROJECT, or PUBSUB_EMULATOR_HOST for a local broker"
    )]
    NoProject,
    /// No credentials were found.
    #[error(
        "no Google credentials were found ({0}): set PUBSUB_EMULATOR_HOST for a local broker, or GOOGLE_APPLICATION_CREDENTIALS, \
         or run where a service account is attached"
    )]
    NoCredentials(String),
}

impl Bus {
    /// Finds the way to Pub/Sub. Nothing is sent to a local endpoint yet.
    ///
    /// # Errors
    /// [`ConnectBusError`] says what to set.
    pub async fn connect(settings: &BusSettings) -> Result<Self, ConnectBusError> {
        let Some(host) = &settings.emulator_host else {
            let project = settings.project.clone().ok_or(ConnectBusError::NoProject)?;
            return Ok(Self {
                project,
                local_endpoint: None,
                credentials: default_credentials().await?,
            });
        };
        Ok(Self {
            project: settings
                .project
                .clone()
                .unwrap_or_else(|| LOCAL_PROJECT.to_owned()),
            local_endpoint: Some(local_endpoint(host, settings.allow_remote_emulator)?),
            credentials: credentials::anonymous::Builder::new().build(),
        })
    }
}

fn local_endpoint(host: &str, allow_remote: bool) -> Result<String, ConnectBusError> {
    let bare = host.trim_start_matches("http://").trim_end_matches('/');
    let name = match bare.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.parse::<u16>().is_ok() => name,
        _ => return Err(ConnectBusError::InvalidEndpoint(host.to_owned())),
    };
    if !allow_remote && !is_this_machine(name) {
        return Err(ConnectBusError::RemoteEndpoint(host.to_owned()));
    }
    Ok(format!("http://{bare}"))
}

fn is_this_machine(name: &str) -> bool {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

async fn default_credentials() -> Result<Credentials, ConnectBusError> {
    let credentials = credentials::Builder::default()
        .build()
        .map_err(|error| ConnectBusError::NoCredentials(error.to_string()))?;
    match tokio::time::timeout(
        CREDENTIALS_DEADLINE,
        credentials.headers(Default::default()),
    )
    .await
    {
        Ok(Ok(_)) => Ok(credentials),
        Ok(Err(error)) => Err(ConnectBusError::NoCredentials(error.to_string())),
        Err(_) => Err(ConnectBusError::NoCredentials(format!(
            "nothing answered in {} seconds",
            CREDENTIALS_DEADLINE.as_secs()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        for host in [
            "127.0.0.1:8085",
            "localhost:1",
            "[::1]:8085",
            "http://127.0.0.1:8085/",
        ] {
            assert!(local_endpoint(host, false).is_ok(), "{host}");
        }
        assert!(matches!(
            local_endpoint("10.0.0.1:8085", false),
            Err(ConnectBusError::RemoteEndpoint(_))
        ));
        assert!(local_endpoint("broker:8085", true).is_ok());
        for host in ["", "127.0.0.1", ":8085", "host:port"] {
            assert!(
                matches!(
                    local_endpoint(host, true),
                    Err(ConnectBusError::InvalidEndpoint(_))
                ),
                "{host}"
            );
        }
    }

    #[tokio::test]
    async fn no_project_is_said_at_once() {
        let error = Bus::connect(&BusSettings::default())
            .await
            .expect_err("refused");
        assert!(error.to_string().contains("GOOGLE_CLOUD_PROJECT"));
    }
}
