//! What the demo remembers between two starts: passwords, sessions and the secrets of its traps. For this user's eyes
//! only.

use crate::up::folder::write_secret;
use crate::up::outside::SignedIn;
use anyhow::Context as _;
use parking_lot::Mutex;
use rand::random;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A password is 128 random bits.
const PASSWORD_BYTES: usize = 16;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Remembered {
    /// By user name.
    cats: BTreeMap<String, Account>,
    /// The secrets of traps, by trap.
    traps: BTreeMap<String, String>,
    /// Whether the steward has opened all sites.
    #[serde(default)]
    sites_are_open: bool,
}

/// A cat's account.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) password: String,
    pub(super) session: Option<SignedIn>,
}

/// The memory, kept in a file.
pub(super) struct Memory {
    file: PathBuf,
    content: Mutex<Remembered>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({}, ***)", self.file.display())
    }
}

/// Puts new secrets of traps in the place of old ones, and forgets sessions, which have ended. Whether there is a demo.
pub(crate) fn renew_demo(file: &Path, secrets: &HashMap<String, String>) -> anyhow::Result<bool> {
    if !file.try_exists()? {
        return Ok(false);
    }
    let memory = Memory::open(file.to_owned())?;
    memory.change(|content| {
        for account in content.cats.values_mut() {
            account.session = None;
        }
        for (trap, secret) in &mut content.traps {
            if let Some(new) = secrets.get(trap) {
                secret.clone_from(new);
            }
        }
    })?;
    Ok(true)
}

impl Memory {
    pub(super) fn open(file: PathBuf) -> anyhow::Result<Self> {
        let content = match fs::read(&file) {
            Ok(json) => serde_json::from_slice(&json).with_context(|| {
                let file = file.display();
                format!("{file} is damaged; name another --data-dir, or run with --no-demo")
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Remembered::default(),
            Err(error) => return Err(error).context(file.display().to_string()),
        };
        Ok(Self {
            file,
            content: Mutex::new(content),
        })
    }

    /// A cat's account; a new one gets its password now, and nobody has signed up with it yet.
    pub(super) fn account(&self, cat: &str) -> io::Result<Account> {
        if let Some(account) = self.content.lock().cats.get(cat) {
            return Ok(account.clone());
        }
        let bytes = random::<[u8; PASSWORD_BYTES]>();
        let account = Account {
            password: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            session: None,
        };
        self.change(|content| content.cats.insert(cat.to_owned(), account.clone()))?;
        Ok(account)
    }

    pub(super) fn keep_session(&self, cat: &str, session: &SignedIn) -> io::Result<()> {
        self.change(|content| {
            if let Some(account) = content.cats.get_mut(cat) {
                account.session = Some(session.clone());
            }
        })
    }

    pub(super) fn secret(&self, trap: &str) -> Option<String> {
        self.content.lock().traps.get(trap).cloned()
    }

    pub(super) fn keep_secret(&self, trap: &str, secret: &str) -> io::Result<()> {
        self.change(|content| content.traps.insert(trap.to_owned(), secret.to_owned()))
    }

    pub(super) fn sites_are_open(&self) -> bool {
        self.content.lock().sites_are_open
    }

    pub(super) fn keep_sites_open(&self) -> io::Result<()> {
        self.change(|content| content.sites_are_open = true)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Remembered) -> T) -> io::Result<()> {
        let mut content = self.content.lock();
        change(&mut content);
        write_secret(&self.file, &serde_json::to_vec_pretty(&*content)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_there_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("demo.json");
        let memory = Memory::open(file.clone()).expect("new");
        let password = memory.account("socks").expect("made").password;
        let session = SignedIn {
            object_id: "a".to_owned(),
            session_token: "r:b".to_owned(),
        };
        memory.keep_session("socks", &session).expect("kept");
        memory.keep_secret("socks-1", "mt_c").expect("kept");

        let again = Memory::open(file).expect("there");
        let account = again.account("socks").expect("there");
        assert_eq!(account.password, password);
        let session = account.session.expect("kept");
        assert_eq!(session.session_token, "r:b");
        assert_eq!(again.secret("socks-1").as_deref(), Some("mt_c"));
    }
}
