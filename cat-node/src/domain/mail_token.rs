//! The tokens of mailed links: what they look like, how long they are good, when one may be sent again.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;
use subtle::ConstantTimeEq;

use super::object::ParseObject;
use super::object_id::new_object_id;

/// As parse-server makes them; 148 bits.
const TOKEN_CHARS: usize = 25;

/// Where a user keeps a token and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenFields {
    pub token: &'static str,
    pub expires_at: &'static str,
}

/// The token that proves an e-mail address.
pub const VERIFY_EMAIL: TokenFields = TokenFields {
    token: "_email_verify_token",
    expires_at: "_email_verify_token_expires_at",
};

/// The token that sets a new password.
pub const RESET_PASSWORD: TokenFields = TokenFields {
    token: "_perishable_token",
    expires_at: "_perishable_token_expires_at",
};

/// For how long tokens of a kind are good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenValidity {
    /// `None`: until it is used.
    pub duration: Option<TimeDelta>,
    /// Another mail carries the same token while it is good.
    pub reuse_if_valid: bool,
}

impl TokenValidity {
    pub fn end_of_one_made(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        now.checked_add_signed(self.duration?)
    }
}

/// A new token; the randomness must be fit for secrets.
pub fn new_token(random: &mut impl Rng) -> String {
    new_object_id(random, TOKEN_CHARS).as_str().to_owned()
}

impl TokenFields {
    /// Whether this is the user's token, in a time that does not tell how much of it fits.
    pub fn fits(&self, user: &ParseObject, token: &str) -> bool {
        let own = user.text(self.token);
        own.is_some_and(|own| own.as_bytes().ct_eq(token.as_bytes()).into())
    }

    /// Whether the token that the user has is past its end; one without an end never is.
    pub fn is_expired(&self, user: &ParseObject, now: DateTime<Utc>) -> bool {
        let end = user.get(self.expires_at).and_then(|end| end.as_date());
        end.is_some_and(|end| end < now)
    }

    /// Whether another mail may carry the token that the user has.
    pub fn may_be_sent_again(
        &self,
        user: &ParseObject,
        validity: TokenValidity,
        now: DateTime<Utc>,
    ) -> bool {
        let end = user.get(self.expires_at).and_then(|end| end.as_date());
        validity.reuse_if_valid
            && validity.duration.is_some()
            && user.text(self.token).is_some()
            && end.is_some_and(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::ObjectId;
    use crate::domain::value::Fields;

    fn user(end: DateTime<Utc>) -> ParseObject {
        let fields = Fields::from_iter([
            (RESET_PASSWORD.token.to_owned(), "abc".into()),
            (RESET_PASSWORD.expires_at.to_owned(), end.into()),
        ]);
        ParseObject::new(ObjectId::new("u"), end, None, fields)
    }

    #[test]
    fn tokens_are_long_and_different() {
        let (a, b) = (new_token(&mut rand::rng()), new_token(&mut rand::rng()));
        assert!(a.len() == TOKEN_CHARS && a != b);
    }

    #[test]
    fn a_token_ends_and_is_reused_only_before() {
        let end = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let (before, after) = (end - TimeDelta::seconds(1), end + TimeDelta::seconds(1));
        let validity = TokenValidity {
            duration: Some(TimeDelta::hours(1)),
            reuse_if_valid: true,
        };
        let user = user(end);
        assert!(!RESET_PASSWORD.is_expired(&user, before));
        assert!(RESET_PASSWORD.is_expired(&user, after));
        assert!(RESET_PASSWORD.may_be_sent_again(&user, validity, before));
        assert!(!RESET_PASSWORD.may_be_sent_again(&user, validity, after));
        assert!(!RESET_PASSWORD.may_be_sent_again(&user, TokenValidity::default(), before));
    }

    #[test]
    fn only_the_whole_token_fits() {
        let user = user(DateTime::UNIX_EPOCH);
        assert!(RESET_PASSWORD.fits(&user, "abc"));
        assert!(!RESET_PASSWORD.fits(&user, "ab") && !VERIFY_EMAIL.fits(&user, ""));
    }
}
