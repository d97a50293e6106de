//! `catweb broker`: the broker alone.

use super::{Broker, BrokerConfig};
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Runs the embedded Pub/Sub broker alone.
#[derive(Debug, Clone, clap::Args)]
pub struct BrokerArgs {
    /// The folder in which the broker keeps its messages; created if need be.
    #[arg(long, value_name = "DIR", default_value = ".catweb/broker")]
    pub data_dir: PathBuf,
    /// The port for gRPC and REST; 0 takes a free one.
    #[arg(long, default_value_t = 8085)]
    pub port: u16,
    /// The address to listen on. The broker has no passwords: keep it on this machine or behind a firewall.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
}

/// Runs a broker until `shutdown` completes.
///
/// # Errors
/// It cannot start; the message says what to do.
pub async fn run(args: BrokerArgs, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    let listen = SocketAddr::new(args.host, args.port);
    let broker = Broker::start(BrokerConfig {
        data_dir: args.data_dir.clone(),
        listen,
    })
    .await?;
    let (address, data_dir) = (broker.address(), args.data_dir.display());
    tracing::info!(%address, %data_dir, "the broker is ready; clients find it with PUBSUB_EMULATOR_HOST={address}");
    shutdown.await;
    broker.stop().await;
    Ok(())
}
