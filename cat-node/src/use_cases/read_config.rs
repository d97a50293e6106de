//! The application's settings, as far as the caller may see them.

use super::Failure;
use crate::caller::Caller;
use crate::domain::acl::Access;
use crate::domain::global_config::GlobalConfig;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::node::Node;

/// The id of the one object that holds them all.
pub(super) const CONFIG_ID: &str = "1";

pub async fn read_config(node: &Node, caller: &Caller) -> Result<GlobalConfig, Failure> {
    let stored = stored_config(node).await?;
    let config = stored.as_ref().map(GlobalConfig::from_object);
    let config = config.unwrap_or_default();
    Ok(if caller.is_master() {
        config
    } else {
        config.for_clients()
    })
}

pub(super) async fn stored_config(node: &Node) -> Result<Option<ParseObject>, Failure> {
    let id = ObjectId::new(CONFIG_ID);
    Ok(node
        .storage
        .get(&ClassName::GLOBAL_CONFIG, &id, &Access::Master)
        .await?)
}
