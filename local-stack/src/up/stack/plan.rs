//! How each process is started: its command, its environment, its address.

use super::child::ChildPlan;
use crate::cli::ENDS_WITH_PARENT;
use crate::up::args::Service;
use crate::up::folder::DataFolder;
use crate::up::keys::Keys;
use crate::up::ports::Ports;
use std::collections::HashMap;
use std::ffi::OsString;

/// The project of a local broker's topics.
pub(super) const PROJECT: &str = "catweb-local";

/// Where everything listens.
#[derive(Debug, Clone)]
pub(in crate::up) struct Addresses {
    broker: u16,
    services: Vec<(Service, u16)>,
}

impl Addresses {
    fn of(ports: &Ports) -> Self {
        let services = ports.services.iter();
        Self {
            broker: ports.broker.number,
            services: services
                .map(|(service, port)| (*service, port.number))
                .collect(),
        }
    }

    /// The broker, as `PUBSUB_EMULATOR_HOST` has it.
    pub(in crate::up) fn broker_host(&self) -> String {
        format!("127.0.0.1:{}", self.broker)
    }

    pub(in crate::up) fn broker_url(&self) -> String {
        format!("http://{}/", self.broker_host())
    }

    /// The services that run.
    pub(in crate::up) fn services(&self) -> impl Iterator<Item = Service> {
        self.services.iter().map(|(service, _)| *service)
    }

    /// A service's root, without a slash at its end. One that does not run answers to nobody.
    pub(in crate::up) fn url(&self, service: Service) -> String {
        format!("http://127.0.0.1:{}", self.port(service))
    }

    fn port(&self, service: Service) -> u16 {
        let found = self.services.iter().find(|(named, _)| *named == service);
        found.map_or(0, |(_, port)| *port)
    }
}

/// How to start every process.
#[derive(Debug)]
pub(in crate::up) struct Plan {
    addresses: Addresses,
    broker_folder: OsString,
    /// By service.
    databases: Vec<(Service, String)>,
    /// The command line of the backups, when there shall be any.
    backup: Option<Vec<OsString>>,
    keys: Keys,
    /// What the user set wins where it does not contradict the runner's own options.
    environment: HashMap<String, String>,
}

impl Plan {
    pub(in crate::up) fn new(
        ports: &Ports,
        folder: &DataFolder,
        keys: &Keys,
        environment: HashMap<String, String>,
    ) -> Self {
        let database = |service: Service| (service, folder.database_url(service.name()));
        Self {
            addresses: Addresses::of(ports),
            broker_folder: folder.broker().into(),
            databases: Service::ALL.map(database).into(),
            backup: None,
            keys: keys.clone(),
            environment,
        }
    }

    /// Backups are made, too, with this command line.
    pub(in crate::up) fn with_backups(self, command_line: Vec<OsString>) -> Self {
        Self {
            backup: Some(command_line),
            ..self
        }
    }

    pub(super) fn backup(&self) -> Option<ChildPlan> {
        let arguments = self.backup.clone()?;
        let environment = vec![(ENDS_WITH_PARENT, "1".into())];
        Some(ChildPlan::new("backup", arguments, environment))
    }

    pub(in crate::up) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    pub(super) fn broker(&self) -> ChildPlan {
        let mut arguments: Vec<OsString> = vec!["broker".into(), "--data-dir".into()];
        arguments.push(self.broker_folder.clone());
        arguments.extend(["--port".into(), self.addresses.broker.to_string().into()]);
        ChildPlan::new("broker", arguments, vec![(ENDS_WITH_PARENT, "1".into())])
    }

    pub(super) fn service(&self, service: Service) -> ChildPlan {
        let arguments = vec![service.name().into()];
        ChildPlan::new(service.name(), arguments, self.settings(service))
    }

    /// `catweb mouse-trap ...` as a tool, on the same database.
    pub(in crate::up) fn mouse_trap_tool(
        &self,
        name: &'static str,
        arguments: Vec<OsString>,
    ) -> ChildPlan {
        let arguments = std::iter::once("mouse-trap".into()).chain(arguments);
        ChildPlan::new(name, arguments.collect(), self.settings(Service::MouseTrap))
    }

    fn settings(&self, service: Service) -> Vec<(&'static str, OsString)> {
        let database = self.databases.iter().find(|(named, _)| *named == service);
        let [port, log, drain] = setting_names(service);
        let mut settings = vec![
            (ENDS_WITH_PARENT, "1".into()),
            ("PUBSUB_EMULATOR_HOST", self.addresses.broker_host().into()),
            ("GOOGLE_CLOUD_PROJECT", PROJECT.into()),
            (
                "DATABASE_URL",
                database.map_or_else(OsString::new, |(_, url)| url.into()),
            ),
            (port, self.addresses.port(service).to_string().into()),
        ];
        self.unless_set(&mut settings, log, "human");
        // No balancer has to hear of a stop before it comes.
        self.unless_set(&mut settings, drain, "0");
        if service == Service::CatNode {
            let Keys {
                application_id,
                master_key,
            } = &self.keys;
            settings.push(("PARSE_SERVER_APPLICATION_ID", application_id.into()));
            settings.push(("PARSE_SERVER_MASTER_KEY", master_key.into()));
            settings.push(("CAT_NODE__PARSE__MOUNT_PATH", "/parse".into()));
            // On one's own machine an app under development may add classes as it goes.
            self.unless_set(
                &mut settings,
                "PARSE_SERVER_ALLOW_CLIENT_CLASS_CREATION",
                "true",
            );
        }
        settings
    }

    fn unless_set(
        &self,
        settings: &mut Vec<(&'static str, OsString)>,
        name: &'static str,
        value: &str,
    ) {
        if !self.environment.contains_key(name) {
            settings.push((name, value.into()));
        }
    }
}

/// The names of a service's port, of the form of its log, and of the time in which it drains.
const fn setting_names(service: Service) -> [&'static str; 3] {
    match service {
        Service::CatNode => [
            "CAT_NODE__HTTP__PORT",
            "CAT_NODE__LOG__FORMAT",
            "CAT_NODE__HTTP__DRAIN_MS",
        ],
        Service::CadaverExchange => [
            "CADAVER_EXCHANGE__HTTP__PORT",
            "CADAVER_EXCHANGE__LOG__FORMAT",
            "CADAVER_EXCHANGE__HTTP__DRAIN_MS",
        ],
        Service::MouseTrap => [
            "MOUSE_TRAP__HTTP__PORT",
            "MOUSE_TRAP__LOG__FORMAT",
            "MOUSE_TRAP__HTTP__DRAIN_MS",
        ],
    }
}
