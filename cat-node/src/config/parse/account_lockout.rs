//! `accountLockout`: how many wrong passwords lock an account, and for how long.

use serde::Deserialize;

const MAX_DURATION_MINUTES: f64 = 99_999.0;
const MAX_THRESHOLD: f64 = 999.0;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountLockout {
    /// In minutes.
    #[serde(default)]
    pub duration: f64,
    /// Wrong passwords until it locks; a whole number once `check` has passed.
    #[serde(default)]
    pub threshold: f64,
    #[serde(default)]
    pub unlock_on_password_reset: bool,
}

impl AccountLockout {
    pub(super) fn check(&self) -> Result<(), String> {
        if !(self.duration > 0.0 && self.duration <= MAX_DURATION_MINUTES) {
            return Err(
                "Account lockout duration should be greater than 0 and less than 100000".to_owned(),
            );
        }
        if self.threshold.fract() != 0.0 || !(1.0..=MAX_THRESHOLD).contains(&self.threshold) {
            return Err(
                "Account lockout threshold should be an integer greater than 0 and less than 1000"
                    .to_owned(),
            );
        }
        Ok(())
    }
}
