//! What those need who find out what happened: processes and connections as they were, sealed copies of all stores, the
//! logs, and a list of hashes that shows later that nothing was changed. No secret is in it in the clear.

use super::places::Places;
use super::quarantine::{children_of, runner_of};
use super::tools::catweb;
use anyhow::Context as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A setting whose name has one of these is a secret, or the way to one.
const SECRET_WORDS: [&str; 6] = ["KEY", "SECRET", "PASSWORD", "TOKEN", "CREDENTIAL", "URL"];
/// Names of settings of Catweb start with one of these.
const OUR_SETTINGS: [&str; 5] = [
    "CAT_NODE__",
    "CADAVER_EXCHANGE__",
    "MOUSE_TRAP__",
    "PARSE_SERVER_",
    "DATABASE_URL",
];

/// Files are read in pieces of this size.
const READ_BYTES: usize = 64 * 1024;

/// A process as it was found.
#[derive(Debug, Serialize)]
struct Seen {
    pid: u32,
    command: Vec<String>,
    program: Option<PathBuf>,
    /// Names only: a value may be a secret.
    settings: Vec<String>,
}

/// A file of the evidence.
#[derive(Debug, Serialize)]
struct Listed {
    file: PathBuf,
    bytes: u64,
    sha256: String,
}

/// Notes what is gone when it is stopped. Answers the secrets that were set from outside: people have to replace those.
pub(super) fn observe(places: &Places) -> anyhow::Result<(Vec<String>, String)> {
    let runner = runner_of(places.data_dir())?;
    let children = match runner {
        Some(_) => children_of(places.data_dir())?,
        None => Vec::new(),
    };
    let seen: Vec<Seen> = runner.into_iter().chain(children).map(look_at).collect();
    write_json(&places.evidence().join("processes.json"), &seen)?;
    for table in ["tcp", "tcp6"] {
        // Not every system tells.
        if let Ok(text) = fs::read(Path::new("/proc/net").join(table)) {
            fs::write(places.evidence().join(format!("{table}.txt")), text)?;
        }
    }
    let own = seen.first().map(|runner| runner.settings.as_slice());
    let mut by_hand: Vec<String> = own.unwrap_or_default().to_vec();
    by_hand.retain(|name| SECRET_WORDS.iter().any(|word| name.contains(word)));
    let told = format!(
        "{} processes; {} secrets come from their environment",
        seen.len(),
        by_hand.len()
    );
    Ok((by_hand, told))
}

fn look_at(pid: u32) -> Seen {
    let place = PathBuf::from(format!("/proc/{pid}"));
    let words = |file: &str| -> Vec<String> {
        let bytes = fs::read(place.join(file)).unwrap_or_default();
        let words = bytes.split(|byte| *byte == 0).filter(|it| !it.is_empty());
        words
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect()
    };
    let mut settings: Vec<String> = words("environ")
        .iter()
        .filter_map(|setting| setting.split_once('='))
        .map(|(name, _)| name.to_owned())
        .filter(|name| OUR_SETTINGS.iter().any(|start| name.starts_with(start)))
        .collect();
    settings.sort();
    Seen {
        pid,
        command: words("cmdline"),
        program: fs::read_link(place.join("exe")).ok(),
        settings,
    }
}

/// Keeps the stores and the logs, and lists all that is kept.
pub(super) async fn preserve(
    places: &Places,
    recipients: &[String],
) -> anyhow::Result<((), String)> {
    let sealed = seal(places, recipients).await;
    let how = match &sealed {
        Ok(()) => "stores sealed".to_owned(),
        // A damaged store cannot be backed up, and is evidence all the more.
        Err(error) => {
            copy_folder(places.data_dir(), &places.evidence().join("as-found"))
                .context("the data folder cannot be copied")?;
            format!("stores copied as they are ({error:#})")
        }
    };
    let logs = places.data_dir().join("logs");
    if logs.is_dir() {
        copy_folder(&logs, &places.evidence().join("logs"))?;
    }
    let listed = list(places.evidence())?;
    let list = places.evidence().join("manifest.json");
    write_json(&list, &listed)?;
    let (_, hash) = hash_of(&list)?;
    let told = format!(
        "{how}; {} files; SHA-256 of manifest.json, to be noted elsewhere: {hash}",
        listed.len()
    );
    Ok(((), told))
}

async fn seal(places: &Places, recipients: &[String]) -> anyhow::Result<()> {
    let mut arguments: Vec<OsString> = vec!["backup".into(), "--data-dir".into()];
    arguments.extend([places.data_dir().into(), "--backups".into()]);
    arguments.push(places.evidence().join("stores").into());
    if recipients.is_empty() {
        arguments.extend(["--backup-key".into(), places.evidence_key().into()]);
    }
    for recipient in recipients {
        arguments.extend(["--recipient".into(), recipient.into()]);
    }
    catweb(arguments).await.map(drop)
}

/// Regular files and folders; the data folder has nothing else.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => fs::copy(entry.path(), target).map(drop)?,
        }
    }
    Ok(())
}

/// All files under the folder with their hashes, by name.
fn list(folder: &Path) -> anyhow::Result<Vec<Listed>> {
    let (mut listed, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let (bytes, sha256) = hash_of(&path)?;
            let file = path.strip_prefix(folder)?.to_owned();
            listed.push(Listed {
                file,
                bytes,
                sha256,
            });
        }
    }
    listed.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(listed)
}

fn hash_of(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut hasher, mut bytes) = (File::open(path)?, Sha256::new(), 0);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
    let digest = hasher.finalize();
    let hex = digest.iter().map(|byte| format!("{byte:02x}"));
    Ok((bytes, hex.collect()))
}

fn write_json(path: &Path, content: &impl Serialize) -> anyhow::Result<()> {
    fs::write(path, serde_json::to_string_pretty(content)? + "\n")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_with_its_hash() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("logs")).expect("made");
        fs::write(folder.path().join("logs/a.log"), "abc").expect("written");
        fs::write(folder.path().join("b"), "").expect("written");
        let listed = list(folder.path()).expect("listed");
        let told: Vec<_> = listed
            .iter()
            .map(|it| (it.file.to_str().expect("text"), it.bytes, &it.sha256[..8]))
            .collect();
        assert_eq!(told, [("b", 0, "e3b0c442"), ("logs/a.log", 3, "ba7816bf")]);
    }
}
