//! `catweb`: runs the whole system, or one part of it.

use clap::Parser;
use local_stack::broker::{self, BrokerArgs};

/// Catweb on this machine.
#[derive(Debug, Parser)]
#[command(name = "catweb", version)]
enum Cli {
    Broker(BrokerArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let Cli::Broker(args) = Cli::parse();
    broker::run(args, until_asked_to_stop()?).await
}

/// Ctrl-C or SIGTERM.
fn until_asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
