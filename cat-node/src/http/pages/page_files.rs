//! Where pages are read from: the program itself, or a folder of the operator.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use super::OpenPagesError;

/// The largest file that is served.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;
const MAX_DEPTH: usize = 8;

macro_rules! built_in {
    ($($folder:literal from $source:literal: [$($file:literal),+]),+) => {
        &[$($((concat!($folder, $file), include_str!(concat!("../../../pages/", $source, $file)))),+),+]
    };
}

/// The pages that the program brings along.
const BUILT_IN: &[(&str, &str)] = built_in!(
    "" from "": [
        "password_reset.html", "password_reset_success.html", "password_reset_link_invalid.html",
        "email_verification_success.html", "email_verification_link_invalid.html", "email_verification_link_expired.html",
        "email_verification_send_success.html", "email_verification_send_fail.html"
    ],
    "de/" from "de/": [
        "password_reset.html", "password_reset_success.html", "password_reset_link_invalid.html",
        "email_verification_success.html", "email_verification_link_invalid.html", "email_verification_link_expired.html",
        "email_verification_send_success.html", "email_verification_send_fail.html"
    ],
    "de-AT/" from "de/": [
        "password_reset.html", "password_reset_success.html", "password_reset_link_invalid.html",
        "email_verification_success.html", "email_verification_link_invalid.html", "email_verification_link_expired.html",
        "email_verification_send_success.html", "email_verification_send_fail.html"
    ]
);

#[derive(Debug)]
pub(super) enum PageFiles {
    BuiltIn,
    /// Without links in its path.
    Folder(PathBuf),
}

impl PageFiles {
    pub(super) fn open(path: Option<&str>) -> Result<Self, OpenPagesError> {
        let Some(path) = path.filter(|path| !path.is_empty()) else {
            return Ok(Self::BuiltIn);
        };
        let unusable = |cause| OpenPagesError {
            setting: "pages_path",
            path: path.to_owned(),
            cause,
        };
        let folder = Path::new(path).canonicalize().map_err(unusable)?;
        if !folder.is_dir() {
            return Err(unusable(ErrorKind::NotADirectory.into()));
        }
        Ok(Self::Folder(folder))
    }

    /// The file at this path within the pages; `None` for what is not there, and for what is not within them.
    pub(super) async fn read(&self, path: &str) -> Option<Vec<u8>> {
        match self {
            Self::BuiltIn => {
                let known = BUILT_IN.iter().find(|(known, _)| *known == path);
                known.map(|(_, content)| content.as_bytes().to_vec())
            }
            Self::Folder(folder) => {
                let file = within(folder, path).await.ok()?;
                tokio::fs::read(file).await.ok()
            }
        }
    }

    pub(super) async fn has(&self, path: &str) -> bool {
        match self {
            Self::BuiltIn => BUILT_IN.iter().any(|(known, _)| *known == path),
            Self::Folder(folder) => within(folder, path).await.is_ok(),
        }
    }
}

/// The path of a file that really lies in the folder, whatever names and links say.
async fn within(folder: &Path, path: &str) -> Result<PathBuf, Error> {
    let is_plain = |name: &str| {
        !name.is_empty() && !name.starts_with('.') && !name.contains(['\\', '\0', ':'])
    };
    let outside = || Error::from(ErrorKind::NotFound);
    if !path.split('/').all(is_plain) || path.split('/').count() > MAX_DEPTH {
        return Err(outside());
    }
    let file = tokio::fs::canonicalize(folder.join(path)).await?;
    if !file.starts_with(folder) {
        return Err(outside());
    }
    let about = tokio::fs::metadata(&file).await?;
    if !about.is_file() || about.len() > MAX_FILE_BYTES {
        return Err(outside());
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_read_from_outside() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.html"), "secret").unwrap();
        let folder = outside.path().join("pages");
        std::fs::create_dir_all(folder.join("de")).unwrap();
        std::fs::write(folder.join("de/a.html"), "hallo").unwrap();
        std::fs::write(folder.join(".env"), "KEY=1").unwrap();
        std::os::unix::fs::symlink("../secret.html", folder.join("link.html")).unwrap();
        let files = PageFiles::open(folder.to_str()).unwrap();
        assert_eq!(files.read("de/a.html").await.unwrap(), b"hallo");
        for path in [
            "../secret.html",
            "de/../../secret.html",
            "link.html",
            "/etc/passwd",
            "de",
            ".env",
            "de//a.html",
            "..\\secret.html",
            "",
        ] {
            assert_eq!(files.read(path).await, None, "{path}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_refused_by_name() {
        let error = PageFiles::open(Some("/no/such/folder")).unwrap_err();
        assert!(error.to_string().contains("pages_path"), "{error}");
    }
}
