//! `customPages`: the older way to replace single pages by addresses.

use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomPages {
    pub choose_password: Option<String>,
    pub expired_verification_link: Option<String>,
    pub invalid_link: Option<String>,
    pub invalid_password_reset_link: Option<String>,
    pub invalid_verification_link: Option<String>,
    pub link_send_fail: Option<String>,
    pub link_send_success: Option<String>,
    pub parse_frame_url: Option<String>,
    pub password_reset_success: Option<String>,
    pub verify_email_success: Option<String>,
}
