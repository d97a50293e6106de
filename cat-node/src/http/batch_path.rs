//! The paths in a batch: from the root of the server, with the mount path or with the public one.

use crate::config::ParseSettings;
use crate::domain::error::{ErrorCode, ParseError};

/// Where the paths of a batch may start.
#[derive(Debug)]
pub struct BatchPaths<'a> {
    mount: &'a str,
    /// The path of the public address, when it is another one.
    public: Option<String>,
}

impl<'a> BatchPaths<'a> {
    pub fn of(settings: &'a ParseSettings) -> Self {
        let public = settings.public_server_url.as_deref().and_then(path_of);
        Self {
            mount: &settings.mount_path,
            public: public.filter(|path| *path != settings.mount_path),
        }
    }

    /// The rest of a path, with its dots and repeated slashes resolved.
    pub fn below_mount(&self, path: &str) -> Result<String, ParseError> {
        let below = match &self.public {
            None => path.strip_prefix(self.mount),
            Some(public) => Some(below_either(path, self.mount, public)),
        };
        let cannot_route = || {
            let text = format!("cannot route batch path {path}");
            ParseError::new(ErrorCode::INVALID_JSON, text)
        };
        below.map(normal).ok_or_else(cannot_route)
    }
}

/// With two addresses, a path that starts with neither is cut like one of the public address, as parse-server does.
fn below_either<'p>(path: &'p str, mount: &str, public: &str) -> &'p str {
    let length = match (path.starts_with(mount), path.starts_with(public)) {
        (true, true) => mount.len().max(public.len()),
        (true, false) => mount.len(),
        (false, _) => public.len(),
    };
    path.get(length..).unwrap_or_default()
}

/// The path of a URL, as browsers read it.
fn path_of(url: &str) -> Option<String> {
    reqwest::Url::parse(url)
        .ok()
        .map(|url| url.path().to_owned())
}

fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let end = if path.ends_with('/') && !parts.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_and_resolved() {
        let only = BatchPaths {
            mount: "/parse",
            public: None,
        };
        assert_eq!(only.below_mount("/parse//a/./b/../c/").unwrap(), "/a/c/");
        assert_eq!(only.below_mount("/parse/../../x").unwrap(), "/x");
        assert!(only.below_mount("/classes/A").is_err());
        let two = BatchPaths {
            mount: "/parse",
            public: Some("/public".to_owned()),
        };
        assert_eq!(two.below_mount("/public/a").unwrap(), "/a");
        assert_eq!(two.below_mount("/parse/a").unwrap(), "/a");
    }
}
