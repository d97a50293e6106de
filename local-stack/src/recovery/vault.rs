//! Where backups of a data folder go: a base now and then, increments in between.

use super::base;
use super::broker_log::WatchedBroker;
use super::catalogue::{Catalogue, increment_path};
use super::cut::WatchedStores;
use super::database::{DatabaseError, WatchedDatabase};
use super::identity::{self, RESTORED};
use super::increment::Increment;
use super::key::BackupKey;
use super::lock::{BackupLock, BackupLockError};
use super::manifest::Manifest;
use super::retention::Retention;
use super::sealed::{SealError, seal};
use chrono::{DateTime, Utc};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// An increment that would be longer than this is not worth it: a base takes its place.
const MAX_INCREMENT_BYTES: usize = 256 * 1024 * 1024;

/// A backup was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VaultError {
    #[error(transparent)]
    Database(DatabaseErrorShown),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the data folder or the folder of backups cannot be used")]
    Io(#[from] io::Error),
    #[error(
        "{store} is damaged, and a copy of it would be of no use: {found}. Restore the last good backup (catweb restore)"
    )]
    Damaged { store: String, found: String },
    #[error(
        "{store} is in the last backup and not in the data folder any more: restore it (catweb restore), or begin another folder of backups"
    )]
    Missing { store: String },
    #[error(
        "{store} is another file than in the last backup: restore the last good backup (catweb restore), or, if it is meant to be, put an empty file `{RESTORED}` into the data folder"
    )]
    Replaced { store: String },
    #[error("there is nothing to back up in {}", .0.display())]
    Nothing(PathBuf),
    #[error(transparent)]
    Lock(#[from] BackupLockError),
    #[error(
        "the folder of backups is not the one that it was, as when a disk is not mounted any more: {}",
        .0.display()
    )]
    Away(PathBuf),
}

/// A database's error, as others see it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct DatabaseErrorShown(#[from] DatabaseError);

impl From<DatabaseError> for VaultError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error.into())
    }
}

/// The backups of one data folder.
#[derive(Debug)]
pub(crate) struct Vault {
    data_dir: PathBuf,
    catalogue: Catalogue,
    key: BackupKey,
    retention: Retention,
    /// Nobody else backs this data folder up meanwhile, or into this folder of backups.
    _source: BackupLock,
    destination: BackupLock,
    /// The base that is added to, and what it is of.
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    base: PathBuf,
    stores: WatchedStores,
    increments: u64,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Written {
    /// The moment that can now be gone back to.
    pub(crate) at: DateTime<Utc>,
    /// A new base, or an increment.
    pub(crate) base: Option<(PathBuf, Manifest)>,
    /// Bases that need not be kept any more and were removed.
    pub(crate) removed: usize,
}

impl Vault {
    /// Takes both folders. `who` is what others are told that want them.
    pub(crate) fn open(
        data_dir: &Path,
        folder: &Path,
        key: BackupKey,
        retention: Retention,
        who: &str,
    ) -> Result<Self, VaultError> {
        let unusable = |source| BackupLockError::Io {
            folder: folder.to_owned(),
            source,
        };
        fs::create_dir_all(folder).map_err(unusable)?;
        Ok(Self {
            data_dir: data_dir.to_owned(),
            catalogue: Catalogue::new(folder),
            key,
            retention,
            _source: BackupLock::take(data_dir, who)?,
            destination: BackupLock::take(folder, who)?,
            current: None,
        })
    }

    /// Writes a base.
    pub(crate) fn write_base(&mut self) -> Result<Written, VaultError> {
        self.current = None;
        self.is_in_place()?;
        let mut stores = WatchedStores::open(&self.data_dir)?;
        if stores.databases.is_empty() && stores.broker.is_none() {
            return Err(VaultError::Nothing(self.data_dir.clone()));
        }
        self.all_are_what_they_were()?;
        let place = self.catalogue.begin(Utc::now())?;
        let written = base::write(&mut stores, &self.data_dir, &place, &self.key);
        let manifest = match written {
            Ok(manifest) => manifest,
            Err(error) => {
                // What is half-written would be removed later; its error is what matters now.
                let _left = fs::remove_dir_all(&place);
                return Err(error);
            }
        };
        let base = self.catalogue.finish(&place)?;
        let removed = self.catalogue.tidy(&self.retention)?;
        match fs::remove_file(self.data_dir.join(RESTORED)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        self.current = Some(Current {
            base: base.clone(),
            stores,
            increments: 0,
        });
        Ok(Written {
            at: manifest.at,
            base: Some((base, manifest)),
            removed,
        })
    }

    /// A backup in a folder that only has the name would be of no use.
    fn is_in_place(&self) -> Result<(), VaultError> {
        match self.destination.is_in_place()? {
            true => Ok(()),
            false => Err(VaultError::Away(self.catalogue.folder().to_owned())),
        }
    }

    /// What lost a store, or has another one in its place, must not become the newest backup.
    fn all_are_what_they_were(&self) -> Result<(), VaultError> {
        let bases = self.catalogue.list()?.bases;
        let was = bases.last().map(|base| &base.manifest.stores);
        let is = identity::of_stores(&self.data_dir);
        let accepts_others = self.data_dir.join(RESTORED).exists();
        for (store, identity) in was.into_iter().flatten() {
            let store = store.clone();
            match is.get(&store) {
                None => return Err(VaultError::Missing { store }),
                Some(now) if now != identity && !accepts_others => {
                    return Err(VaultError::Replaced { store });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Writes what was committed since the last time; nothing when nothing was. Begins with a base, and begins again with
    /// one after an error.
    pub(crate) fn write_increment(&mut self) -> Result<Option<Written>, VaultError> {
        let Some(mut current) = self.current.take() else {
            return self.write_base().map(Some);
        };
        self.is_in_place()?;
        if !current.stores.are_all(&self.data_dir) || !Manifest::is_in(&current.base) {
            drop(current);
            return self.write_base().map(Some);
        }
        let (increment, at) = current.see()?;
        if increment.bytes() > MAX_INCREMENT_BYTES {
            drop(current);
            return self.write_base().map(Some);
        }
        let written = match increment.is_empty() {
            true => None,
            false => {
                let number = current.increments + 1;
                let bytes = increment.encode(number, at)?;
                let path = increment_path(&current.base, number);
                seal(&path, &self.key, &mut bytes.as_slice())?;
                current.increments = number;
                Some(Written {
                    at,
                    base: None,
                    removed: 0,
                })
            }
        };
        self.current = Some(current);
        Ok(written)
    }
}

impl Current {
    fn see(&mut self) -> Result<(Increment, DateTime<Utc>), VaultError> {
        let ((pages, appended, at), _) = self.stores.at_one_moment(|stores| {
            let databases = stores.databases.iter_mut();
            let pages = databases.map(WatchedDatabase::see);
            let pages: Vec<_> = pages.collect::<Result<_, _>>()?;
            let broker = stores.broker.as_mut();
            let appended = broker.map(WatchedBroker::see).transpose()?;
            Ok::<_, VaultError>((pages, appended.unwrap_or_default(), Utc::now()))
        })?;
        let mut increment = Increment::default();
        for (database, pages) in self.stores.databases.iter().zip(pages) {
            let name = database.path().file_name().unwrap_or_default();
            increment.add_pages(&name.to_string_lossy(), pages.squashed());
        }
        for appended in appended {
            increment.add_appended(appended);
        }
        Ok((increment, at))
    }
}
