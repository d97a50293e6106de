//! What every read of a class has in common: that the class is there, what its permissions allow, what it hides.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Failure;
use crate::caller::Caller;
use crate::domain::error::ParseError;
use crate::domain::names::ClassName;
use crate::domain::permissions::{self, Operation};
use crate::domain::protected_fields::Protection;
use crate::domain::query::Filter;
use crate::domain::schema::ClassSchema;
use crate::node::Node;

/// A class, as one caller may read it.
#[derive(Debug)]
pub(super) struct ReadableClass {
    pub(super) schema: Arc<ClassSchema>,
    protection: Protection,
    /// The user to whom its own object shows everything.
    exempt: Option<String>,
    grants: Vec<String>,
    is_master: bool,
}

impl ReadableClass {
    pub(super) async fn open(
        node: &Node,
        caller: &Caller,
        class: &ClassName,
    ) -> Result<Self, Failure> {
        let schema = node.schema(class).await?;
        if schema.is_none() {
            check_exists(node, caller, class.as_str())?;
        }
        let schema = schema.unwrap_or_else(|| Arc::new(ClassSchema::new(class.clone())));
        let is_master = caller.is_unrestricted();
        let grants = caller.grants();
        let protection = if is_master {
            Protection::default()
        } else {
            let settings = node.settings.protected_fields.get(class.as_str());
            Protection::of(&schema, settings, &grants)
        };
        let is_exempt = *class == ClassName::USER && node.settings.protected_fields_owner_exempt;
        let user = permissions::user_of(&grants).filter(|_| is_exempt);
        Ok(Self {
            schema,
            protection,
            exempt: user.map(str::to_owned),
            grants,
            is_master,
        })
    }

    /// What the class's permissions leave of an operation; `None` is all of it.
    pub(super) fn gate(&self, operation: Operation) -> Result<Option<Filter>, ParseError> {
        if self.is_master {
            return Ok(None);
        }
        permissions::gate(&self.schema, operation, &self.grants)
    }

    /// Refuses a query that would tell what hidden fields hold.
    pub(super) fn check_query(&self, filter: &Json, order: &str) -> Result<(), ParseError> {
        let id = filter.get("objectId").and_then(Json::as_str);
        if self.is_master || (id.is_some() && id == self.exempt.as_deref()) {
            return Ok(());
        }
        let class = &self.schema.class;
        self.protection.check_filter(class, filter)?;
        self.protection.check_order(class, order)
    }

    /// Refuses to follow a relation of the class that is hidden.
    pub(super) fn check_relation(&self, key: &str) -> Result<(), ParseError> {
        self.protection.check_relation(&self.schema.class, key)
    }

    /// Takes out of an object what the caller may not see.
    pub(super) fn conceal(&self, object: &mut Map<String, Json>) {
        if self.is_master {
            return;
        }
        let id = object.get("objectId").and_then(Json::as_str);
        let is_own = id.is_some() && id == permissions::user_of(&self.grants);
        let is_exempt = id.is_some() && id == self.exempt.as_deref();
        if self.schema.class == ClassName::USER && !is_own {
            object.shift_remove("authData");
        }
        if !is_exempt {
            self.protection.remove_from(object);
        }
    }
}

/// Refuses a class that is not there to those who may not make it.
pub(super) fn check_exists(node: &Node, caller: &Caller, class: &str) -> Result<(), ParseError> {
    let may_make = caller.is_unrestricted()
        || class.starts_with('_')
        || node.settings.allow_client_class_creation;
    if may_make {
        return Ok(());
    }
    Err(ParseError::forbidden(format!(
        "This user is not allowed to access non-existent class: {class}"
    )))
}
