//! Who users are elsewhere: `authData` ids, each held by one user, in a table of their own. It is kept in step with the
//! objects of `_User` by the writes themselves.

use rusqlite::Connection;

use super::definitions::Definitions;
use super::error::WriteError;
use super::find;
use crate::domain::auth_data::{AUTH_DATA_FIELD, Identity, identities};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::update::Update;
use crate::storage::StorageError;

/// Notes the identities of a user that was written.
pub(super) fn note(sql: &Connection, user: &ParseObject) -> Result<(), WriteError> {
    for Identity { provider, id } in identities(&user.fields) {
        let noted = sql
            .prepare_cached(
                "INSERT INTO identity (provider, id, owner) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute((&provider, &id, user.id.as_str()))?;
        if noted == 0 {
            return Err(WriteError::Refused(StorageError::Duplicate {
                class: ClassName::USER,
                field: format!("_auth_data_{provider}_id"),
            }));
        }
    }
    Ok(())
}

/// Notes them again after a change that touched them.
pub(super) fn note_again(
    sql: &Connection,
    user: &ParseObject,
    change: &Update,
) -> Result<(), WriteError> {
    let is_touched =
        |(path, _): &(crate::domain::names::FieldPath, _)| path.root() == AUTH_DATA_FIELD;
    if change.ops.iter().any(is_touched) {
        forget(sql, &user.id)?;
        note(sql, user)?;
    }
    Ok(())
}

pub(super) fn forget(sql: &Connection, owner: &ObjectId) -> rusqlite::Result<()> {
    sql.prepare_cached("DELETE FROM identity WHERE owner = ?1")?
        .execute([owner.as_str()])?;
    Ok(())
}

/// Users that are gone are known to nobody.
pub(super) fn forget_gone(sql: &Connection, users_table: i64) -> rusqlite::Result<()> {
    let statement = format!(
        "DELETE FROM identity WHERE owner NOT IN (SELECT object_id FROM class_{users_table})"
    );
    sql.execute(&statement, [])?;
    Ok(())
}

pub(super) fn users(
    sql: &Connection,
    definitions: &Definitions<'_>,
    wanted: &[Identity],
) -> rusqlite::Result<Vec<ParseObject>> {
    let Some(table) = definitions.class(sql, &ClassName::USER)? else {
        return Ok(Vec::new());
    };
    let mut owners: Vec<String> = Vec::new();
    for Identity { provider, id } in wanted {
        let mut statement =
            sql.prepare_cached("SELECT owner FROM identity WHERE provider = ?1 AND id = ?2")?;
        for owner in statement.query_map((provider, id), |row| row.get::<_, String>(0))? {
            let owner = owner?;
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
    }
    let mut found = Vec::with_capacity(owners.len());
    for owner in owners {
        found.extend(find::by_id(sql, &table, &ObjectId::new(owner))?);
    }
    Ok(found)
}
