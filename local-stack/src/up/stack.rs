//! The processes of a running Catweb: started in order, kept running, stopped in order.

mod child;
mod crashes;
mod log_file;
mod plan;
mod ready;
mod supervisor;

pub(super) use log_file::LogFile;
pub(super) use plan::{Addresses, Plan};
pub(super) use supervisor::GaveUp;

use super::args::Service;
use super::folder::DataFolder;
use super::ports::Ports;
use super::screen::Screen;
use anyhow::Context as _;
use shared_events::bus::{Bus, BusSettings};
use shared_events::topology;
use std::sync::Arc;
use std::time::Duration;
use supervisor::{Supervised, Supervisor};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

/// The broker is ready in a tenth of a second; a slow disk may need longer to read a long log.
const BROKER_DEADLINE: Duration = Duration::from_secs(60);
/// A service replays its journal, at most, before it is ready.
const SERVICE_DEADLINE: Duration = Duration::from_secs(120);
/// Between two looks at whether something is ready.
const READY_PAUSE: Duration = Duration::from_millis(5);

/// The running processes.
#[derive(Debug)]
pub(super) struct Stack {
    broker: Supervised,
    services: Vec<Supervised>,
    backup: Option<Supervised>,
    given_up: mpsc::Receiver<GaveUp>,
    bus: Bus,
}

impl Stack {
    /// Starts the broker, puts the topology in place, starts the services side by side, and waits until all are ready.
    pub(super) async fn start(
        plan: &Plan,
        ports: Ports,
        folder: &Arc<DataFolder>,
        screen: &Arc<Screen>,
        http: &reqwest::Client,
    ) -> anyhow::Result<Self> {
        let (given_up_sender, mut given_up) = mpsc::channel(1);
        let supervisor = Supervisor::new(folder.clone(), screen.clone(), given_up_sender);
        let Ports { broker, services } = ports;
        drop(broker);
        let broker = supervisor.keep_running(plan.broker());
        let bus = match Box::pin(apply_topology(plan, http, &mut given_up)).await {
            Ok(bus) => bus,
            Err(error) => {
                broker.stop().await;
                return Err(error);
            }
        };
        broker.is_ready();
        let started: Vec<_> = services
            .into_iter()
            .map(|(service, port)| {
                drop(port);
                (service, supervisor.keep_running(plan.service(service)))
            })
            .collect();
        let readiness = wait_for_services(plan, &started, http, &mut given_up).await;
        let backup = plan.backup().map(|plan| supervisor.keep_running(plan));
        backup.iter().for_each(Supervised::is_ready);
        let stack = Self {
            broker,
            backup,
            services: started.into_iter().map(|(_, child)| child).collect(),
            given_up,
            bus,
        };
        match readiness {
            Ok(()) => Ok(stack),
            Err(error) => {
                stack.stop().await;
                Err(error)
            }
        }
    }

    /// The way to the broker.
    pub(super) fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Waits until a process could not be kept running.
    pub(super) async fn given_up(&mut self) -> GaveUp {
        match self.given_up.recv().await {
            Some(gave_up) => gave_up,
            None => std::future::pending().await,
        }
    }

    /// Stops the services side by side, then the broker, so that what they still had to say is kept, and then the backups,
    /// so that it is in them.
    pub(super) async fn stop(self) {
        let stops = self.services.into_iter().map(Supervised::stop);
        futures_util::future::join_all(stops).await;
        self.broker.stop().await;
        if let Some(backup) = self.backup {
            backup.stop().await;
        }
    }
}

/// The topology as soon as the broker answers.
async fn apply_topology(
    plan: &Plan,
    http: &reqwest::Client,
    given_up: &mut mpsc::Receiver<GaveUp>,
) -> anyhow::Result<Bus> {
    let url = plan.addresses().broker_url();
    unless_given_up(given_up, ready::wait(http, &url, "broker", BROKER_DEADLINE)).await?;
    let bus = Bus::connect(&BusSettings {
        project: Some(plan::PROJECT.to_owned()),
        emulator_host: Some(plan.addresses().broker_host()),
        allow_remote_emulator: false,
    })
    .await?;
    let deadline = Instant::now() + BROKER_DEADLINE;
    loop {
        match topology::apply(&bus).await {
            Ok(()) => return Ok(bus),
            Err(error) if Instant::now() > deadline => {
                return Err(error).context("the topics and subscriptions are not in place");
            }
            Err(_) => sleep(READY_PAUSE).await,
        }
    }
}

async fn wait_for_services(
    plan: &Plan,
    started: &[(Service, Supervised)],
    http: &reqwest::Client,
    given_up: &mut mpsc::Receiver<GaveUp>,
) -> anyhow::Result<()> {
    let waits = started.iter().map(|(service, child)| async move {
        let url = format!("{}/readyz", plan.addresses().url(*service));
        ready::wait(http, &url, service.name(), SERVICE_DEADLINE).await?;
        child.is_ready();
        anyhow::Ok(())
    });
    let all = async {
        futures_util::future::try_join_all(waits).await?;
        Ok(())
    };
    unless_given_up(given_up, all).await
}

async fn unless_given_up(
    given_up: &mut mpsc::Receiver<GaveUp>,
    work: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    tokio::select! {
        done = work => done,
        Some(gave_up) = given_up.recv() => Err(gave_up.into()),
    }
}
