//! A second factor: one-time passwords of an authenticator app (with two recovery codes), or sent by SMS through a
//! webhook. What can be used once is used up by the write that lets the user in: see `domain::auth_data::guard`.

use async_trait::async_trait;
use regex::Regex;
use serde_json::{Value as Json, json};

use super::adapter::{
    Attempt, AuthAdapter, Policy, ProviderData, Save, Step, Verdict, script_failed, text,
};
use super::options::{InvalidProvider, Options};
use super::outgoing::Outgoing;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::object_id::new_object_id;
use crate::use_cases::Failure;
use one_time_password::{Algorithm, Totp, secret_bytes};
use sms::Sms;

pub mod one_time_password;
mod sms;

/// Shortest secret, in characters.
const MIN_SECRET_CHARS: usize = 20;
const RECOVERY_CODE_CHARS: usize = 30;
/// The step of the last password that was taken, where passwords are good only once.
const LAST_STEP: &str = "lastStep";

#[derive(Debug)]
pub struct Mfa {
    totp: Option<Totp>,
    sms: Option<Sms>,
    /// A password that let the user in does not do so again while it is still good.
    is_single_use: bool,
}

impl Mfa {
    pub fn from_options(
        options: &mut Options<'_>,
        outgoing: &Outgoing,
    ) -> Result<Self, InvalidProvider> {
        let Some(Json::Array(kinds)) = options.get("options") else {
            return Err(options.invalid("mfa.options must be an array"));
        };
        let has = |kind: &str| kinds.iter().any(|it| it == kind);
        if !has("SMS") && !has("TOTP") {
            return Err(options.invalid("mfa.options must include SMS or TOTP"));
        }
        let (digits, period_s) = (
            options.number("digits")?.unwrap_or(6),
            options.number("period")?.unwrap_or(30),
        );
        let digits = u32::try_from(digits)
            .ok()
            .filter(|digits| (4..=10).contains(digits));
        let digits =
            digits.ok_or_else(|| options.invalid("mfa.digits must be between 4 and 10"))?;
        if period_s < 10 {
            return Err(options.invalid("mfa.period must be greater than 10"));
        }
        let name = options
            .text("algorithm")?
            .unwrap_or_else(|| "SHA1".to_owned());
        let algorithm = Algorithm::parse(&name)
            .ok_or_else(|| options.invalid("mfa.algorithm must be SHA1, SHA256 or SHA512"))?;
        let totp = Totp {
            algorithm,
            digits,
            period_s,
        };
        let send = options.get("sendSMS");
        let sms = match has("SMS") {
            true => Some(Sms::from_options(
                options,
                send,
                (digits, period_s),
                outgoing,
            )?),
            false => None,
        };
        Ok(Self {
            totp: has("TOTP").then_some(totp),
            sms,
            is_single_use: options.flag("singleUse")?,
        })
    }

    async fn set_up(
        &self,
        given: &ProviderData,
        attempt: &Attempt<'_>,
    ) -> Result<Verdict, Failure> {
        if let (Some(sms), Some(mobile)) = (&self.sms, text(given, "mobile")) {
            return sms.set_up(mobile, attempt.now).await;
        }
        match self.totp {
            Some(totp) => set_up_totp(totp, given, attempt),
            None => Err(script_failed("Invalid MFA data")),
        }
    }

    async fn log_in(
        &self,
        given: &ProviderData,
        attempt: &Attempt<'_>,
    ) -> Result<Verdict, Failure> {
        let none = ProviderData::new();
        let stored = attempt.stored.unwrap_or(&none);
        if let (Some(sms), Some(mobile)) = (&self.sms, text(stored, "mobile")) {
            return sms.log_in(mobile, given, stored, attempt.now).await;
        }
        match self.totp {
            Some(totp) => self.check_totp(totp, given.get("token"), stored, attempt),
            None => Ok(Verdict::save(Save::Nothing)),
        }
    }

    /// The password of the app, or one of the codes that were kept for when it is lost.
    fn check_totp(
        &self,
        totp: Totp,
        token: Option<&Json>,
        stored: &ProviderData,
        attempt: &Attempt<'_>,
    ) -> Result<Verdict, Failure> {
        let token = token.and_then(Json::as_str).ok_or_else(invalid_token)?;
        let Some(secret) = text(stored, "secret") else {
            return Ok(Verdict::save(Save::Nothing));
        };
        if let Some(left) = without_code(stored.get("recovery"), token) {
            let mut new = stored.clone();
            new.insert("recovery".to_owned(), left.into());
            return Ok(Verdict::save(Save::This(new)));
        }
        let step = step_of(totp, secret, token, attempt)?.ok_or_else(invalid_token)?;
        if !self.is_single_use {
            return Ok(Verdict::save(Save::Nothing));
        }
        if stored
            .get(LAST_STEP)
            .and_then(Json::as_u64)
            .is_some_and(|last| step <= last)
        {
            return Err(invalid_token());
        }
        let mut new = stored.clone();
        new.insert(LAST_STEP.to_owned(), step.into());
        Ok(Verdict::save(Save::This(new)))
    }

