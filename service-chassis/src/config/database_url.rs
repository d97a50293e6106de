//! Which database a service uses: chosen by the URL's scheme, at run time.

use crate::secret::Secret;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;
use std::str::FromStr;

/// A database that Catweb can use.
#[derive(Debug, Clone)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A MongoDB deployment; its URL may hold a password.
    Mongodb(Secret),
}

/// A URL of no database that Catweb can use. The URL itself is not repeated, as it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("DATABASE_URL must be sqlite:///path/file.db or mongodb://host/database, not {0}")]
pub struct InvalidDatabaseUrl(String);

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        if text.starts_with("mongodb://") || text.starts_with("mongodb+srv://") {
            return Ok(Self::Mongodb(Secret::new(text)));
        }
        match text.strip_prefix("sqlite://") {
            Some("") => Err(InvalidDatabaseUrl("sqlite:// without a path".to_owned())),
            Some(path) => Ok(Self::Sqlite(PathBuf::from(path))),
            None => {
                let scheme = text
                    .split_once(':')
                    .map_or("a text without a scheme", |(scheme, _)| scheme);
                Err(InvalidDatabaseUrl(scheme.chars().take(40).collect()))
            }
        }
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses() {
        assert!(
            matches!("sqlite:///a/b.db".parse(), Ok(DatabaseUrl::Sqlite(path)) if path.as_os_str() == "/a/b.db")
        );
        assert!(
            matches!("sqlite://b.db".parse(), Ok(DatabaseUrl::Sqlite(path)) if path.as_os_str() == "b.db")
        );
        assert!(matches!(
            "mongodb://u:p@h/d".parse(),
            Ok(DatabaseUrl::Mongodb(_))
        ));
        let error = "postgres://u:hunter2@h/d"
            .parse::<DatabaseUrl>()
            .expect_err("refused")
            .to_string();
        assert!(
            error.contains("postgres") && !error.contains("hunter2"),
            "{error}"
        );
    }
}
