//! Reads: by id, by query, counts.

use std::cmp::Ordering;
use std::ops::ControlFlow;
use std::sync::Arc;

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use serde_json::{Value as Json, json};

use super::class_table::ClassTable;
use super::definitions::Definitions;
use super::row;
use super::translate::{self, Condition};
use crate::domain::acl::Access;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::relations_text;
use crate::domain::query::matches::matches;
use crate::domain::query::order::{compare, nearest_first};
use crate::domain::query::{Filter, Query};

/// Objects that are sorted together when SQL cannot sort.
const SORTED_AT_ONCE: usize = 2_048;

pub(super) fn by_id(
    connection: &Connection,
    table: &ClassTable,
    id: &ObjectId,
) -> rusqlite::Result<Option<ParseObject>> {
    let sql = format!(
        "SELECT {} FROM class_{} WHERE object_id = ?1",
        row::COLUMNS,
        table.number
    );
    connection
        .prepare_cached(&sql)?
        .query_row([id.as_str()], row::read)
        .optional()
}

pub(super) fn get(
    connection: &Connection,
    definitions: &Definitions<'_>,
    class: &ClassName,
    id: &ObjectId,
    access: &Access,
) -> rusqlite::Result<Option<ParseObject>> {
    let Some(table) = definitions.class(connection, class)? else {
        return Ok(None);
    };
    let object = by_id(connection, &table, id)?;
    Ok(object.filter(|object| access.may_read(object.acl.as_ref())))
}

/// A query as far as SQL answers it.
struct Plan {
    table: Arc<ClassTable>,
    conditions: Condition,
    /// What the evaluator has to check row by row.
    rest: Option<Filter>,
    /// `None` when the objects have to be sorted here.
    order: Option<Condition>,
}

impl Plan {
    fn of(
        connection: &Connection,
        definitions: &Definitions<'_>,
        query: &Query,
    ) -> rusqlite::Result<Option<Self>> {
        let Some(table) = definitions.class(connection, &query.class)? else {
            return Ok(None);
        };
        let split = translate::split(&table, &query.filter);
        let mut conditions = split.pushed;
        if let Some(allowed) = translate::readable(&query.access) {
            conditions.sql = format!("{} AND {}", conditions.sql, allowed.sql);
            conditions.values.extend(allowed.values);
        }
        let by_distance = query.order.is_empty() && nearest_first(&query.filter).is_some();
        let order = if by_distance {
            None
        } else {
            translate::order(&table, &query.order)
        };
        Ok(Some(Self {
            table,
            conditions,
            rest: split.rest,
            order,
        }))
    }

    /// The statement; SQL skips and limits only when it filters and sorts alone.
    fn statement(&self, query: &Query) -> (String, Vec<Sql>) {
        let mut values = self.conditions.values.clone();
        let mut sql = format!(
            "SELECT {} FROM class_{} WHERE {}",
            row::COLUMNS,
            self.table.number,
            self.conditions.sql
        );
        // What is sorted here is sorted stably, so ties keep the order of insertion.
        let by_row = Condition {
            sql: "row".to_owned(),
            values: Vec::new(),
        };
        let order = self.order.as_ref().unwrap_or(&by_row);
        sql.push_str(" ORDER BY ");
        sql.push_str(&order.sql);
        values.extend(order.values.iter().cloned());
        if self.is_complete() {
            sql.push_str(" LIMIT ? OFFSET ?");
            values.push(Sql::Integer(query.limit.map_or(-1, as_integer)));
            values.push(Sql::Integer(as_integer(query.skip)));
        }
        (sql, values)
    }

    fn is_complete(&self) -> bool {
        self.rest.is_none() && self.order.is_some()
    }

    fn passes(&self, object: &ParseObject) -> bool {
        self.rest.as_ref().is_none_or(|rest| matches(object, rest))
    }
}

fn as_integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn find(
    connection: &Connection,
    definitions: &Definitions<'_>,
    query: &Query,
) -> rusqlite::Result<Vec<ParseObject>> {
    let Some(plan) = Plan::of(connection, definitions, query)? else {
        return Ok(Vec::new());
    };
    let (sql, values) = plan.statement(query);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), row::read)?;
    if plan.is_complete() {
        return rows.collect();
    }
    let skip = usize::try_from(query.skip).unwrap_or(usize::MAX);
    let limit = query
        .limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX);
    let mut passing =
        rows.filter(|object| object.as_ref().map_or(true, |object| plan.passes(object)));
    if plan.order.is_some() {
        return passing.by_ref().skip(skip).take(limit).collect();
    }
    let objects = best(passing, skip.saturating_add(limit), &|a, b| {
        sort_order(query, a, b)
    })?;
    Ok(objects.into_iter().skip(skip).take(limit).collect())
}

