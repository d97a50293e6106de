//! What operators may ask of the running process beside its data: its newest log lines, and how its database is guarded.

use service_chassis::config::DatabaseUrl;
use service_chassis::secret::Secret;
use service_chassis::telemetry::RecentLines;

/// How the database is reached.
#[derive(Debug, Clone, Default)]
pub enum DatabaseAccess {
    /// A file of this machine: whoever may read it needs no password.
    #[default]
    File,
    /// A server, with the password that its URL has.
    Server(Option<Secret>),
}

impl DatabaseAccess {
    pub fn of(url: &DatabaseUrl) -> Self {
        match url {
            DatabaseUrl::Sqlite(_) => Self::File,
            DatabaseUrl::Mongodb(url) => Self::Server(password(url.expose()).map(Secret::new)),
        }
    }
}

/// `mongodb://user:PASSWORD@host/...`
fn password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

/// Kept by the composition root for the node.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    pub log: RecentLines,
    pub database: DatabaseAccess,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_url_is_found() {
        assert_eq!(
            password("mongodb://tom:tu:na@h:1,h:2/cats?x=y"),
            Some("tu:na")
        );
        assert_eq!(password("mongodb://tom@h/cats"), None);
        assert_eq!(password("mongodb://h/cats?q=a:b@c"), None);
    }
}
