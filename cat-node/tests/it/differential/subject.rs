//! cat-node in this process, with the options that parse-server has.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::Arc;

use cat_node::app::App;
use cat_node::config::{self, LoadSettingsError, Settings, Sources};
use serde_json::{Map, Value as Json, json};
use service_chassis::clock::SystemClock;
use service_chassis::mongodb::MongodbDatabase;
use service_chassis::secret::Secret;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::database_url;

/// The databases that cat-node runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Database {
    Sqlite,
    Mongodb,
}

impl Database {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Mongodb => "mongodb",
        }
    }
}

pub(super) struct Subject {
    pub(super) address: String,
    stop: CancellationToken,
    mongodb: Option<(String, String)>,
    _folder: TempDir,
}

impl Subject {
    pub(super) async fn start(
        options: &Map<String, Json>,
        database: Database,
        mongodb: &str,
    ) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("cat_node_differential_{}", uuid::Uuid::new_v4().simple());
        let url = match database {
            Database::Sqlite => format!("sqlite://{}", folder.path().join("cats.db").display()),
            Database::Mongodb => database_url(mongodb, &name),
        };
        let settings = settings(options, &url).map_err(|error| error.to_string())?;
        let stop = CancellationToken::new();
        let app = App::build(settings, Arc::new(SystemClock), stop.clone())
            .await
            .map_err(|error| format!("{error:#}"))?;
        let address = app.address().to_string();
        tokio::spawn(app.run());
        let on_mongodb = database == Database::Mongodb;
        Ok(Self {
            address,
            stop,
            mongodb: on_mongodb.then(|| (mongodb.to_owned(), name)),
            _folder: folder,
        })
    }

    pub(super) async fn stop(self) {
        self.stop.cancel();
        if let Some((uri, name)) = self.mongodb {
            let deployment = MongodbDatabase::connect(&Secret::new(uri), &name)
                .await
                .unwrap();
            deployment.database().drop().await.unwrap();
        }
    }
}

fn settings(
    options: &Map<String, Json>,
    database_url: &str,
) -> Result<Settings, LoadSettingsError> {
    let port = free_port().to_string();
    let mut options = options.clone();
    let public = json!(format!("http://127.0.0.1:{port}/parse"));
    options
        .entry("publicServerURL".to_owned())
        .or_insert(public);
    let fixed = [
        ("CAT_NODE__HTTP__PORT", port.as_str()),
        ("CAT_NODE__HTTP__DRAIN_MS", "0"),
        ("CAT_NODE__RELAY__FLUSH_DEADLINE_MS", "1"),
        ("PUBSUB_EMULATOR_HOST", "127.0.0.1:1"),
        ("DATABASE_URL", database_url),
    ];
    let environment: HashMap<String, String> = fixed
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    config::load_from(Sources {
        file: None,
        parse_server_options: Some(&Json::Object(options)),
        environment,
    })
}

/// The address is an option, so the port comes first.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
