//! The indexes of the system classes: parse-server's own, names and options and all (neither starts on a database where one
//! of them is otherwise), and the few that the service adds.

use bson::{Document, doc};

use super::collections::Collections;
use super::indexes::{create, index, lookup};
use super::relations;
use crate::domain::names::ClassName;
use crate::domain::schema::{FieldType, defaults};
use crate::storage::{StorageError, SystemIndexes, lookup_fields};

const IDEMPOTENCY: ClassName = ClassName::internal("_Idempotency");

pub(super) async fn ensure(
    collections: &Collections,
    wanted: &SystemIndexes,
) -> Result<(), StorageError> {
    for (class, index) in parse_servers(wanted) {
        create(collections, &class, index).await?;
    }
    create(collections, &ClassName::SESSION, unique("_session_token")).await?;
    for &field in lookup_fields(&ClassName::SESSION) {
        if let Some(kind) = defaults::column(&ClassName::SESSION, field) {
            create(collections, &ClassName::SESSION, lookup(field, &kind)).await?;
        }
    }
    for (field, kind) in defaults::columns(&ClassName::ROLE) {
        if matches!(kind, FieldType::Relation(_)) {
            relations::ensure_indexes(collections, &ClassName::ROLE, field).await?;
        }
    }
    Ok(())
}

fn parse_servers(wanted: &SystemIndexes) -> Vec<(ClassName, Document)> {
    let user = [
        (wanted.user_username, unique("username")),
        (
            wanted.user_username_case_insensitive,
            case_insensitive("case_insensitive_username", "username"),
        ),
        (
            wanted.user_email_case_insensitive,
            case_insensitive("case_insensitive_email", "email"),
        ),
        (wanted.user_email, unique("email")),
        (wanted.user_email_verify_token, token("_email_verify_token")),
        (wanted.user_password_reset_token, token("_perishable_token")),
    ];
    let user = user.into_iter().filter(|(is_wanted, _)| *is_wanted);
    let mut all: Vec<_> = user.map(|(_, index)| (ClassName::USER, index)).collect();
    if wanted.role_name {
        all.push((ClassName::ROLE, unique("name")));
    }
    all.push((IDEMPOTENCY, unique("reqId")));
    let mut expiry = in_background();
    expiry.insert("expireAfterSeconds", 0);
    all.push((IDEMPOTENCY, index("ttl", doc! {"expire": 1}, expiry)));
    for provider in &wanted.auth_providers {
        let options = doc! {"unique": true, "sparse": true, "background": true};
        let name = format!("_auth_data_{provider}_id");
        let id = doc! {format!("_auth_data_{provider}.id"): 1};
        all.push((ClassName::USER, index(&name, id, options)));
    }
    all
}

fn in_background() -> Document {
    doc! {"background": true, "sparse": true}
}

fn unique(field: &str) -> Document {
    let options = doc! {"unique": true, "background": true, "sparse": true};
    index(&format!("{field}_1"), doc! {field: 1}, options)
}

fn token(field: &str) -> Document {
    index(field, doc! {field: 1}, in_background())
}

fn case_insensitive(name: &str, field: &str) -> Document {
    let mut options = in_background();
    options.insert("collation", doc! {"locale": "en_US", "strength": 2});
    index(name, doc! {field: 1}, options)
}
