//! `security`: the checks of the installation.

use serde::Deserialize;

use crate::config::text_list::texts;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityOptions {
    pub enable_check: bool,
    pub enable_check_log: bool,
    /// Names of groups; none means all.
    #[serde(deserialize_with = "texts")]
    pub check_groups: Vec<String>,
}
