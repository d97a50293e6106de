//! Relations: which members an owner has in a field.

use rusqlite::{Connection, params};

use crate::domain::names::ObjectId;

pub(super) fn change(
    sql: &Connection,
    class: i64,
    field: &str,
    owner: &ObjectId,
    (add, remove): (&[ObjectId], &[ObjectId]),
) -> rusqlite::Result<()> {
    let mut insert = sql.prepare_cached(
        "INSERT INTO relation (class_id, field, owner, member) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for member in add {
        insert.execute(params![class, field, owner.as_str(), member.as_str()])?;
    }
    let mut delete = sql.prepare_cached(
        "DELETE FROM relation WHERE class_id = ?1 AND field = ?2 AND owner = ?3 AND member = ?4",
    )?;
    for member in remove {
        delete.execute(params![class, field, owner.as_str(), member.as_str()])?;
    }
    Ok(())
}

pub(super) fn forget_owner(sql: &Connection, class: i64, owner: &ObjectId) -> rusqlite::Result<()> {
    // The key starts with the class and the field, and a class has few relation fields.
    sql.prepare_cached(
        "DELETE FROM relation WHERE class_id = ?1 AND owner = ?2
         AND field IN (SELECT DISTINCT field FROM relation WHERE class_id = ?1)",
    )?
    .execute(params![class, owner.as_str()])?;
    Ok(())
}

pub(super) fn members(
    sql: &Connection,
    class: i64,
    field: &str,
    owners: &[ObjectId],
) -> rusqlite::Result<Vec<ObjectId>> {
    let mut statement = sql.prepare_cached(
        "SELECT DISTINCT member FROM relation
         WHERE class_id = ?1 AND field = ?2 AND owner IN (SELECT value FROM json_each(?3))",
    )?;
    let rows = statement.query_map(params![class, field, id_list(owners)], id)?;
    rows.collect()
}

pub(super) fn owners(
    sql: &Connection,
    class: i64,
    field: &str,
    members: &[ObjectId],
) -> rusqlite::Result<Vec<ObjectId>> {
    let mut statement = sql.prepare_cached(
        "SELECT DISTINCT owner FROM relation
         WHERE class_id = ?1 AND field = ?2 AND member IN (SELECT value FROM json_each(?3))",
    )?;
    let rows = statement.query_map(params![class, field, id_list(members)], id)?;
    rows.collect()
}

fn id_list(ids: &[ObjectId]) -> String {
    let ids: Vec<&str> = ids.iter().map(ObjectId::as_str).collect();
    serde_json::Value::from(ids).to_string()
}

fn id(row: &rusqlite::Row<'_>) -> rusqlite::Result<ObjectId> {
    Ok(ObjectId::new(row.get::<_, String>(0)?))
}
