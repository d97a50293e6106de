//! What parse-server refuses to start with, in its words where it has them.

use super::ParseSettings;

/// parse-server makes ids of any size; shorter ones meet too often.
const OBJECT_ID_SIZES: std::ops::RangeInclusive<usize> = 10..=64;

impl ParseSettings {
    /// Refuses what contradicts itself.
    pub(in crate::config) fn check(&self) -> Result<(), String> {
        self.check_keys()?;
        self.check_addresses()?;
        if let Some(lockout) = &self.account_lockout {
            lockout.check()?;
        }
        self.password_policy.check()?;
        self.idempotency_options.check()?;
        self.rate_limit
            .iter()
            .try_for_each(super::RateLimit::check)?;
        self.check_numbers()?;
        self.check_mail()
    }

    fn check_keys(&self) -> Result<(), String> {
        if self.application_id.is_empty() || self.master_key.expose().is_empty() {
            return Err("an application id and a master key are needed: set PARSE_SERVER_APPLICATION_ID and \
                        PARSE_SERVER_MASTER_KEY, or parse.application_id and parse.master_key in the --config file"
                .to_owned());
        }
        let master = self.master_key.expose();
        let is_master = |key: &Option<service_chassis::secret::Secret>| {
            key.as_ref().is_some_and(|key| key.matches(master))
        };
        if is_master(&self.read_only_master_key) {
            return Err(
                "masterKey and readOnlyMasterKey should be different (parse.read_only_master_key)"
                    .to_owned(),
            );
        }
        if is_master(&self.maintenance_key) {
            return Err(
                "masterKey and maintenanceKey should be different (parse.maintenance_key)"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn check_addresses(&self) -> Result<(), String> {
        let path = &self.mount_path;
        if !path.starts_with('/') || path.len() < 2 || path.ends_with('/') {
            return Err(format!(
                "parse.mount_path is {path:?}; write it like \"/parse\""
            ));
        }
        let is_web = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        if self
            .public_server_url
            .as_deref()
            .is_some_and(|url| !is_web(url))
        {
            return Err(
                "The option publicServerURL must be a valid URL starting with http:// or https://."
                    .to_owned(),
            );
        }
        if self.server_url.as_deref().is_some_and(|url| !is_web(url)) {
            return Err("parse.server_url must start with http:// or https://".to_owned());
        }
        if self
            .allow_headers
            .iter()
            .any(|header| header.trim().is_empty())
        {
            return Err("Allow headers must not contain empty strings".to_owned());
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), String> {
        if !OBJECT_ID_SIZES.contains(&self.object_id_size) {
            return Err(format!(
                "parse.object_id_size is {}; 10 to 64 are possible",
                self.object_id_size
            ));
        }
        if self.expire_inactive_sessions && self.session_length == 0 {
            return Err("Session length must be a value greater than 0.".to_owned());
        }
        if self.default_limit == 0 {
            return Err("Default limit must be a value greater than 0.".to_owned());
        }
        if self.max_limit == Some(0) {
            return Err("Max limit must be a value greater than 0.".to_owned());
        }
        Ok(())
    }

    fn check_mail(&self) -> Result<(), String> {
        if self.verify_user_emails.is_never() {
            return Ok(());
        }
        if self.email_adapter.is_none() {
            return Err(
                "An emailAdapter is required for e-mail verification and password resets."
                    .to_owned(),
            );
        }
        if self.app_name.is_none() {
            return Err(
                "An app name is required for e-mail verification and password resets.".to_owned(),
            );
        }
        if self.public_server_url.is_none() {
            return Err("The option publicServerURL is required.".to_owned());
        }
        if self
            .email_verify_token_validity_duration
            .is_some_and(|seconds| seconds <= 0.0)
        {
            return Err(
                "Email verify token validity duration must be a value greater than 0.".to_owned(),
            );
        }
        if self.email_verify_token_reuse_if_valid
            && self.email_verify_token_validity_duration.is_none()
        {
            return Err("You cannot use emailVerifyTokenReuseIfValid without emailVerifyTokenValidityDuration".to_owned());
        }
        Ok(())
    }
}
