//! The key that backups are sealed with: X25519, as the program `age` has it, so that `age` opens what Catweb wrote.

use age::secrecy::ExposeSecret as _;
use age::x25519::{Identity, Recipient};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The key cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupKeyError {
    #[error("the backup key {} cannot be read or written", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} holds no backup key (a line AGE-SECRET-KEY-1...)", .0.display())]
    NoKey(PathBuf),
    #[error("{0} is no recipient (age1...)")]
    NoRecipient(String),
}

/// Who can open backups, and, unless this machine shall only write them, the secret that does.
#[derive(Clone)]
pub(crate) struct BackupKey {
    recipients: Vec<Recipient>,
    identity: Option<Identity>,
}

impl std::fmt::Debug for BackupKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BackupKey({}, ***)", self.told())
    }
}

impl BackupKey {
    /// The key of a file, made with the file when it is not there. Whether it was made.
    pub(crate) fn of_file(path: &Path) -> Result<(Self, bool), BackupKeyError> {
        match fs::read_to_string(path) {
            Ok(text) => Ok((Self::parse(&text, path)?, false)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let identity = Identity::generate();
                let public = identity.to_public();
                let secret = identity.to_string();
                let text = format!("# public key: {public}\n{}\n", secret.expose_secret());
                crate::up::write_secret(path, text.as_bytes()).map_err(|source| {
                    BackupKeyError::File {
                        path: path.to_owned(),
                        source,
                    }
                })?;
                Ok((Self::of_identity(identity), true))
            }
            Err(source) => Err(BackupKeyError::File {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// The key of a file that must be there.
    pub(crate) fn of_existing_file(path: &Path) -> Result<Self, BackupKeyError> {
        let text = fs::read_to_string(path).map_err(|source| BackupKeyError::File {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// For a machine that writes backups and cannot read them.
    pub(crate) fn of_recipients(names: &[String]) -> Result<Self, BackupKeyError> {
        let parsed = names.iter().map(|name| {
            let recipient = name.parse::<Recipient>();
            recipient.map_err(|_| BackupKeyError::NoRecipient(name.clone()))
        });
        Ok(Self {
            recipients: parsed.collect::<Result<_, _>>()?,
            identity: None,
        })
    }

    pub(crate) fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }

    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The public halves.
    pub(crate) fn told(&self) -> String {
        let names: Vec<_> = self.recipients.iter().map(ToString::to_string).collect();
        names.join(", ")
    }

    fn parse(text: &str, path: &Path) -> Result<Self, BackupKeyError> {
        let mut lines = text.lines().map(str::trim);
        lines
            .find_map(|line| line.parse::<Identity>().ok())
            .map(Self::of_identity)
            .ok_or_else(|| BackupKeyError::NoKey(path.to_owned()))
    }

    fn of_identity(identity: Identity) -> Self {
        Self {
            recipients: vec![identity.to_public()],
            identity: Some(identity),
        }
    }
}
