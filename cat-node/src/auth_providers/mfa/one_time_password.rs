//! One-time passwords (RFC 4226, RFC 6238).

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use subtle::ConstantTimeEq as _;

/// Steps before and after the present one whose passwords are taken, for clocks that differ.
const WINDOW: u64 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    /// As authenticator apps write it.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().replace('-', "").as_str() {
            "SHA1" => Self::Sha1,
            "SHA256" => Self::Sha256,
            "SHA512" => Self::Sha512,
            _ => return None,
        })
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

/// How passwords are made.
#[derive(Debug, Clone, Copy)]
pub struct Totp {
    pub algorithm: Algorithm,
    pub digits: u32,
    pub period_s: u64,
}

/// A character that base 32 has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Invalid character found: {0}")]
pub struct InvalidSecret(char);

/// The bytes of a secret as it is shown to people: in base 32, in any case, with spaces and padding or without.
pub fn secret_bytes(secret: &str) -> Result<Vec<u8>, InvalidSecret> {
    let clean: String = secret.chars().filter(|c| *c != ' ').collect();
    let clean = clean.trim_end_matches('=').to_uppercase();
    if let Some(wrong) = clean.chars().find(|c| !matches!(c, 'A'..='Z' | '2'..='7')) {
        return Err(InvalidSecret(wrong));
    }
    // Bits that do not fill a byte are dropped, as authenticator apps do.
    let bits: String = clean;
    let whole = bits.len() / 8 * 8;
    let mut bytes = BASE32_NOPAD
        .decode(&bits.as_bytes()[..whole])
        .unwrap_or_default();
    bytes.extend(last_bytes(&bits[whole..]));
    Ok(bytes)
}

/// The whole bytes in fewer than eight characters.
fn last_bytes(rest: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => u64::from(c - b'A'),
        _ => u64::from(c.saturating_sub(b'2')) + 26,
    };
    let bits = rest.bytes().fold(0_u64, |bits, c| bits << 5 | value(c));
    let count = rest.len() * 5;
    (1..=count / 8)
        .map(|byte| {
            bits.wrapping_shr(u32::try_from(count - byte * 8).unwrap_or(0))
                .to_le_bytes()[0]
        })
        .collect()
}

impl Totp {
    /// The step whose password it is; steps are counted from 1970.
    pub fn step_of(self, secret: &[u8], password: &str, unix_s: u64) -> Option<u64> {
        let now = unix_s / self.period_s;
        let steps = [now, now.saturating_sub(WINDOW), now + WINDOW];
        steps.into_iter().find(|step| {
            bool::from(
                self.password(secret, *step)
                    .as_bytes()
                    .ct_eq(password.as_bytes()),
            )
        })
    }

    pub fn password(self, secret: &[u8], step: u64) -> String {
        let key = hmac::Key::new(self.algorithm.hmac(), secret);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[tag.len() - 1] & 0xf);
        let bytes = tag[offset..].iter().take(4);
        let number = bytes.fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) & 0x7fff_ffff;
        let width = usize::try_from(self.digits).unwrap_or(10);
        format!("{:0width$}", number % 10_u64.pow(self.digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totp(algorithm: Algorithm) -> Totp {
        Totp {
            algorithm,
            digits: 8,
            period_s: 30,
        }
    }

    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        let secret = |length: usize| -> Vec<u8> {
            b"1234567890".iter().copied().cycle().take(length).collect()
        };
        for (algorithm, length, at_59, at_1111111109) in [
            (Algorithm::Sha1, 20, "94287082", "07081804"),
            (Algorithm::Sha256, 32, "46119246", "68084774"),
            (Algorithm::Sha512, 64, "90693936", "25091201"),
        ] {
            assert_eq!(totp(algorithm).password(&secret(length), 59 / 30), at_59);
            assert_eq!(
                totp(algorithm).password(&secret(length), 1_111_111_109 / 30),
                at_1111111109
            );
        }
    }

    #[test]
    fn a_password_is_good_for_a_step_before_and_after() {
        let totp = totp(Algorithm::Sha1);
        let password = totp.password(b"12345678901234567890", 10);
        for (seconds, step) in [
            (270, Some(10)),
            (300, Some(10)),
            (359, Some(10)),
            (360, None),
            (269, None),
        ] {
            assert_eq!(
                totp.step_of(b"12345678901234567890", &password, seconds),
                step,
                "{seconds}"
            );
        }
        assert_eq!(totp.step_of(b"12345678901234567890", "", 300), None);
    }

    #[test]
    fn secrets_are_read_as_people_write_them() {
        assert_eq!(secret_bytes("GEZD GNBV GY3T QOJQ").unwrap(), b"1234567890");
        assert_eq!(secret_bytes("gezdgnbvgy3tqojq====").unwrap(), b"1234567890");
        assert_eq!(secret_bytes("MFRGG").unwrap(), b"abc");
        assert_eq!(
            secret_bytes("MF!").unwrap_err().to_string(),
            "Invalid character found: !"
        );
    }
}
