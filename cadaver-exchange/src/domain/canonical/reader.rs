//! Reads the small pieces of the canonical form, trusting nothing.

/// Bytes that are no canonical form of a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeStateError {
    /// The bytes end too early.
    #[error("the state ends in the middle, at byte {0}")]
    Truncated(usize),
    /// Bytes follow the end.
    #[error("the state has {0} bytes too many")]
    TooLong(usize),
    /// A form that this version does not know.
    #[error("the state has form {0}, which this version does not know")]
    UnknownForm(u8),
    /// A value that cannot be.
    #[error("the state holds an impossible {0}")]
    Impossible(&'static str),
}

/// Bytes and how far they have been read.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The form in which the state is written.
    pub(super) form: u8,
}

type Read<T> = Result<T, DecodeStateError>;

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            form: 0,
        }
    }

    pub(super) fn finish(self) -> Read<()> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            more => Err(DecodeStateError::TooLong(more)),
        }
    }

    pub(super) fn byte(&mut self) -> Read<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn flag(&mut self) -> Read<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DecodeStateError::Impossible("flag")),
        }
    }

    pub(super) fn u32(&mut self) -> Read<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Read<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Read<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(super) fn text(&mut self) -> Read<&'a str> {
        let length =
            usize::try_from(self.u64()?).map_err(|_| DecodeStateError::Impossible("length"))?;
        std::str::from_utf8(self.slice(length)?).map_err(|_| DecodeStateError::Impossible("text"))
    }

    pub(super) fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if self.flag()? {
            read(self).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads a list's length and then calls `read` so many times.
    pub(super) fn list(&mut self, mut read: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        for _ in 0..self.u64()? {
            read(self)?;
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let slice = self.slice(N)?;
        Ok(slice
            .try_into()
            .expect("a slice of N bytes makes an array of N"))
    }

    fn slice(&mut self, length: usize) -> Read<&'a [u8]> {
        let end = self
            .at
            .checked_add(length)
            .filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(DecodeStateError::Truncated(self.at))?;
        let slice = &self.bytes[self.at..end];
        self.at = end;
        Ok(slice)
    }
}
