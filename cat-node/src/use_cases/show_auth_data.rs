//! What of `authData` an answer shows: nothing of other users; of one's own, what the provider lets be seen.

use serde_json::{Map, Value as Json};

use crate::caller::Caller;
use crate::domain::auth_data::AUTH_DATA_FIELD;
use crate::node::Node;

/// Trims a user in an answer to this caller.
pub fn trim(node: &Node, caller: &Caller, user: &mut Map<String, Json>) {
    let id = user.get("objectId").and_then(Json::as_str);
    let is_own = caller.user().is_some_and(|own| Some(own.id.as_str()) == id);
    if !caller.is_unrestricted() && !is_own {
        hide(user);
        return;
    }
    show(node, caller.is_master(), user);
}

/// Takes all of it away.
pub fn hide(user: &mut Map<String, Json>) {
    user.shift_remove(AUTH_DATA_FIELD);
}

/// As the user itself sees it.
pub fn show_secrets_of_none(node: &Node, user: &mut Map<String, Json>) {
    show(node, false, user);
}

fn show(node: &Node, is_master: bool, user: &mut Map<String, Json>) {
    let Some(Json::Object(providers)) = user.get_mut(AUTH_DATA_FIELD) else {
        return;
    };
    providers.retain(|_, data| !data.is_null());
    for (provider, data) in providers.iter_mut() {
        let shown = data
            .as_object()
            .and_then(|stored| node.auth.get(provider)?.shown(stored, is_master));
        if let Some(shown) = shown {
            *data = Json::Object(shown);
        }
    }
    if providers.is_empty() {
        hide(user);
    }
}
