//! The newest lines of the process's log, for operators. Keys and tokens do not leave the process.

use chrono::{DateTime, TimeDelta, Utc};
use service_chassis::telemetry::{LogLine, MAX_LINES};
use tracing::Level;

use crate::node::Node;

/// How far back a search goes that does not say.
const DEFAULT_SPAN: TimeDelta = TimeDelta::days(7);
/// How many lines an answer has that does not say.
const DEFAULT_LINES: usize = 10;
/// What stands in the place of a secret.
const HIDDEN: &str = "********";
/// Hex digits of a session token.
const TOKEN_CHARS: usize = 32;

/// Which lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogQuery {
    pub errors_only: bool,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    pub oldest_first: bool,
    /// At most so many.
    pub lines: Option<usize>,
}

pub fn read_log(node: &Node, query: &LogQuery) -> Vec<LogLine> {
    let now = node.now().max(Utc::now());
    let from = query.from.unwrap_or(now - DEFAULT_SPAN);
    let until = query.until.unwrap_or(now);
    let mut lines = node.diagnostics.log.lines(|line| {
        (from..=until).contains(&line.at) && (!query.errors_only || line.level == Level::ERROR)
    });
    if !query.oldest_first {
        lines.reverse();
    }
    lines.truncate(query.lines.unwrap_or(DEFAULT_LINES).min(MAX_LINES));
    let secrets = secrets(node);
    for line in &mut lines {
        line.text = hide(&line.text, &secrets);
    }
    lines
}

fn secrets(node: &Node) -> Vec<&str> {
    let settings = &node.settings;
    let keys = [
        Some(&settings.master_key),
        settings.read_only_master_key.as_ref(),
        settings.maintenance_key.as_ref(),
        settings.webhook_key.as_ref(),
    ];
    let texts = keys.into_iter().flatten().map(|key| key.expose());
    texts.filter(|text| !text.is_empty()).collect()
}

fn hide(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        text = text.replace(secret, HIDDEN);
    }
    hide_tokens(&text)
}

/// `r:` and the hex digits after it.
fn hide_tokens(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("r:") {
        let (before, token) = rest.split_at(start + 2);
        hidden.push_str(before);
        let digits = token.bytes().take_while(u8::is_ascii_hexdigit).count();
        if digits >= TOKEN_CHARS {
            hidden.push_str(HIDDEN);
            rest = &token[digits..];
        } else {
            rest = token;
        }
    }
    hidden + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_tokens_are_hidden() {
        let token = "0123456789abcdef".repeat(2);
        let text = format!("error: key nine-lives, token r:{token}, r:short");
        assert_eq!(
            hide(&text, &["nine-lives"]),
            "error: key ********, token r:********, r:short"
        );
    }
}
