//! What to call a cat whose id an event names.

use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;

/// Names by id.
#[derive(Debug, Clone, Default)]
pub(in crate::up) struct NameBook(Arc<RwLock<HashMap<String, String>>>);

impl NameBook {
    pub(in crate::up) fn add(&self, id: &str, name: &str) {
        self.0.write().insert(id.to_owned(), name.to_owned());
    }

    /// The name, or the id of somebody unknown.
    pub(super) fn of(&self, id: &str) -> String {
        self.0
            .read()
            .get(id)
            .cloned()
            .unwrap_or_else(|| id.to_owned())
    }
}
