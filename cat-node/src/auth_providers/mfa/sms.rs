//! One-time passwords by SMS. The message itself is sent by a webhook: `"sendSMS": {"webhook": URL}`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt as _;
use regex::Regex;
use serde_json::{Value as Json, json};
use subtle::ConstantTimeEq as _;

use super::{mobile_numbers, refused};
use crate::auth_providers::adapter::{ProviderData, Save, Verdict, script_failed, text};
use crate::auth_providers::options::{InvalidProvider, Options};
use crate::auth_providers::outgoing::{Outgoing, OutgoingError};
use crate::config::parse::hook::Hook;
use crate::domain::value::json::{date_text, parse_date};
use crate::use_cases::Failure;

#[derive(Debug)]
pub(super) struct Sms {
    hook: Hook,
    digits: u32,
    period: TimeDelta,
    numbers: Regex,
    outgoing: Outgoing,
}

impl Sms {
    pub(super) fn from_options(
        options: &Options<'_>,
        hook: Option<&Json>,
        (digits, period_s): (u32, u64),
        outgoing: &Outgoing,
    ) -> Result<Self, InvalidProvider> {
        let needed = "mfa.sendSMS must be a webhook when using SMS OTPs";
        let hook = hook.ok_or_else(|| options.invalid(needed))?;
        let hook = serde_json::from_value(hook.clone())
            .map_err(|error| options.invalid(format!("{needed}: {error}")))?;
        let period = i64::try_from(period_s)
            .ok()
            .and_then(TimeDelta::try_seconds);
        Ok(Self {
            hook,
            digits,
            period: period.ok_or_else(|| options.invalid("mfa.period is too long"))?,
            numbers: mobile_numbers(),
            outgoing: outgoing.clone(),
        })
    }

    pub(super) async fn set_up(
        &self,
        mobile: &str,
        now: DateTime<Utc>,
    ) -> Result<Verdict, Failure> {
        let pending = json!({"pending": {mobile: self.send(mobile, now).await?}});
        Ok(Verdict::save(Save::This(
            pending.as_object().cloned().unwrap_or_default(),
        )))
    }

    /// The password that was sent makes a pending number the user's own.
    pub(super) fn confirm(
        &self,
        mobile: &str,
        given: &ProviderData,
        stored: &ProviderData,
        now: DateTime<Utc>,
    ) -> Result<Verdict, Failure> {
        if !given
            .get("token")
            .is_some_and(crate::domain::credentials::is_truthy)
        {
            return Err(script_failed("MFA is already set up on this account"));
        }
        let pending = stored
            .get("pending")
            .and_then(|pending| pending.get(mobile));
        let pending = pending.ok_or_else(|| script_failed("This number is not pending"))?;
        if !is_password(given.get("token"), &pending["token"]) || is_over(&pending["expiry"], now) {
            return Err(script_failed("Invalid MFA token"));
        }
        let mut new = stored.clone();
        if let Some(pending) = new.get_mut("pending").and_then(Json::as_object_mut) {
            pending.shift_remove(mobile);
        }
        new.insert("mobile".to_owned(), mobile.into());
        Ok(Verdict::save(Save::This(new)))
    }

    pub(super) async fn log_in(
        &self,
        mobile: &str,
        given: &ProviderData,
        stored: &ProviderData,
        now: DateTime<Utc>,
    ) -> Result<Verdict, Failure> {
        let mut new = stored.clone();
        if text(given, "token") == Some("request") {
            let sent = self.send(mobile, now).await?;
            new.insert("token".to_owned(), sent["token"].clone());
            new.insert("expiry".to_owned(), sent["expiry"].clone());
            let come_again = refused("Please enter the token");
            return Ok(Verdict::save(Save::ThenRefuse(new, come_again)));
        }
        let sent = stored.get("token").unwrap_or(&Json::Null);
        if !is_password(given.get("token"), sent) {
            return Err(script_failed("Invalid MFA token 1"));
        }
        if stored
            .get("expiry")
            .is_none_or(|expiry| is_over(expiry, now))
        {
            return Err(script_failed("Invalid MFA token 2"));
        }
        new.shift_remove("token");
        new.shift_remove("expiry");
        Ok(Verdict::save(Save::This(new)))
    }

    /// Sends a new password; it and its end are to be stored.
    async fn send(&self, mobile: &str, now: DateTime<Utc>) -> Result<Json, Failure> {
        if !self.numbers.is_match(mobile) {
            return Err(script_failed("Invalid mobile number."));
        }
        let token = new_password(self.digits);
        let mut request = self
            .outgoing
            .post(self.hook.url.clone())
            .timeout(Duration::from_millis(self.hook.timeout_ms))
            .json(&json!({"token": token, "mobile": mobile}));
        if let Some(key) = &self.hook.key {
            request = request.header("x-parse-webhook-key", key.expose());
        }
        let reply = self.outgoing.send(request).await;
        if !reply.map_err(OutgoingError::into_outage)?.is_success {
            return Err(script_failed("The message could not be sent."));
        }
        let expiry = date_text(now + self.period);
        Ok(json!({"token": token, "expiry": {"__type": "Date", "iso": expiry}}))
    }
}

fn new_password(digits: u32) -> String {
    let mut random = rand::rng();
    let digits = (0..digits).map(|_| char::from(b'0' + random.random_range(0..10_u8)));
    digits.collect()
}

fn is_password(given: Option<&Json>, sent: &Json) -> bool {
    let (Some(given), Some(sent)) = (given.and_then(Json::as_str), sent.as_str()) else {
        return false;
    };
    !sent.is_empty() && bool::from(given.as_bytes().ct_eq(sent.as_bytes()))
}

fn is_over(expiry: &Json, now: DateTime<Utc>) -> bool {
    let end = expiry["iso"].as_str().and_then(parse_date);
    end.is_none_or(|end| now > end)
}
