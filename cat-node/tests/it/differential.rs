//! The same requests to a live parse-server and to cat-node: every answer must be the same, field by field. What is
//! asked is in `tests/differential/*.json`; its README says how to write a scenario and how to run one.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use parking_lot::Mutex;
use reqwest::Client;
use serde_json::{Map, Value as Json, json};
use service_chassis::real_component::{real_component, tell};

mod compare;
mod interchange;
mod known;
mod normalise;
mod oracle;
mod random;
mod request;
mod run;
mod scenario;
mod sink;
mod subject;

use known::KnownDifferences;
use oracle::ParseServer;
use run::{Report, Side, Stage};
use scenario::{OracleDatabase, Scenario, ScenarioFile};
use sink::{Sink, with_sink};
use subject::{Database, Subject};

const PARSE_SERVER: &str = "CATWEB_TEST_PARSE_SERVER";
const MONGODB: &str = "CATWEB_TEST_MONGODB_URI";
const POSTGRESQL: &str = "CATWEB_TEST_POSTGRESQL_URI";
/// Runs only scenarios whose `file/name` holds this text.
const ONLY: &str = "CATWEB_DIFFERENTIAL";
/// Prints every answer.
const SHOW: &str = "CATWEB_DIFFERENTIAL_SHOW";
/// cat-node's database, `sqlite` or `mongodb`; both when not set.
const ON: &str = "CATWEB_DIFFERENTIAL_ON";
/// parse-server's database for all files, whatever they say: to see what both of its adapters answer.
const ORACLE_ON: &str = "CATWEB_DIFFERENTIAL_ORACLE";
/// Servers of different options that run at the same time.
const GROUPS_AT_ONCE: usize = 2;

/// Shorter than either server keeps them, so that none is closed just when it is used again.
const CONNECTIONS_KEPT: Duration = Duration::from_secs(2);

/// Scenarios that share their servers.
struct Group {
    database: OracleDatabase,
    options: Map<String, Json>,
    files: Vec<ScenarioFile>,
}

/// The URL of one database on the server of `uri`.
fn database_url(uri: &str, name: &str) -> String {
    let (base, options) = uri.split_once('?').unwrap_or((uri, ""));
    let server = base.trim_end_matches("/postgres").trim_end_matches('/');
    format!("{server}/{name}?{options}")
}

/// Where everything runs.
struct Components {
    parse_server: String,
    mongodb: String,
    postgresql: Option<String>,
}

impl Components {
    /// `None`, said aloud, without a parse-server.
    fn find() -> Option<Self> {
        let suite = "the differential suite";
        Some(Self {
            parse_server: real_component("parse-server", PARSE_SERVER, suite)?,
            mongodb: real_component("mongodb", MONGODB, suite)?,
            postgresql: real_component("postgresql", POSTGRESQL, "its scenarios on PostgreSQL"),
        })
    }

    /// A database that nobody has used yet.
    fn new_database(&self, database: OracleDatabase) -> Option<String> {
        let uri = match database {
            OracleDatabase::Mongodb => &self.mongodb,
            OracleDatabase::Postgresql => self.postgresql.as_ref()?,
        };
        let name = format!("parse_server_{}", uuid::Uuid::new_v4().simple());
        Some(database_url(uri, &name))
    }
}

/// What every file's options are added to.
fn base_options() -> Map<String, Json> {
    let base =
        json!({"appId": "cats", "masterKey": "nine-lives", "allowClientClassCreation": true});
    base.as_object().cloned().unwrap_or_default()
}

fn groups() -> Vec<Group> {
    let forced = variable(ORACLE_ON).map(|name| match name.as_str() {
        "postgresql" => OracleDatabase::Postgresql,
        _ => OracleDatabase::Mongodb,
    });
    let mut groups: BTreeMap<(OracleDatabase, String), Group> = BTreeMap::new();
    for file in scenario::files() {
        let mut options = base_options();
        options.extend(file.options.clone());
        let key = json!(options.iter().collect::<BTreeMap<_, _>>()).to_string();
        let database = forced.unwrap_or(file.database);
        let group = groups.entry((database, key)).or_insert_with(|| Group {
            database,
            options,
            files: Vec::new(),
        });
        group.files.push(file);
    }
    groups.into_values().collect()
}

