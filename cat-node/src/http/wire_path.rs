//! Paths as Express reads them: names of routes in any case, one slash more at the end, parameters decoded. What reads
//! otherwise here than there would be a way around allow lists and rate limits.

use super::answer::Refusal;

/// The names that routes begin with.
const FIRST: &[&str] = &[
    "aggregate",
    "batch",
    "challenge",
    "classes",
    "cloud_code",
    "config",
    "events",
    "files",
    "functions",
    "graphql-config",
    "health",
    "hooks",
    "installations",
    "jobs",
    "login",
    "loginAs",
    "logout",
    "purge",
    "push",
    "push_audiences",
    "requestPasswordReset",
    "roles",
    "schemas",
    "scriptlog",
    "security",
    "serverInfo",
    "sessions",
    "upgradeToRevocableSession",
    "users",
    "validate_purchase",
    "verificationEmailRequest",
    "verifyPassword",
];
/// The names that follow some of them.
const SECOND: &[(&str, &[&str])] = &[
    ("users", &["me"]),
    ("sessions", &["me"]),
    ("hooks", &["functions", "triggers"]),
    ("cloud_code", &["jobs"]),
    ("events", &["AppOpened"]),
];

/// A path below the mount path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WirePath {
    /// As it came, with one slash in front and none doubled there: what allow lists and limits look at.
    pub raw: String,
    /// Names of routes as the table writes them, parameters decoded. An empty part fits no route.
    pub segments: Vec<String>,
}

impl WirePath {
    /// Refuses what cannot be decoded.
    pub fn parse(below_mount: &str) -> Result<Self, Refusal> {
        let raw = match below_mount.strip_prefix("//") {
            Some(rest) => format!("/{rest}"),
            None if below_mount.starts_with('/') => below_mount.to_owned(),
            None => format!("/{below_mount}"),
        };
        let inner = raw[1..].strip_suffix('/').unwrap_or(&raw[1..]);
        let mut segments = Vec::new();
        for part in inner.split('/') {
            segments.push(name_or_parameter(&segments, part)?);
        }
        Ok(Self { raw, segments })
    }

    /// Whether it is this one route, as the router reads it.
    pub fn is(&self, route: &[&str]) -> bool {
        self.segments == route
    }
}

fn name_or_parameter(before: &[String], part: &str) -> Result<String, Refusal> {
    let names = match before {
        [] => FIRST,
        [first] => SECOND
            .iter()
            .find(|(name, _)| name == first)
            .map_or(&[][..], |(_, second)| second),
        _ => &[],
    };
    let name_in = |text: &str| names.iter().find(|name| name.eq_ignore_ascii_case(text));
    if let Some(name) = name_in(part) {
        return Ok((*name).to_owned());
    }
    let decoded = decode(part)?;
    // A name is no parameter, however it is written.
    Ok(if name_in(&decoded).is_some() {
        part.to_owned()
    } else {
        decoded
    })
}

fn decode(part: &str) -> Result<String, Refusal> {
    if !part.contains('%') {
        return Ok(part.to_owned());
    }
    let refuse = || Refusal::Plain {
        status: 400,
        text: format!("Failed to decode param '{part}'"),
    };
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let hex = hex.filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.ok_or_else(refuse)?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| refuse())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Vec<String> {
        WirePath::parse(path).unwrap().segments
    }

    #[test]
    fn names_come_in_any_case_and_parameters_as_they_are() {
        assert_eq!(
            segments("/CLASSES/Game/aB%20c"),
            ["classes", "Game", "aB c"]
        );
        assert_eq!(segments("/Users/ME/"), ["users", "me"]);
        assert_eq!(segments("/serverinfo"), ["serverInfo"]);
        assert_eq!(segments("//classes/A"), ["classes", "A"]);
    }

    #[test]
    fn what_fits_no_route_there_fits_none_here() {
        assert_eq!(segments("/classes//A"), ["classes", "", "A"]);
        assert_eq!(segments("/classes/A//"), ["classes", "A", ""]);
        assert_eq!(segments("/"), [""]);
        assert_eq!(segments("/%6cogin"), ["%6cogin"]);
        assert_eq!(segments("/users/%6de"), ["users", "%6de"]);
        assert!(
            WirePath::parse("/classes/%E0%A4%A").is_err()
                && WirePath::parse("/classes/%+1").is_err()
        );
    }
}
