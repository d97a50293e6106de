//! The settings that concern users, in the domain's terms.

use chrono::TimeDelta;

use crate::config::ParseSettings;
use crate::domain::account_lockout::AccountLockout;
use crate::domain::mail_token::TokenValidity;
use crate::domain::password_policy::PasswordPolicy;

/// What users are held to.
#[derive(Debug, Clone, Default)]
pub struct UserRules {
    pub password: PasswordPolicy,
    pub lockout: Option<AccountLockout>,
    pub verify_email_token: TokenValidity,
}

impl UserRules {
    pub fn of(settings: &ParseSettings) -> Self {
        let policy = &settings.password_policy;
        let password = PasswordPolicy {
            validation_error: policy.validation_error.clone(),
            do_not_allow_username: policy.do_not_allow_username,
            max_age: positive(policy.max_password_age).and_then(days),
            max_history: policy.history(),
            reset_token: TokenValidity {
                duration: positive(policy.reset_token_validity_duration).and_then(seconds),
                reuse_if_valid: policy.reset_token_reuse_if_valid,
            },
            reset_success_on_invalid_email: policy.reset_password_success_on_invalid_email,
        };
        let lockout = settings.account_lockout.map(|lockout| AccountLockout {
            // Checked when the settings were read: a whole number below 1,000.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            threshold: lockout.threshold as u32,
            duration_minutes: lockout.duration,
            unlock_on_password_reset: lockout.unlock_on_password_reset,
        });
        let verify_email_token = TokenValidity {
            duration: positive(settings.email_verify_token_validity_duration).and_then(seconds),
            reuse_if_valid: settings.email_verify_token_reuse_if_valid,
        };
        Self {
            password,
            lockout,
            verify_email_token,
        }
    }
}

/// Zero switches a duration off, as in parse-server.
fn positive(amount: Option<f64>) -> Option<f64> {
    amount.filter(|amount| *amount > 0.0)
}

fn days(amount: f64) -> Option<TimeDelta> {
    seconds(amount * 86_400.0)
}

fn seconds(amount: f64) -> Option<TimeDelta> {
    // Saturates; what no calendar holds is no limit.
    #[allow(clippy::cast_possible_truncation)]
    TimeDelta::try_milliseconds((amount * 1_000.0) as i64)
}