/// The same, in no order but that of insertion, some at a time; `take` says when it has enough.
pub(super) fn in_portions(
    connection: &Connection,
    definitions: &Definitions<'_>,
    query: &Query,
    size: usize,
    take: &mut dyn FnMut(Vec<ParseObject>) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    let Some(plan) = Plan::of(connection, definitions, query)? else {
        return Ok(());
    };
    let (sql, values) = plan.statement(query);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), row::read)?;
    let limit = query.limit.and_then(|limit| usize::try_from(limit).ok());
    let passing = rows.filter(|object| object.as_ref().map_or(true, |object| plan.passes(object)));
    let mut portion = Vec::new();
    for object in passing.take(limit.unwrap_or(usize::MAX)) {
        portion.push(object?);
        if portion.len() >= size && take(std::mem::take(&mut portion)).is_break() {
            return Ok(());
        }
    }
    let _ = take(portion);
    Ok(())
}

fn sort_order(query: &Query, a: &ParseObject, b: &ParseObject) -> Ordering {
    match nearest_first(&query.filter).filter(|_| query.order.is_empty()) {
        Some(near) => near.compare(a, b),
        None => compare(a, b, &query.order),
    }
}

/// The first `count` of them in this order, without ever holding many more.
fn best(
    objects: impl Iterator<Item = rusqlite::Result<ParseObject>>,
    count: usize,
    order: &dyn Fn(&ParseObject, &ParseObject) -> Ordering,
) -> rusqlite::Result<Vec<ParseObject>> {
    let most = count.saturating_mul(2).max(SORTED_AT_ONCE);
    let mut best = Vec::new();
    for object in objects {
        best.push(object?);
        if best.len() >= most {
            best.sort_by(order);
            best.truncate(count);
        }
    }
    best.sort_by(order);
    Ok(best)
}

/// SQLite's own plan of the query, and what it leaves to the evaluator.
pub(super) fn explain(
    connection: &Connection,
    definitions: &Definitions<'_>,
    query: &Query,
) -> rusqlite::Result<Json> {
    let Some(plan) = Plan::of(connection, definitions, query)? else {
        return Ok(
            json!({"queryPlanner": {"namespace": query.class.as_str(), "winningPlan": {"stage": "EOF"}}}),
        );
    };
    let (sql, values) = plan.statement(query);
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let steps = statement.query_map(params_from_iter(values), |row| {
        row.get::<_, String>("detail")
    })?;
    let steps: Vec<String> = steps.collect::<Result<_, _>>()?;
    Ok(json!({"queryPlanner": {
        "namespace": query.class.as_str(),
        "winningPlan": {
            "stage": "SQLITE",
            "queryPlan": steps,
            "filtersRowByRow": plan.rest.is_some(),
            "sortsInMemory": plan.order.is_none(),
        },
        "rejectedPlans": [],
    }}))
}

/// The same as the text that clients get; `None` when SQL does not say it all.
pub(super) fn find_text(
    connection: &Connection,
    definitions: &Definitions<'_>,
    query: &Query,
) -> rusqlite::Result<Option<String>> {
    let Some(plan) = Plan::of(connection, definitions, query)? else {
        return Ok(Some("[]".to_owned()));
    };
    if !plan.is_complete() {
        return Ok(None);
    }
    let (sql, values) = plan.statement(query);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let relations = relations_text(&plan.table.schema);
    let mut text = String::from("[");
    while let Some(row) = rows.next()? {
        if text.len() > 1 {
            text.push(',');
        }
        row::write_text(row, &relations, &mut text)?;
    }
    text.push(']');
    Ok(Some(text))
}

pub(super) fn count(
    connection: &Connection,
    definitions: &Definitions<'_>,
    query: &Query,
) -> rusqlite::Result<u64> {
    let Some(plan) = Plan::of(connection, definitions, query)? else {
        return Ok(0);
    };
    if plan.rest.is_none() {
        let sql = format!(
            "SELECT count(*) FROM class_{} WHERE {}",
            plan.table.number, plan.conditions.sql
        );
        return connection
            .prepare_cached(&sql)?
            .query_row(params_from_iter(&plan.conditions.values), |row| row.get(0));
    }
    let sql = format!(
        "SELECT {} FROM class_{} WHERE {}",
        row::COLUMNS,
        plan.table.number,
        plan.conditions.sql
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut count = 0;
    for object in statement.query_map(params_from_iter(&plan.conditions.values), row::read)? {
        count += u64::from(plan.passes(&object?));
    }
    Ok(count)
}
