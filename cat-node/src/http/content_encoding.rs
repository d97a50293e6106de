//! Bodies that come compressed, within the same bound as others: what they are inflated to counts.

use std::io::{ErrorKind, Read};

use actix_web::http::header::{CONTENT_ENCODING, HeaderMap};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::answer::Refusal;

/// What a gzip stream begins with (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Identity,
    Gzip,
    Deflate,
}

impl Encoding {
    /// Refuses what cannot be undone here.
    pub fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let named = headers.get(CONTENT_ENCODING);
        let named = named.map(|value| value.to_str().unwrap_or_default().to_ascii_lowercase());
        match named.as_deref().unwrap_or("identity") {
            "identity" => Ok(Self::Identity),
            "gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            other => Err(Refusal::plain(
                415,
                format!("unsupported content encoding \"{other}\""),
            )),
        }
    }

    /// The body as it was before, if it is no longer than `max_bytes`.
    pub fn undo(self, body: &[u8], max_bytes: usize) -> Result<Vec<u8>, Refusal> {
        match self {
            Self::Identity => Ok(body.to_vec()),
            // The decoder would ask for more of what cannot become one.
            Self::Gzip if !body.is_empty() && !body.starts_with(&GZIP_MAGIC) => {
                Err(no_such_stream())
            }
            Self::Gzip => inflate(MultiGzDecoder::new(body), max_bytes),
            Self::Deflate => inflate(ZlibDecoder::new(body), max_bytes),
        }
    }
}

fn no_such_stream() -> Refusal {
    Refusal::plain(400, "incorrect header check".to_owned())
}

/// Never holds more than one byte beyond the bound.
fn inflate(decoder: impl Read, max_bytes: usize) -> Result<Vec<u8>, Refusal> {
    let mut inflated = Vec::new();
    let bound = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    let mut decoder = decoder.take(bound.saturating_add(1));
    decoder
        .read_to_end(&mut inflated)
        .map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Refusal::plain(400, "unexpected end of file".to_owned()),
            _ => no_such_stream(),
        })?;
    if inflated.len() > max_bytes {
        return Err(Refusal::too_large());
    }
    Ok(inflated)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn bodies_are_inflated() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(b"{\"a\":1}").unwrap();
        let zlib = zlib.finish().unwrap();
        assert_eq!(Encoding::Deflate.undo(&zlib, 7).unwrap(), b"{\"a\":1}");
        let parts = [gzip(b"{\"a\""), gzip(b":1}")].concat();
        assert_eq!(Encoding::Gzip.undo(&parts, 7).unwrap(), b"{\"a\":1}");
    }

    #[test]
    fn a_small_body_that_grows_beyond_the_bound_is_refused() {
        let bomb = gzip(&vec![b' '; 10_000_000]);
        assert!(bomb.len() < 20_000, "{} bytes", bomb.len());
        let refused = Encoding::Gzip.undo(&bomb, 1_000_000).unwrap_err();
        assert_eq!(refused.status(), 413);
    }

    #[test]
    fn what_is_no_such_stream_is_refused() {
        let whole = gzip(b"{\"a\": \"some text\"}");
        for body in [&whole[..whole.len() - 9], b"", b"{\"a\":1}"] {
            assert_eq!(Encoding::Gzip.undo(body, 100).unwrap_err().status(), 400);
        }
        assert_eq!(
            Encoding::Deflate.undo(b"{}", 100).unwrap_err().status(),
            400
        );
    }
}
