//! What an authenticator app shows: six digits, SHA-1, every 30 seconds.

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;

pub(crate) fn shown(secret: &str, now: DateTime<Utc>) -> String {
    let step = u64::try_from(now.timestamp()).unwrap() / 30;
    let key = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let offset = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[offset..offset + 4].try_into().unwrap());
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}
