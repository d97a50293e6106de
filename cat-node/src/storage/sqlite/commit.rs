//! Atomic writes: each step in order, then the events, all in the caller's transaction.

use rusqlite::Connection;

use super::definitions::Definitions;
use super::error::WriteError;
use super::row::Stored;
use super::{find, identity, relation};
use crate::domain::acl::Access;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::query::matches::matches;
use crate::domain::query::{Filter, Query};
use crate::domain::update::Update;
use crate::storage::{StorageError, Transaction, Write};

pub(super) fn commit(
    sql: &Connection,
    definitions: &Definitions<'_>,
    transaction: &Transaction,
) -> Result<Vec<Option<ParseObject>>, WriteError> {
    let mut results = Vec::with_capacity(transaction.writes.len());
    for write in &transaction.writes {
        results.push(step(sql, definitions, write)?);
    }
    if !transaction.events.is_empty() {
        service_chassis::outbox::sqlite::append(sql, &transaction.events)?;
    }
    Ok(results)
}

fn step(
    sql: &Connection,
    definitions: &Definitions<'_>,
    write: &Write,
) -> Result<Option<ParseObject>, WriteError> {
    match write {
        Write::Insert { class, object } => {
            let table = definitions.ensure(sql, class)?;
            insert(sql, table.number, object).map_err(|error| WriteError::of(class, error))?;
            if *class == ClassName::USER {
                identity::note(sql, object)?;
            }
            Ok(Some(object.clone()))
        }
        Write::Update {
            class,
            id,
            access,
            guard,
            update: change,
        } => {
            let object = update(sql, definitions, class, id, (access, guard), change)?;
            if *class == ClassName::USER {
                identity::note_again(sql, &object, change)?;
            }
            Ok(Some(object))
        }
        Write::Delete { class, id, access } => {
            let object = delete(sql, definitions, class, id, access)?;
            if *class == ClassName::USER {
                identity::forget(sql, id)?;
            }
            Ok(Some(object))
        }
        Write::DeleteWhere { class, filter } => {
            delete_where(sql, definitions, class, filter)?;
            Ok(None)
        }
        Write::UpdateWhere {
            class,
            filter,
            update: change,
        } => {
            update_where(sql, definitions, class, filter, change)?;
            Ok(None)
        }
        Write::Relate {
            class,
            field,
            owner,
            add,
            remove,
        } => {
            let table = definitions.ensure(sql, class)?;
            relation::change(sql, table.number, field, owner, (add, remove))?;
            Ok(None)
        }
    }
}

pub(super) fn insert(sql: &Connection, number: i64, object: &ParseObject) -> rusqlite::Result<()> {
    let stored = Stored::of(object);
    let statement = format!(
        "INSERT INTO class_{number} (object_id, created_at, updated_at, readers, acl, fields, hidden)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    );
    sql.prepare_cached(&statement)?.execute((
        object.id.as_str(),
        object.created_at.timestamp_millis(),
        object.updated_at.timestamp_millis(),
        stored.readers,
        stored.acl,
        stored.fields,
        stored.hidden,
    ))?;
    Ok(())
}

pub(super) fn replace(sql: &Connection, number: i64, object: &ParseObject) -> rusqlite::Result<()> {
    let stored = Stored::of(object);
    let statement = format!(
        "UPDATE class_{number} SET updated_at = ?2, readers = ?3, acl = ?4, fields = ?5, hidden = ?6
         WHERE object_id = ?1"
    );
    sql.prepare_cached(&statement)?.execute((
        object.id.as_str(),
        object.updated_at.timestamp_millis(),
        stored.readers,
        stored.acl,
        stored.fields,
        stored.hidden,
    ))?;
    Ok(())
}

fn update(
    sql: &Connection,
    definitions: &Definitions<'_>,
    class: &ClassName,
    id: &ObjectId,
    (access, guard): (&Access, &Filter),
    change: &Update,
) -> Result<ParseObject, WriteError> {
    let absent = || StorageError::NotFound {
        class: class.clone(),
        id: id.clone(),
    };
    let table = definitions.class(sql, class)?.ok_or_else(absent)?;
    let object = find::by_id(sql, &table, id)?;
    let object =
        object.filter(|object| access.may_write(object.acl.as_ref()) && matches(object, guard));
    let mut object = object.ok_or_else(absent)?;
    change.apply(&mut object).map_err(StorageError::Refused)?;
    replace(sql, table.number, &object).map_err(|error| WriteError::of(class, error))?;
    Ok(object)
}

fn delete(
    sql: &Connection,
    definitions: &Definitions<'_>,
    class: &ClassName,
    id: &ObjectId,
    access: &Access,
) -> Result<ParseObject, WriteError> {
    let absent = || StorageError::NotFound {
        class: class.clone(),
        id: id.clone(),
    };
    let table = definitions.class(sql, class)?.ok_or_else(absent)?;
    let object = find::by_id(sql, &table, id)?;
    let object = object
        .filter(|object| access.may_write(object.acl.as_ref()))
        .ok_or_else(absent)?;
    remove(sql, table.number, id)?;
    Ok(object)
}

fn delete_where(
    sql: &Connection,
    definitions: &Definitions<'_>,
    class: &ClassName,
    filter: &Filter,
) -> Result<(), WriteError> {
    let Some(table) = definitions.class(sql, class)? else {
        return Ok(());
    };
    let query = Query::all(class.clone()).filter(filter.clone());
    for object in find::find(sql, definitions, &query)? {
        remove(sql, table.number, &object.id)?;
    }
    if *class == ClassName::USER {
        identity::forget_gone(sql, table.number)?;
    }
    Ok(())
}

fn update_where(
    sql: &Connection,
    definitions: &Definitions<'_>,
    class: &ClassName,
    filter: &Filter,
    change: &Update,
) -> Result<(), WriteError> {
    let Some(table) = definitions.class(sql, class)? else {
        return Ok(());
    };
    let query = Query::all(class.clone()).filter(filter.clone());
    for mut object in find::find(sql, definitions, &query)? {
        change.apply(&mut object).map_err(StorageError::Refused)?;
        replace(sql, table.number, &object).map_err(|error| WriteError::of(class, error))?;
    }
    Ok(())
}

fn remove(sql: &Connection, number: i64, id: &ObjectId) -> rusqlite::Result<()> {
    relation::forget_owner(sql, number, id)?;
    let statement = format!("DELETE FROM class_{number} WHERE object_id = ?1");
    sql.prepare_cached(&statement)?.execute([id.as_str()])?;
    Ok(())
}
