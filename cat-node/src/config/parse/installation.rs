//! `installation`: what happens when two installations have one device token.

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallationOptions {
    pub duplicate_device_token_action: DuplicateAction,
    /// Whether the caller must be allowed to change the other installation.
    pub duplicate_device_token_action_enforce_auth: bool,
    pub duplicate_device_token_merge_priority: MergePriority,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DuplicateAction {
    /// The older installation goes.
    Delete,
    /// It loses its device token.
    Update,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MergePriority {
    DeviceToken,
    InstallationId,
}
