//! The frame around each record: length, checksum, kind, body. A frame that is not whole ends the log.

use std::io::{self, Read};

/// Length and checksum, four bytes each, little endian.
const HEADER_BYTES: usize = 8;
/// No record is longer: a publish request has at most 10 MB, a seek names at most all kept messages.
const MAX_BODY_BYTES: usize = 128 * 1024 * 1024;

/// Appends a frame whose body `write` appends; answers what `write` does.
pub(super) fn append<T>(
    buffer: &mut Vec<u8>,
    kind: u8,
    write: impl FnOnce(&mut Vec<u8>) -> T,
) -> T {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; HEADER_BYTES]);
    buffer.push(kind);
    let answer = write(buffer);
    let body = &buffer[start + HEADER_BYTES..];
    let checksum = crc32fast::hash(body);
    let length = u32::try_from(body.len()).expect("a record is smaller than 128 MiB");
    buffer[start..start + 4].copy_from_slice(&length.to_le_bytes());
    buffer[start + 4..start + 8].copy_from_slice(&checksum.to_le_bytes());
    answer
}

/// A frame that was read.
#[derive(Debug)]
pub(super) struct Frame<'b> {
    pub(super) kind: u8,
    pub(super) body: &'b [u8],
    /// Where the body begins, counted from the frame's beginning.
    pub(super) body_at: usize,
    pub(super) length: usize,
}

/// Reads the next frame into `buffer`. `None`: the log ends here, properly or torn.
pub(super) fn read<'b>(
    reader: &mut impl Read,
    buffer: &'b mut Vec<u8>,
) -> io::Result<Option<Frame<'b>>> {
    let mut header = [0; HEADER_BYTES];
    if !fill(reader, &mut header)? {
        return Ok(None);
    }
    let [a, b, c, d, e, f, g, h] = header;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let checksum = u32::from_le_bytes([e, f, g, h]);
    if length == 0 || length > MAX_BODY_BYTES {
        return Ok(None);
    }
    buffer.clear();
    reader.by_ref().take(length as u64).read_to_end(buffer)?;
    if buffer.len() < length || crc32fast::hash(buffer) != checksum {
        return Ok(None);
    }
    let (kind, body) = (buffer[0], &buffer[1..]);
    Ok(Some(Frame {
        kind,
        body,
        body_at: HEADER_BYTES + 1,
        length: HEADER_BYTES + length,
    }))
}

/// Fills the buffer; false when the reader ends before.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_or_changed_frame_ends_the_log() {
        let mut log = Vec::new();
        append(&mut log, 7, |body| body.extend_from_slice(b"mouse"));
        let whole = log.clone();
        append(&mut log, 8, |body| body.extend_from_slice(b"rat"));
        let mut buffer = Vec::new();
        for end in whole.len()..log.len() {
            let mut reader = &log[..end];
            assert_eq!(
                read(&mut reader, &mut buffer)
                    .expect("memory")
                    .expect("whole")
                    .kind,
                7
            );
            assert!(
                read(&mut reader, &mut buffer).expect("memory").is_none(),
                "cut at {end}"
            );
        }
        let last = log.len() - 1;
        log[last] ^= 1;
        let mut reader = &log[whole.len()..];
        assert!(read(&mut reader, &mut buffer).expect("memory").is_none());
    }
}
