//! MongoDB: one client per service, and a refusal of deployments that cannot keep state and events together.

use crate::health::ReadinessCheck;
use crate::secret::Secret;
use async_trait::async_trait;
use bson::doc;
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};
use std::time::Duration;

/// How long to look for the deployment before giving up.
const SERVER_SELECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// The database could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectMongodbError {
    /// The URL is wrong, or nothing answers there.
    #[error("MongoDB cannot be reached by DATABASE_URL")]
    Unreachable(#[source] mongodb::error::Error),
    /// A single server without transactions.
    #[error(
        "this MongoDB is a single server without transactions, and state must be stored together with its events: \
         make it a replica set (one member is enough: mongod --replSet rs0, then rs.initiate())"
    )]
    NoTransactions,
}

/// A database of a MongoDB deployment that has transactions.
#[derive(Debug, Clone)]
pub struct MongodbDatabase {
    client: Client,
    database: Database,
}

impl MongodbDatabase {
    /// Connects. The URL's database is used, or `default_database` when it names none.
    ///
    /// # Errors
    /// [`ConnectMongodbError`] says what to change.
    pub async fn connect(
        url: &Secret,
        default_database: &str,
    ) -> Result<Self, ConnectMongodbError> {
        let mut options = ClientOptions::parse(url.expose())
            .await
            .map_err(ConnectMongodbError::Unreachable)?;
        options
            .server_selection_timeout
            .get_or_insert(SERVER_SELECTION_TIMEOUT);
        options
            .app_name
            .get_or_insert_with(|| default_database.to_owned());
        let name = options
            .default_database
            .clone()
            .unwrap_or_else(|| default_database.to_owned());
        let client = Client::with_options(options).map_err(ConnectMongodbError::Unreachable)?;
        let database = client.database(&name);
        let hello = database
            .run_command(doc! { "hello": 1 })
            .await
            .map_err(ConnectMongodbError::Unreachable)?;
        let has_transactions = hello.contains_key("setName")
            || hello.get_str("msg").is_ok_and(|text| text == "isdbgrid");
        if !has_transactions {
            return Err(ConnectMongodbError::NoTransactions);
        }
        Ok(Self { client, database })
    }

    /// The client, to start sessions.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }
}

#[async_trait]
impl ReadinessCheck for MongodbDatabase {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), String> {
        self.database
            .run_command(doc! { "ping": 1 })
            .await
            .map(|_| ())
            .map_err(|error| error.kind.to_string())
    }
}
