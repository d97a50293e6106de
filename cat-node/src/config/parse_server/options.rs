//! The table of parse-server's options, read from `options.txt`.

use serde_json::Value as Json;

use super::kind::Kind;
use super::refusal::Reason;

const TABLE: &str = include_str!("options.txt");

/// One option.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) option: &'static str,
    pub(super) kind: Kind,
    pub(super) environment_name: &'static str,
    pub(super) standing: Standing,
}

/// What an option is to cat-node.
#[derive(Debug)]
pub(super) enum Standing {
    Setting(Vec<&'static str>),
    /// Options of its own are in it; the path is empty when the group itself is no setting.
    Group(Vec<&'static str>),
    Refused {
        reason: Reason,
        /// A value that changes nothing.
        accepted: Option<Json>,
    },
}

#[derive(Debug)]
pub(super) struct Options(Vec<Entry>);

impl Options {
    pub(super) fn all() -> Self {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        Self(lines.filter_map(entry).collect())
    }

    pub(super) fn by_option(&self, option: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.option == option)
    }

    pub(super) fn by_environment_name(&self, name: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.environment_name == name)
    }
}

/// A line of the table; a test holds that every line is one.
fn entry(line: &'static str) -> Option<Entry> {
    let mut rest = line.trim();
    let mut next = || {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = after.trim_start();
        word
    };
    let (option, kind, environment_name, standing) = (next(), next(), next(), next());
    Some(Entry {
        option,
        kind: Kind::named(kind)?,
        environment_name,
        standing: standing_of(standing, rest)?,
    })
}

fn standing_of(word: &'static str, accepted: &str) -> Option<Standing> {
    let path = |text: &'static str| text.split('.').filter(|part| !part.is_empty()).collect();
    Some(if let Some(group) = word.strip_prefix('*') {
        Standing::Group(path(group))
    } else if let Some(reason) = word.strip_prefix('!') {
        Standing::Refused {
            reason: Reason::named(reason)?,
            accepted: serde_json::from_str(accepted).ok(),
        }
    } else {
        Standing::Setting(path(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_understood() {
        let lines = TABLE
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        for line in lines {
            let entry = entry(line).unwrap_or_else(|| panic!("{line}"));
            assert!(!entry.environment_name.is_empty(), "{line}");
            if let Standing::Refused { accepted: None, .. } = entry.standing {
                assert_eq!(line.split_whitespace().count(), 4, "{line}");
            }
        }
    }
}