fn selected<'a>(
    file: &'a ScenarioFile,
    only: Option<&'a str>,
) -> impl Iterator<Item = &'a Scenario> {
    file.scenarios.iter().filter(move |scenario| {
        only.is_none_or(|only| format!("{}/{}", file.stem, scenario.name).contains(only))
    })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn databases() -> Vec<Database> {
    let wanted = variable(ON);
    let all = [Database::Sqlite, Database::Mongodb].into_iter();
    all.filter(|database| wanted.as_deref().is_none_or(|on| on == database.name()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cat_node_answers_as_parse_server_does() {
    let Some(components) = Components::find() else {
        return;
    };
    let only = variable(ONLY);
    let known = KnownDifferences::read();
    let report = Mutex::new(Report::default());
    let mut groups = groups();
    groups.retain(|group| {
        let files = &mut group.files.iter();
        files.any(|file| selected(file, only.as_deref()).next().is_some())
    });
    stream::iter(groups)
        .for_each_concurrent(GROUPS_AT_ONCE, |group| {
            run_group(group, &components, only.as_deref(), &known, &report)
        })
        .await;
    conclude(&report.into_inner(), &known);
}

async fn run_group(
    group: Group,
    components: &Components,
    only: Option<&str>,
    known: &KnownDifferences,
    report: &Mutex<Report>,
) {
    let Some(uri) = components.new_database(group.database) else {
        return;
    };
    let mut sides = Vec::new();
    let sink = Sink::start();
    let options = with_sink(&group.options, &sink);
    let oracle = ParseServer::start(&components.parse_server, &options, &uri).await;
    sides.push(Side {
        name: "parse-server",
        address: oracle.address.clone(),
        sink,
    });
    let mut subjects = Vec::new();
    for database in databases() {
        let sink = Sink::start();
        let options = with_sink(&group.options, &sink);
        match Subject::start(&options, database, &components.mongodb).await {
            Ok(subject) => {
                sides.push(Side {
                    name: database.name(),
                    address: subject.address.clone(),
                    sink,
                });
                subjects.push(subject);
            }
            Err(error) => report.lock().failures.push(format!(
                "cat-node on {} does not start with {}: {error}",
                database.name(),
                json!(group.options)
            )),
        }
    }
    let stage = Stage {
        sides,
        options: &group.options,
        known,
        show: variable(SHOW).is_some(),
        client: client(),
        report,
    };
    for file in &group.files {
        for scenario in selected(file, only) {
            stage.run(file, scenario).await;
        }
    }
    for side in stage.sides {
        side.sink.stop().await;
    }
    oracle.stop().await;
    for subject in subjects {
        subject.stop().await;
    }
}

/// Redirections are answers, to be compared as such.
fn client() -> Client {
    // parse-server ends the connection after some refusals; none is used twice.
    let builder = Client::builder().no_proxy().pool_max_idle_per_host(0);
    builder
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(CONNECTIONS_KEPT)
        .build()
        .unwrap()
}

fn conclude(report: &Report, known: &KnownDifferences) {
    let names: Vec<&str> = databases().iter().map(|database| database.name()).collect();
    let gone = known.gone(&report.ran, &names);
    let failures: Vec<&String> = report.failures.iter().chain(&gone).collect();
    tell(format_args!(
        "the differential suite: {} scenarios, {} requests, {} known differences listed ({} answers), \
         {} refusals where parse-server failed, {} failures",
        report.ran.len(),
        report.requests,
        known.len(),
        report.known,
        report.refused_instead,
        failures.len()
    ));
    assert!(!report.ran.is_empty(), "no scenario was selected");
    let told: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", told.join("\n"));
}
