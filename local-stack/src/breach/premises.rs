//! The Catweb in quarantine, started for a while on free loopback ports that nobody is told.

use super::places::Places;
use super::tools::this_program;
use crate::up::{Keys, Outside, Service, free_ports};
use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// A start takes far less.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const PARTS: [&str; 4] = ["broker", "cat-node", "cadaver-exchange", "mouse-trap"];
/// What the folder's own values replace while it is looked at.
const OWN_SETTINGS: [&str; 2] = ["PARSE_SERVER_MASTER_KEY", "PARSE_SERVER_APPLICATION_ID"];

#[derive(Debug)]
pub(super) struct Premises {
    runner: Child,
    ports: [u16; PARTS.len()],
    http: reqwest::Client,
    master_key: String,
}

impl Premises {
    /// Starts everything and waits until it is ready.
    pub(super) async fn open(places: &Places) -> anyhow::Result<Self> {
        let ports = free_ports().context("no free ports were found")?;
        let words = places.evidence().join("in-quarantine.log");
        let log = File::options().create(true).append(true).open(&words)?;
        let mut command = Command::new(this_program()?);
        command
            .args(["up", "--no-demo", "--in-quarantine", "--data-dir"])
            .arg(places.data_dir())
            .args(
                PARTS
                    .iter()
                    .zip(ports)
                    .map(|(part, port)| format!("--{part}-port={port}")),
            )
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        for name in OWN_SETTINGS {
            command.env_remove(name);
        }
        let mut premises = Self {
            runner: command.spawn()?,
            ports,
            http: reqwest::Client::new(),
            master_key: String::new(),
        };
        let deadline = Instant::now() + PATIENCE;
        while !premises.is_ready().await {
            let ended = premises.runner.try_wait()?.is_some();
            anyhow::ensure!(!ended, "it does not start; see {}", words.display());
            anyhow::ensure!(Instant::now() < deadline, "it is not ready in time");
            sleep(LOOK_AGAIN).await;
        }
        let key = fs::read_to_string(places.data_dir().join("master-key"))?;
        key.trim().clone_into(&mut premises.master_key);
        Ok(premises)
    }

    async fn is_ready(&self) -> bool {
        for service in Service::ALL {
            let url = format!("{}/readyz", self.url(service));
            let answer = self.http.get(url).timeout(PATIENCE).send().await;
            if !answer.is_ok_and(|it| it.status().is_success()) {
                return false;
            }
        }
        true
    }

    /// Stops everything in good order.
    pub(super) async fn close(mut self) {
        let pid = self.runner.id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            // Not there any more is as good.
            let _gone = kill_process(pid, Signal::TERM);
        }
        if timeout(PATIENCE, self.runner.wait()).await.is_err() {
            let _gone = self.runner.kill().await;
        }
    }

    /// The ways to the services, with the folder's master key.
    pub(super) fn outside(&self) -> Outside {
        self.outside_with(&self.master_key)
    }

    pub(super) fn outside_with(&self, master_key: &str) -> Outside {
        let keys = Keys::of_folder(master_key.to_owned());
        Outside::at(&self.http, |service| self.url(service), &keys)
    }

    pub(super) fn master_key(&self) -> &str {
        &self.master_key
    }

    fn url(&self, service: Service) -> String {
        let mut parts = PARTS.iter().zip(self.ports);
        let found = parts.find(|(part, _)| **part == service.name());
        format!("http://127.0.0.1:{}", found.map_or(0, |(_, port)| port))
    }
}
