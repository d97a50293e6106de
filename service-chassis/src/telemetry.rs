//! Logs: for people on a terminal, an object a line elsewhere.

use crate::config::{LogFormat, LogSettings};
use std::io::IsTerminal;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

mod recent_lines;

pub use recent_lines::{LogLine, MAX_LINES, RecentLines};

/// The log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter's text is wrong.
    #[error("the log filter {filter:?} is wrong: {source}")]
    Filter {
        /// The text.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The process has a log already.
    #[error("the log was set up twice")]
    Twice(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Sets up the process's log, on standard error. Called once, by `main`; libraries and tests never do.
///
/// # Errors
/// The filter is wrong, or there is a log already.
pub fn init(settings: &LogSettings) -> Result<(), TelemetryError> {
    set_up(settings, None)
}

/// Like `init`; the newest lines are kept, too.
///
/// # Errors
/// The filter is wrong, or there is a log already.
pub fn init_keeping(settings: &LogSettings, recent: RecentLines) -> Result<(), TelemetryError> {
    set_up(settings, Some(recent))
}

fn set_up(settings: &LogSettings, recent: Option<RecentLines>) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&settings.filter).map_err(|source| TelemetryError::Filter {
        filter: settings.filter.clone(),
        source,
    })?;
    let terminal = std::io::stderr().is_terminal();
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(terminal);
    let human = match settings.format {
        LogFormat::Auto => terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let log = tracing_subscriber::registry().with(filter).with(recent);
    if human {
        log.with(lines).try_init()
    } else {
        log.with(lines.json().flatten_event(true)).try_init()
    }
    .map_err(|error| TelemetryError::Twice(error.into()))
}

/// What went wrong and why, for people; a cause that the message already tells is not repeated.
#[must_use]
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| match cause.to_string() {
        cause if text.contains(&cause) => text,
        cause => format!("{text}: {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot listen: {source}")]
    struct Telling {
        source: std::io::Error,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("cannot start")]
    struct Silent(#[source] Telling);

    #[test]
    fn each_cause_is_told_once() {
        let source = std::io::Error::other("the port is busy");
        let error = Silent(Telling { source });
        assert_eq!(
            with_causes(&error),
            "cannot start: cannot listen: the port is busy"
        );
    }
}
