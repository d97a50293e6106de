//! `catweb broker`.

use crate::broker::{self, BrokerArgs};
use service_chassis::config::{LogFormat, LogSettings};
use service_chassis::{shutdown, telemetry};
use std::collections::HashMap;

/// What the log tells when `RUST_LOG` does not say.
const LOG_FILTER: &str = "info";

pub(super) async fn run(
    args: BrokerArgs,
    environment: HashMap<String, String>,
) -> anyhow::Result<()> {
    let filter = environment.get("RUST_LOG").map_or(LOG_FILTER, |text| text);
    telemetry::init(&LogSettings {
        format: LogFormat::Human,
        filter: filter.to_owned(),
    })?;
    let stop = shutdown::on_signal()?;
    broker::run(args, stop.cancelled_owned()).await
}
