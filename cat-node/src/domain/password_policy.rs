//! What a password must be, how long it lasts, and which old ones may not come back.

use chrono::{DateTime, TimeDelta, Utc};

use super::error::{ErrorCode, ParseError};
use super::mail_token::TokenValidity;
use super::object::ParseObject;
use super::value::ParseValue;

pub const HISTORY_FIELD: &str = "_password_history";
pub const CHANGED_AT_FIELD: &str = "_password_changed_at";

/// parse-server's `passwordPolicy`, without its pattern and its validator: the settings have those.
#[derive(Debug, Clone)]
pub struct PasswordPolicy {
    /// What a user is told of a password that does not fit.
    pub validation_error: Option<String>,
    pub do_not_allow_username: bool,
    pub max_age: Option<TimeDelta>,
    /// The password in use is one of them.
    pub max_history: usize,
    pub reset_token: TokenValidity,
    pub reset_success_on_invalid_email: bool,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            validation_error: None,
            do_not_allow_username: false,
            max_age: None,
            max_history: 0,
            reset_token: TokenValidity::default(),
            reset_success_on_invalid_email: true,
        }
    }
}

impl PasswordPolicy {
    pub fn check_username(&self, password: &str, username: &str) -> Result<(), ParseError> {
        if self.do_not_allow_username && password.contains(username) {
            let text = "Password cannot contain your username.";
            return Err(ParseError::new(ErrorCode::VALIDATION_ERROR, text));
        }
        Ok(())
    }

    /// The refusal of a password that is not good enough.
    pub fn refusal(&self) -> ParseError {
        let own = self
            .validation_error
            .as_deref()
            .filter(|text| !text.is_empty());
        let text = own.unwrap_or("Password does not meet the Password Policy requirements.");
        ParseError::new(ErrorCode::VALIDATION_ERROR, text)
    }

    /// The hashes that a new password of this user may not fit.
    pub fn barred_hashes<'a>(
        &self,
        user: &'a ParseObject,
        current: Option<&'a str>,
    ) -> Vec<&'a str> {
        if self.max_history == 0 {
            return Vec::new();
        }
        let old = history(user).take(self.max_history - 1);
        old.chain(current).collect()
    }

    pub fn repeated(&self) -> ParseError {
        let text = format!(
            "New password should not be the same as last {} passwords.",
            self.max_history
        );
        ParseError::new(ErrorCode::VALIDATION_ERROR, text)
    }

    /// The history once the current password is an old one; `None` when none is kept.
    pub fn history_after(&self, user: &ParseObject, current: Option<&str>) -> Option<ParseValue> {
        if self.max_history == 0 {
            return None;
        }
        let kept = self.max_history.saturating_sub(2);
        let old: Vec<&str> = history(user).take(self.max_history).collect();
        let newest = &old[old.len().saturating_sub(kept)..];
        let hashes = newest.iter().copied().chain(current);
        Some(ParseValue::Array(hashes.map(ParseValue::from).collect()))
    }

    /// Refuses a log-in with a password that has been in use for too long.
    pub fn check_age(
        &self,
        changed_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), ParseError> {
        let end = self
            .max_age
            .and_then(|age| changed_at.checked_add_signed(age));
        if end.is_some_and(|end| end < now) {
            let text = "Your password has expired. Please reset your password.";
            return Err(ParseError::new(ErrorCode::OBJECT_NOT_FOUND, text));
        }
        Ok(())
    }
}

fn history(user: &ParseObject) -> impl Iterator<Item = &str> {
    let hashes = match user.get(HISTORY_FIELD) {
        Some(ParseValue::Array(hashes)) => hashes.as_slice(),
        _ => &[],
    };
    hashes.iter().filter_map(ParseValue::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::ObjectId;
    use crate::domain::value::Fields;

    fn user(history: &[&str]) -> ParseObject {
        let hashes = history.iter().map(|hash| ParseValue::from(*hash)).collect();
        let fields = Fields::from_iter([(HISTORY_FIELD.to_owned(), ParseValue::Array(hashes))]);
        ParseObject::new(ObjectId::new("u"), DateTime::UNIX_EPOCH, None, fields)
    }

    #[test]
    fn the_history_holds_one_less_than_it_is_long() {
        let policy = PasswordPolicy {
            max_history: 3,
            ..PasswordPolicy::default()
        };
        let user = user(&["a", "b"]);
        assert_eq!(policy.barred_hashes(&user, Some("c")), ["a", "b", "c"]);
        let after = policy.history_after(&user, Some("c"));
        assert_eq!(after, Some(ParseValue::Array(vec!["b".into(), "c".into()])));
        let short = PasswordPolicy {
            max_history: 1,
            ..PasswordPolicy::default()
        };
        assert_eq!(short.barred_hashes(&user, Some("c")), ["c"]);
        assert_eq!(
            short.history_after(&user, Some("c")),
            Some(ParseValue::Array(vec!["c".into()]))
        );
    }

    #[test]
    fn names_and_age_are_looked_at_when_asked() {
        let policy = PasswordPolicy {
            do_not_allow_username: true,
            max_age: Some(TimeDelta::days(1)),
            ..PasswordPolicy::default()
        };
        assert!(policy.check_username("tomcat", "tom").is_err());
        let changed_at = DateTime::UNIX_EPOCH;
        assert!(
            policy
                .check_age(changed_at, changed_at + TimeDelta::days(1))
                .is_ok()
        );
        let late = changed_at + TimeDelta::days(1) + TimeDelta::milliseconds(1);
        assert!(policy.check_age(changed_at, late).is_err());
        assert!(
            PasswordPolicy::default()
                .check_username("tomcat", "tom")
                .is_ok()
        );
    }
}
