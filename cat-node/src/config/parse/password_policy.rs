//! `passwordPolicy`: what a password has to be, how old it may get, and how it is reset.

use serde::Deserialize;

use super::hook::Hook;
use super::pattern::Pattern;

const MAX_HISTORY: f64 = 20.0;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordPolicy {
    pub validator_pattern: Option<Pattern>,
    pub validator_callback: Option<Hook>,
    /// The text of the refusal, in place of the built-in one.
    pub validation_error: Option<String>,
    pub do_not_allow_username: bool,
    /// In days.
    pub max_password_age: Option<f64>,
    /// Passwords that may not come again; a whole number once `check` has passed.
    pub max_password_history: Option<f64>,
    /// In seconds.
    pub reset_token_validity_duration: Option<f64>,
    pub reset_token_reuse_if_valid: bool,
    pub reset_password_success_on_invalid_email: bool,
}

impl PasswordPolicy {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.max_password_age.is_some_and(|days| days < 0.0) {
            return Err("passwordPolicy.maxPasswordAge must be a positive number");
        }
        if self
            .reset_token_validity_duration
            .is_some_and(|seconds| seconds <= 0.0)
        {
            return Err("passwordPolicy.resetTokenValidityDuration must be a positive number");
        }
        let history = self.max_password_history.unwrap_or(0.0);
        if history.fract() != 0.0 || !(0.0..=MAX_HISTORY).contains(&history) {
            return Err("passwordPolicy.maxPasswordHistory must be an integer ranging 0 - 20");
        }
        if self.reset_token_reuse_if_valid && self.reset_token_validity_duration.is_none() {
            return Err("You cannot use resetTokenReuseIfValid without resetTokenValidityDuration");
        }
        Ok(())
    }

    /// How many passwords of a user may not come again.
    pub fn history(&self) -> usize {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // a whole number of 0 to 20, as `check` says
        let passwords = self.max_password_history.unwrap_or(0.0) as usize;
        passwords
    }
}
