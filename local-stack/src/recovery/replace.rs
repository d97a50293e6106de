//! Lets what was brought together take the place of what is there, which is kept.

use super::identity::RESTORED;
use super::stores::everything;
use chrono::Utc;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// While this file is in a data folder, part of it is of before and part of after a restore.
pub(crate) const UNDER_WAY: &str = "restore-under-way";

/// Not everything is in its place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplaceError {
    #[error("{} was not brought together; nothing was changed", .0.display())]
    NotStaged(PathBuf),
    #[error("the data folder cannot be written to; nothing was changed")]
    NotBegun(#[source] io::Error),
    #[error(
        "the restore was interrupted while files took their places: run it again. What was there before is in {}",
        kept.display()
    )]
    Interrupted { kept: PathBuf, source: io::Error },
}

/// Moves what is there aside and the `names` of what is staged into its place. Answers where what was there is.
pub(super) fn replace(
    data_dir: &Path,
    staged: &Path,
    names: &[PathBuf],
) -> Result<PathBuf, ReplaceError> {
    let missing = names.iter().find(|name| !staged.join(name).exists());
    if let Some(name) = missing {
        return Err(ReplaceError::NotStaged(name.clone()));
    }
    let stamp = Utc::now().format("%Y-%m-%dT%H-%M-%S%.3fZ");
    let kept = data_dir.join(format!("replaced-{stamp}"));
    let begin = || {
        fs::create_dir(&kept)?;
        File::create(data_dir.join(UNDER_WAY))?.sync_all()?;
        File::open(data_dir)?.sync_all()
    };
    begin().map_err(ReplaceError::NotBegun)?;
    match swap(data_dir, staged, names, &kept) {
        Ok(()) => Ok(kept),
        Err(source) => Err(ReplaceError::Interrupted { kept, source }),
    }
}

fn swap(data_dir: &Path, staged: &Path, names: &[PathBuf], kept: &Path) -> io::Result<()> {
    for name in everything() {
        match fs::rename(data_dir.join(&name), kept.join(&name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    for name in names {
        fs::rename(staged.join(name), data_dir.join(name))?;
    }
    File::create(data_dir.join(RESTORED))?;
    File::open(data_dir)?.sync_all()?;
    fs::remove_file(data_dir.join(UNDER_WAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_staged_replaces_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data_dir, staged) = (folder.path().join("data"), folder.path().join("staged"));
        for place in [&data_dir, &staged] {
            fs::create_dir(place).expect("made");
            fs::write(place.join("master-key"), "").expect("written");
        }
        fs::write(data_dir.join("cat-node.db"), "cats").expect("written");
        let names = ["master-key", "cat-node.db"].map(PathBuf::from);
        let error = replace(&data_dir, &staged, &names).expect_err("refused");
        assert!(matches!(error, ReplaceError::NotStaged(_)), "{error}");
        assert!(data_dir.join("cat-node.db").exists());
        fs::write(staged.join("cat-node.db"), "other cats").expect("written");
        let kept = replace(&data_dir, &staged, &names).expect("replaced");
        let [now, before] = [&data_dir, &kept].map(|at| fs::read(at.join("cat-node.db")));
        assert_eq!(now.expect("there"), b"other cats");
        assert_eq!(before.expect("there"), b"cats");
    }
}
