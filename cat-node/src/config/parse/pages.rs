//! `pages`: the pages that links in mails lead to.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // they are parse-server's
pub struct Pages {
    pub enable_localization: bool,
    /// A JSON file of texts by language.
    pub localization_json_path: Option<String>,
    pub localization_fallback_locale: String,
    /// More `{{name}}`s, and what they stand for.
    pub placeholders: BTreeMap<String, Json>,
    /// A redirect, where the content would be answered.
    pub force_redirect: bool,
    /// A folder of pages in place of the built-in ones.
    pub pages_path: Option<String>,
    /// The path below the mount path that pages are at.
    pub pages_endpoint: String,
    pub encode_page_param_headers: bool,
    pub custom_urls: CustomUrls,
}

/// Addresses in place of single pages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomUrls {
    pub email_verification_link_expired: Option<String>,
    pub email_verification_link_invalid: Option<String>,
    pub email_verification_send_fail: Option<String>,
    pub email_verification_send_success: Option<String>,
    pub email_verification_success: Option<String>,
    pub password_reset: Option<String>,
    pub password_reset_link_invalid: Option<String>,
    pub password_reset_success: Option<String>,
}
