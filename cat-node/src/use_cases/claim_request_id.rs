//! Makes sure that a request with an id (`X-Parse-Request-Id`) is done once: the id is kept for a while, and a second one is
//! refused. The uniqueness is the database's, so it holds over restarts and replicas.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::Failure;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::{ClassName, FieldPath};
use crate::domain::object::ParseObject;
use crate::domain::query::{Filter, Test};
use crate::domain::schema::FieldType;
use crate::domain::value::ParseValue;
use crate::node::Node;
use crate::storage::{StorageError, Transaction, Write};

const CLASS: ClassName = ClassName::internal("_Idempotency");
const REQUEST_ID: &str = "reqId";
const EXPIRE: &str = "expire";
/// The longest id that is kept; a longer one is refused.
const MAX_ID_CHARS: usize = 1_024;

/// Claims the id of a request to this path (without its first and last slash); nothing when the path is not one of
/// those where ids count.
pub async fn claim_request_id(node: &Node, id: &str, path: &str) -> Result<(), Failure> {
    let options = &node.settings.idempotency_options;
    if !options.paths.iter().any(|pattern| pattern.starts(path)) {
        return Ok(());
    }
    if id.len() > MAX_ID_CHARS {
        return Err(ParseError::new(ErrorCode::INVALID_JSON, "The request id is too long.").into());
    }
    declare_class(node).await?;
    let now = node.now();
    #[allow(clippy::cast_possible_truncation)] // saturates
    let ttl = TimeDelta::try_milliseconds((options.ttl * 1_000.0) as i64);
    let expire = now + ttl.unwrap_or(TimeDelta::days(365));
    let fields = [
        (REQUEST_ID.to_owned(), ParseValue::String(id.to_owned())),
        (EXPIRE.to_owned(), ParseValue::Date(expire)),
    ];
    let object = ParseObject::new(node.new_id(), now, None, fields.into_iter().collect());
    let transaction = Transaction::default()
        .write(Write::DeleteWhere {
            class: CLASS,
            filter: Filter::Field {
                path: FieldPath::internal(EXPIRE),
                test: Test::LessOrEqual(ParseValue::Date(now)),
            },
        })
        .write(Write::Insert {
            class: CLASS,
            object,
        });
    match node.commit(transaction).await {
        Ok(_) => Ok(()),
        Err(StorageError::Duplicate { .. }) => {
            Err(ParseError::new(ErrorCode::DUPLICATE_REQUEST, "Duplicate request").into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The class with its fields: the index that makes ids unique comes with them.
async fn declare_class(node: &Node) -> Result<(), Failure> {
    if node.schema(&CLASS).await?.is_some() {
        return Ok(());
    }
    let fields = BTreeMap::from([
        (REQUEST_ID.to_owned(), FieldType::String),
        (EXPIRE.to_owned(), FieldType::Date),
    ]);
    let schema = node.storage.extend_schema(&CLASS, fields).await?;
    node.remember_schema(schema);
    Ok(())
}