    async fn update(
        &self,
        given: &ProviderData,
        attempt: &Attempt<'_>,
    ) -> Result<Verdict, Failure> {
        if attempt.is_master {
            return Ok(Verdict::as_given());
        }
        let none = ProviderData::new();
        let stored = attempt.stored.unwrap_or(&none);
        if let (Some(sms), Some(mobile)) = (&self.sms, text(given, "mobile")) {
            return sms.confirm(mobile, given, stored, attempt.now);
        }
        let Some(totp) = self.totp else {
            return Err(script_failed("Invalid MFA data"));
        };
        // Who changes the secret shows that it still has the old one.
        self.check_totp(totp, given.get("old"), stored, attempt)?;
        self.set_up(given, attempt).await
    }
}

fn invalid_token() -> Failure {
    script_failed("Invalid MFA token")
}

fn step_of(
    totp: Totp,
    secret: &str,
    token: &str,
    attempt: &Attempt<'_>,
) -> Result<Option<u64>, Failure> {
    let secret = secret_bytes(secret).map_err(|error| script_failed(error.to_string()))?;
    let now = u64::try_from(attempt.now.timestamp()).unwrap_or(0);
    Ok(totp.step_of(&secret, token, now))
}

fn set_up_totp(
    totp: Totp,
    given: &ProviderData,
    attempt: &Attempt<'_>,
) -> Result<Verdict, Failure> {
    let secret = text(given, "secret").filter(|secret| secret.len() >= MIN_SECRET_CHARS);
    let token = given
        .get("token")
        .filter(|token| crate::domain::credentials::is_truthy(token));
    let (Some(secret), Some(token)) = (secret, token) else {
        return Err(script_failed("Invalid MFA data"));
    };
    let token = token.as_str().unwrap_or_default();
    step_of(totp, secret, token, attempt)?.ok_or_else(invalid_token)?;
    let code = || {
        new_object_id(&mut rand::rng(), RECOVERY_CODE_CHARS)
            .as_str()
            .to_owned()
    };
    let recovery = [code(), code()];
    let save = json!({"secret": secret, "recovery": recovery});
    Ok(Verdict {
        save: Save::This(save.as_object().cloned().unwrap_or_default()),
        response: Some(json!({"recovery": recovery.join(", ")})),
    })
}

/// The codes that are left when this one is used; `None` when it is none of them.
fn without_code(codes: Option<&Json>, code: &str) -> Option<Vec<Json>> {
    let codes = codes?.as_array()?;
    let used = codes.iter().position(|known| known == code)?;
    let mut left = codes.clone();
    left.remove(used);
    Some(left)
}

#[async_trait]
impl AuthAdapter for Mfa {
    async fn vouch(&self, given: &ProviderData, attempt: &Attempt<'_>) -> Result<Verdict, Failure> {
        match attempt.step {
            Step::SetUp => self.set_up(given, attempt).await,
            Step::LogIn | Step::Challenge => self.log_in(given, attempt).await,
            Step::Update => self.update(given, attempt).await,
        }
    }

    /// A number that was never confirmed does not lock its user out.
    fn policy(&self, stored: Option<&ProviderData>) -> Policy {
        let is_pending = stored.is_some_and(|data| data.len() == 1 && data.contains_key("pending"));
        match (&self.sms, is_pending) {
            (Some(_), true) => Policy::Default,
            _ => Policy::Additional,
        }
    }

    fn shown(&self, stored: &ProviderData, is_master: bool) -> Option<ProviderData> {
        if is_master {
            return None;
        }
        let is_enabled = (self.totp.is_some() && text(stored, "secret").is_some())
            || (self.sms.is_some() && text(stored, "mobile").is_some());
        let status = if is_enabled { "enabled" } else { "disabled" };
        Some(ProviderData::from_iter([(
            "status".to_owned(),
            status.into(),
        )]))
    }
}

/// Numbers that a message can be sent to, as parse-server takes them.
fn mobile_numbers() -> Regex {
    Regex::new(r"^[+]*[(]?[0-9]{1,3}[)]?[-\s./0-9]*$")
        .expect("the pattern is written in the source")
}

fn refused(words: &str) -> ParseError {
    ParseError::new(ErrorCode::SCRIPT_FAILED, words)
}
