//! The newest lines of the process's log, kept in memory for operators who ask over HTTP.

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::fmt::{Debug, Write};
use std::sync::Arc;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Lines that are kept; the oldest goes when another one comes.
pub const MAX_LINES: usize = 2_000;
/// The longest text that is kept of a line, in bytes.
const MAX_LINE_BYTES: usize = 4_096;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// How bad it is.
    pub level: Level,
    /// The message, and the fields after it.
    pub text: String,
}

/// The newest lines; clones share them.
#[derive(Debug, Clone, Default)]
pub struct RecentLines(Arc<Mutex<VecDeque<LogLine>>>);

impl RecentLines {
    /// Keeps one more line.
    pub fn push(&self, mut line: LogLine) {
        if line.text.len() > MAX_LINE_BYTES {
            let end = line.text.floor_char_boundary(MAX_LINE_BYTES);
            line.text.truncate(end);
        }
        let mut lines = self.0.lock();
        if lines.len() == MAX_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// Those of the lines that `wanted` accepts, oldest first.
    #[must_use]
    pub fn lines(&self, wanted: impl Fn(&LogLine) -> bool) -> Vec<LogLine> {
        let lines = self.0.lock();
        lines.iter().filter(|line| wanted(line)).cloned().collect()
    }
}

impl<S: Subscriber> Layer<S> for RecentLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = LineText::default();
        event.record(&mut text);
        self.push(LogLine {
            at: Utc::now(),
            level: *event.metadata().level(),
            text: text.message + &text.fields,
        });
    }
}

#[derive(Default)]
struct LineText {
    message: String,
    fields: String,
}

impl LineText {
    fn add(&mut self, field: &Field, value: std::fmt::Arguments<'_>) {
        // Writing into a String cannot fail.
        let _ = if field.name() == "message" {
            write!(self.message, "{value}")
        } else {
            write!(self.fields, " {}={value}", field.name())
        };
    }
}

impl Visit for LineText {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(field, format_args!("{}", super::with_causes(value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt;

    #[test]
    fn lines_are_kept_with_their_fields_and_causes() {
        let recent = RecentLines::default();
        let subscriber = tracing_subscriber::registry().with(recent.clone());
        tracing::subscriber::with_default(subscriber, || {
            let error = std::io::Error::other("the disk is full");
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, attempt = 3, "not written");
        });
        let lines = recent.lines(|line| line.level == Level::WARN);
        assert_eq!(
            lines[0].text,
            "not written error=the disk is full attempt=3"
        );
    }

    #[test]
    fn the_oldest_line_goes_and_long_ones_are_cut() {
        let recent = RecentLines::default();
        for number in 0..=MAX_LINES {
            recent.push(LogLine {
                at: DateTime::UNIX_EPOCH,
                level: Level::INFO,
                text: format!("{number} {}", "é".repeat(MAX_LINE_BYTES)),
            });
        }
        let lines = recent.lines(|_| true);
        assert_eq!(lines.len(), MAX_LINES);
        assert!(lines[0].text.starts_with("1 ") && lines[0].text.len() <= MAX_LINE_BYTES);
    }
}
