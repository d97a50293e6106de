//! An embedded, durable broker that speaks Google Pub/Sub: gRPC and REST on one port.
//!
//! `domain` holds the rules as a pure state machine, `log` makes its changes last, `engine` joins both,
//! and `grpc` and `rest` are what clients see. See `docs/broker.md` for guarantees and bounds.

mod args;
mod domain;
mod engine;
mod grpc;
mod log;
mod proto;
mod rest;
mod server;

pub use args::{BrokerArgs, run};
pub use log::{LockFolderError, OpenLogError};
pub(crate) use log::{check_folder, end_of_whole_frames};

use domain::ids::SubscriptionId;
use domain::state::State;
use engine::{Engine, Wakers};
use log::{FolderLock, Log, LogBounds, Writer};
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Where a broker keeps its data and listens.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// The folder of its log; created if need be, used by one broker at a time.
    pub data_dir: PathBuf,
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
}

/// The broker cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartBrokerError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] LockFolderError),
    /// What is in the data folder cannot be read.
    #[error(transparent)]
    Log(#[from] OpenLogError),
    /// The address cannot be listened on.
    #[error(
        "the broker cannot listen on {address} ({source}): stop what uses the port, or choose another with --port (0 takes a free one)"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system has no thread for the log.
    #[error("the broker cannot start the thread of its log")]
    Thread(#[source] io::Error),
}

/// A running broker. Dropping it stops it too, without waiting for the end.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    stopping: DropGuard,
    service: JoinHandle<()>,
}

impl Broker {
    /// Opens the data folder and serves.
    ///
    /// # Errors
    /// See [`StartBrokerError`].
    pub async fn start(config: BrokerConfig) -> Result<Self, StartBrokerError> {
        let lock = FolderLock::take(&config.data_dir)?;
        let (address, listener) = listen(config.listen).await?;
        let wakers = Arc::new(Wakers::default());
        let wake = wakers.clone();
        let opened = tokio::task::spawn_blocking(move || open_log(&config.data_dir, wake, lock));
        let (log, state, writer) = opened
            .await
            .map_err(|error| StartBrokerError::Thread(io::Error::other(error)))??;
        let stopping = CancellationToken::new();
        let engine = Engine::new(state, log.clone(), wakers, stopping.clone());
        let service = tokio::spawn(serve(listener, engine, stopping.clone(), log, writer));
        Ok(Self {
            address,
            stopping: stopping.drop_guard(),
            service,
        })
    }

    /// Where it listens, with the port that it got.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends streams, finishes requests, writes a checkpoint and frees the folder.
    pub async fn stop(self) {
        drop(self.stopping);
        if self.service.await.is_err() {
            tracing::error!("the broker did not end properly");
        }
    }
}

async fn listen(address: SocketAddr) -> Result<(SocketAddr, TcpListener), StartBrokerError> {
    let failed = |source| StartBrokerError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    Ok((listener.local_addr().map_err(failed)?, listener))
}

type OpenedLog = (Log, Arc<Mutex<State>>, Writer);

fn open_log(
    folder: &Path,
    wakers: Arc<Wakers>,
    lock: FolderLock,
) -> Result<OpenedLog, StartBrokerError> {
    let (log, state, tail) = log::open(folder, engine::now())?;
    let state = Arc::new(Mutex::new(state));
    let wake = Box::new(move |subscriptions: &BTreeSet<SubscriptionId>| wakers.wake(subscriptions));
    let writer = Writer::start(
        log.clone(),
        state.clone(),
        tail,
        wake,
        lock,
        LogBounds::default(),
    );
    Ok((log, state, writer.map_err(StartBrokerError::Thread)?))
}

/// Serves until the token is cancelled; then everything is written, and the folder is free.
async fn serve(
    listener: TcpListener,
    engine: Engine,
    stopping: CancellationToken,
    log: Log,
    writer: Writer,
) {
    let engine = Arc::new(engine);
    let housekeeping = engine.clone().keep_house();
    tokio::join!(server::serve(listener, engine, stopping), housekeeping);
    log.close();
    if tokio::task::spawn_blocking(|| writer.join()).await.is_err() {
        tracing::error!("the broker's log was not closed properly");
    }
}
