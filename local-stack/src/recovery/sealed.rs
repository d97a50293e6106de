//! Encrypted files: written whole or not at all, read again after writing.

use super::key::BackupKey;
use age::{Decryptor, Encryptor};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A sealed file cannot be written, or is not what was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error("{} cannot be read or written", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} cannot be encrypted", path.display())]
    Encrypt {
        path: PathBuf,
        source: Box<age::EncryptError>,
    },
    #[error("{} cannot be opened with this key", path.display())]
    Decrypt {
        path: PathBuf,
        source: Box<age::DecryptError>,
    },
    #[error("{} is not what was written: {what}", path.display())]
    Changed { path: PathBuf, what: &'static str },
    #[error("the secret half of the backup key is needed to open backups")]
    NoIdentity,
}

/// What is known of a sealed file without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// Bytes before they were encrypted.
    pub(crate) bytes: u64,
    /// Bytes of the file.
    pub(crate) sealed_bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub(crate) sealed_sha256: String,
}

/// Encrypts all that `content` gives into the file, and reads the file again.
pub(crate) fn seal(
    path: &Path,
    key: &BackupKey,
    content: &mut impl Read,
) -> Result<Seal, SealError> {
    let io = |source| failed(path, source);
    let recipients = key.recipients().iter();
    let encryptor = Encryptor::with_recipients(recipients.map(|recipient| recipient as _))
        .map_err(|source| SealError::Encrypt {
            path: path.to_owned(),
            source: source.into(),
        })?;
    let half_written = path.with_extension("partial");
    let file = File::create(&half_written).map_err(io)?;
    let hashing = Hashing::new(BufWriter::new(file));
    let mut sealing = encryptor.wrap_output(hashing).map_err(io)?;
    let bytes = io::copy(content, &mut sealing).map_err(io)?;
    let mut hashing = sealing.finish().map_err(io)?;
    hashing.flush().map_err(io)?;
    let seal = Seal {
        bytes,
        sealed_bytes: hashing.bytes,
        sealed_sha256: hashing.digest(),
    };
    hashing.inner.get_ref().sync_all().map_err(io)?;
    check(&half_written, &seal, key)?;
    fs::rename(&half_written, path).map_err(io)?;
    Ok(seal)
}

/// Reads the file: it must be the one that the seal tells of, and, where the secret is there, open whole.
pub(crate) fn check(path: &Path, seal: &Seal, key: &BackupKey) -> Result<(), SealError> {
    check_outside(path, seal)?;
    if key.identity().is_none() {
        return Ok(());
    }
    let opened = io::copy(&mut open(path, key)?, &mut io::sink());
    match opened.map_err(|source| failed(path, source))? == seal.bytes {
        true => Ok(()),
        false => Err(changed(path, "it opens to another length")),
    }
}

/// The same without opening it.
pub(crate) fn check_outside(path: &Path, seal: &Seal) -> Result<(), SealError> {
    let io = |source| failed(path, source);
    let mut hashing = Hashing::new(io::sink());
    let bytes = io::copy(&mut File::open(path).map_err(io)?, &mut hashing).map_err(io)?;
    if bytes != seal.sealed_bytes {
        return Err(changed(path, "it has another length"));
    }
    match hashing.digest() == seal.sealed_sha256 {
        true => Ok(()),
        false => Err(changed(path, "it has another checksum")),
    }
}

/// What is in the file. A change anywhere in it is an error of the reader.
pub(crate) fn open(path: &Path, key: &BackupKey) -> Result<impl Read + use<>, SealError> {
    let identity = key.identity().ok_or(SealError::NoIdentity)?;
    let decrypt = |source: age::DecryptError| SealError::Decrypt {
        path: path.to_owned(),
        source: source.into(),
    };
    let file = File::open(path).map_err(|source| failed(path, source))?;
    let decryptor = Decryptor::new_buffered(BufReader::new(file)).map_err(decrypt)?;
    decryptor
        .decrypt(std::iter::once(identity as _))
        .map_err(decrypt)
}

fn failed(path: &Path, source: io::Error) -> SealError {
    SealError::Io {
        path: path.to_owned(),
        source,
    }
}

fn changed(path: &Path, what: &'static str) -> SealError {
    SealError::Changed {
        path: path.to_owned(),
        what,
    }
}

/// Counts and hashes what passes through.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    fn new(inner: W) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
            bytes: 0,
        }
    }

    fn digest(&self) -> String {
        let digest = self.hash.clone().finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(folder: &Path) -> BackupKey {
        BackupKey::of_file(&folder.join("key")).expect("a key").0
    }

    #[test]
    fn what_was_sealed_comes_back_and_a_flipped_bit_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let (key, path) = (key(folder.path()), folder.path().join("a.age"));
        let text = b"a mouse".repeat(20_000);
        let seal = seal(&path, &key, &mut text.as_slice()).expect("sealed");
        let mut opened = Vec::new();
        let mut reader = open(&path, &key).expect("opens");
        reader.read_to_end(&mut opened).expect("whole");
        assert_eq!(opened, text);
        let mut sealed = fs::read(&path).expect("read");
        assert!(!sealed.windows(7).any(|seven| seven == b"a mouse"));

        let middle = sealed.len() / 2;
        sealed[middle] ^= 1;
        fs::write(&path, &sealed).expect("written");
        assert!(matches!(
            check(&path, &seal, &key),
            Err(SealError::Changed { .. })
        ));
        let mut reader = open(&path, &key).expect("its header is whole");
        assert!(io::copy(&mut reader, &mut io::sink()).is_err());
    }

    #[test]
    fn a_machine_that_only_writes_cannot_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = key(folder.path());
        let writer = BackupKey::of_recipients(&[key.told()]).expect("its public half");
        let path = folder.path().join("a.age");
        seal(&path, &writer, &mut b"a rat".as_slice()).expect("sealed");
        assert!(matches!(open(&path, &writer), Err(SealError::NoIdentity)));
        let other = BackupKey::of_file(&folder.path().join("other"));
        let (other, made) = other.expect("made");
        assert!(made && open(&path, &other).is_err());
        assert!(open(&path, &key).is_ok());
    }
}
