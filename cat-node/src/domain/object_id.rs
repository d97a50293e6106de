//! New ids and tokens, from randomness that is given.

use rand::Rng;

use super::names::ObjectId;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Parse's own default length.
pub const DEFAULT_OBJECT_ID_CHARS: usize = 10;

/// A random id of letters and digits.
pub fn new_object_id(random: &mut impl Rng, chars: usize) -> ObjectId {
    let id: String = (0..chars)
        .map(|_| {
            char::from(ALPHABET[usize::try_from(random.next_u32() % 62).expect("less than 62")])
        })
        .collect();
    ObjectId::new(id)
}

/// A session token: `r:` and 32 hexadecimal digits.
pub fn new_session_token(random: &mut impl Rng) -> String {
    let mut bytes = [0_u8; 16];
    random.fill_bytes(&mut bytes);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("r:{hex}")
}
