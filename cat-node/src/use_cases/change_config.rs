//! Changes the application's settings. Changes of different values at once all count.

use serde_json::{Map, Value as Json};

use super::Failure;
use super::read_config::{CONFIG_ID, stored_config};
use crate::caller::Caller;
use crate::domain::acl::Access;
use crate::domain::global_config::{GlobalConfig, MASTER_KEY_ONLY, PARAMS};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::query::Filter;
use crate::domain::update::Update;
use crate::domain::value::{Fields, ParseValue};
use crate::node::Node;
use crate::storage::{StorageError, Transaction, Write};

/// A change that others keep overtaking is given up after so many attempts.
const MOST_ATTEMPTS: usize = 16;

pub async fn change_config(
    node: &Node,
    caller: &Caller,
    body: &Map<String, Json>,
) -> Result<(), Failure> {
    caller.check_may("update the config")?;
    for _ in 0..MOST_ATTEMPTS {
        let stored = stored_config(node).await?;
        let mut config = stored.as_ref().map(GlobalConfig::from_object);
        config.get_or_insert_default().change(body, node.now())?;
        let write = write(node, stored, config.unwrap_or_default());
        match node.commit(Transaction::default().write(write)).await {
            Ok(_) => return Ok(()),
            // Another change came first: decide again on what it left.
            Err(StorageError::NotFound { .. } | StorageError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::Outage {
        attempted: "changing the config among many others",
        cause: "other changes came first again and again".into(),
    })
}

fn write(node: &Node, stored: Option<ParseObject>, config: GlobalConfig) -> Write {
    let (class, id) = (ClassName::GLOBAL_CONFIG, ObjectId::new(CONFIG_ID));
    let fields = config.into_fields();
    let Some(stored) = stored else {
        let object = ParseObject::new(id, node.now(), None, fields);
        return Write::Insert { class, object };
    };
    let mut update = Update::at(node.now());
    for (name, value) in fields {
        update = update.set(path(&name), value);
    }
    Write::Update {
        class,
        id,
        access: Access::Master,
        guard: unchanged(&stored.fields),
        update,
    }
}

fn unchanged(fields: &Fields) -> Filter {
    let same = [PARAMS, MASTER_KEY_ONLY].map(|name| {
        let value = fields.get(name).cloned().unwrap_or(ParseValue::Null);
        Filter::equal(path(name), value)
    });
    Filter::And(same.into())
}

fn path(name: &str) -> FieldPath {
    FieldPath::internal(if name == PARAMS {
        PARAMS
    } else {
        MASTER_KEY_ONLY
    })
}
