//! The application id and the master key of the local Parse API.

use super::folder::DataFolder;
use std::collections::HashMap;
use std::fmt;
use std::io;

/// The application id when the environment names none.
const APPLICATION_ID: &str = "catweb";

/// What a Parse client needs.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(super) application_id: String,
    pub(super) master_key: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({}, ***)", self.application_id)
    }
}

impl Keys {
    /// With a folder's own master key.
    pub(crate) fn of_folder(master_key: String) -> Self {
        Self {
            application_id: APPLICATION_ID.to_owned(),
            master_key,
        }
    }

    /// Those of the environment, or of the folder.
    pub(super) fn choose(
        folder: &DataFolder,
        environment: &HashMap<String, String>,
    ) -> io::Result<Self> {
        let named = |name: &str| environment.get(name).filter(|text| !text.is_empty());
        let master_key = match named("PARSE_SERVER_MASTER_KEY") {
            Some(key) => key.clone(),
            None => folder.master_key()?,
        };
        let application_id = named("PARSE_SERVER_APPLICATION_ID").cloned();
        Ok(Self {
            application_id: application_id.unwrap_or_else(|| APPLICATION_ID.to_owned()),
            master_key,
        })
    }
}
