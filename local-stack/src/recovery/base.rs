//! Writes a base: a whole copy of all stores at one moment.

use super::broker_log::{CHECKPOINT, WatchedBroker};
use super::check::fault_of_database;
use super::cut::WatchedStores;
use super::identity;
use super::key::BackupKey;
use super::manifest::{FORMAT, Manifest, StoredFile};
use super::sealed::seal;
use super::staging::Workplace;
use super::stores::{BROKER, SMALL_FILES};
use super::vault::VaultError;
use crate::broker::check_folder;
use chrono::Utc;
use service_chassis::telemetry::with_causes;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// Where the sealed files of a base are.
const FILES: &str = "files";

/// Writes a base of the stores into `place`, a new folder. From then on increments tell what was committed since.
pub(super) fn write(
    stores: &mut WatchedStores,
    data_dir: &Path,
    place: &Path,
    key: &BackupKey,
) -> Result<Manifest, VaultError> {
    let workplace = Workplace::begin(data_dir, "backup")?;
    let staging = workplace.stage()?;
    let links = staging.path().join(BROKER);
    let ((at, lengths), held) = stores.at_one_moment(|stores| {
        for database in &mut stores.databases {
            database.see()?;
        }
        let lengths = stores.broker.as_ref().map(|broker| broker.link(&links));
        Ok::<_, VaultError>((Utc::now(), lengths.transpose()?.unwrap_or_default()))
    })?;

    fs::create_dir_all(place.join(FILES))?;
    let mut writer = BaseWriter {
        place,
        key,
        files: Vec::new(),
    };
    for database in &stores.databases {
        let name = name_of(database.path());
        let copy = staging.path().join(&name);
        database.copy(&copy)?;
        check_copy(&copy)?;
        writer.add(&name, &copy)?;
    }
    if let Some(broker) = &mut stores.broker {
        let copies = staging.path().join("broker-copy");
        for file in copy_log(broker, &links, lengths, &copies)? {
            writer.add(&format!("{BROKER}/{file}"), &copies.join(&file))?;
        }
    }
    for name in SMALL_FILES {
        let path = data_dir.join(name);
        if path.exists() {
            writer.add(name, &path)?;
        }
    }
    let manifest = Manifest {
        format: FORMAT,
        at,
        catweb: env!("CARGO_PKG_VERSION").to_owned(),
        held_us: u64::try_from(held.as_micros()).unwrap_or(u64::MAX),
        files: writer.files,
        stores: identity::of_stores(data_dir),
    };
    manifest.write(place)?;
    Ok(manifest)
}

struct BaseWriter<'a> {
    place: &'a Path,
    key: &'a BackupKey,
    files: Vec<StoredFile>,
}

impl BaseWriter<'_> {
    /// Seals a file.
    fn add(&mut self, path: &str, from: &Path) -> Result<(), VaultError> {
        let sealed = format!("{FILES}/{}.age", path.replace('/', "-"));
        let seal = seal(&self.place.join(&sealed), self.key, &mut File::open(from)?)?;
        self.files.push(StoredFile {
            path: path.to_owned(),
            sealed,
            seal,
        });
        Ok(())
    }
}

/// A damaged database must be heard of when it is backed up, not when it is needed.
fn check_copy(copy: &Path) -> Result<(), VaultError> {
    match fault_of_database(copy) {
        None => Ok(()),
        Some(found) => Err(VaultError::Damaged {
            store: name_of(copy),
            found,
        }),
    }
}

/// Copies the linked files of a log as far as they were noted, and checks that a broker could start on them. Answers their
/// names.
fn copy_log(
    broker: &mut WatchedBroker,
    links: &Path,
    lengths: Vec<(String, u64)>,
    copies: &Path,
) -> Result<Vec<String>, VaultError> {
    fs::create_dir(copies)?;
    let mut names = Vec::new();
    if links.join(CHECKPOINT).exists() {
        fs::copy(links.join(CHECKPOINT), copies.join(CHECKPOINT))?;
        names.push(CHECKPOINT.to_owned());
    }
    for (segment, length) in broker.settle(links, lengths)? {
        let mut content = File::open(links.join(&segment))?.take(length);
        io::copy(&mut content, &mut File::create(copies.join(&segment))?)?;
        names.push(segment);
    }
    check_folder(copies).map_err(|error| VaultError::Damaged {
        store: BROKER.to_owned(),
        found: with_causes(&error),
    })?;
    Ok(names)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
