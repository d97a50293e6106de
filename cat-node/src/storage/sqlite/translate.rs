//! Filters and orders as SQL, where SQL means exactly the same; what is left over goes to the evaluator. Whether it
//! means the same follows from the schema: a `String` field holds a string, `null` or nothing, never an array.

use rusqlite::types::Value as Sql;

use super::class_table::ClassTable;
use super::expression;
use crate::domain::acl::Access;
use crate::domain::names::FieldPath;
use crate::domain::query::{Direction, Filter, OrderBy, Pattern, Test};
use crate::domain::schema::FieldType;
use crate::domain::value::ParseValue;
use crate::domain::value::json::date_text;

/// SQL text with its bound values.
#[derive(Debug, Default)]
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) values: Vec<Sql>,
}

impl Condition {
    fn always(truth: bool) -> Self {
        Self {
            sql: if truth { "1" } else { "0" }.to_owned(),
            values: Vec::new(),
        }
    }

    fn joined(conditions: Vec<Self>, operator: &str, empty: bool) -> Self {
        if conditions.is_empty() {
            return Self::always(empty);
        }
        let mut joined = Self::default();
        for (index, condition) in conditions.into_iter().enumerate() {
            joined.sql.push_str(if index == 0 { "(" } else { operator });
            joined.sql.push_str(&condition.sql);
            joined.values.extend(condition.values);
        }
        joined.sql.push(')');
        joined
    }
}

/// A filter split in two: an object matches when both halves hold.
#[derive(Debug)]
pub(super) struct Split {
    pub(super) pushed: Condition,
    /// For the evaluator; `None` when SQL says it all.
    pub(super) rest: Option<Filter>,
}

pub(super) fn split(table: &ClassTable, filter: &Filter) -> Split {
    let parts = match filter {
        Filter::And(parts) => parts.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut pushed = Vec::new();
    let mut rest = Vec::new();
    for part in parts {
        match exact(table, part) {
            Some(condition) => pushed.push(condition),
            None => rest.push(part.clone()),
        }
    }
    Split {
        pushed: Condition::joined(pushed, " AND ", true),
        rest: (!rest.is_empty()).then_some(Filter::And(rest)),
    }
}

/// What the readers' list must hold for this access. Most lists are no list or name everyone, who is among all grants.
pub(super) fn readable(access: &Access) -> Option<Condition> {
    let Access::Grants(grants) = access else {
        return None;
    };
    let grants = serde_json::Value::from(grants.clone()).to_string();
    let sql = r#"(readers IS NULL OR readers = '["*"]' OR EXISTS (
        SELECT 1 FROM json_each(readers) WHERE value IN (SELECT value FROM json_each(?))))"#;
    Some(Condition {
        sql: sql.to_owned(),
        values: vec![Sql::Text(grants)],
    })
}

fn exact(table: &ClassTable, filter: &Filter) -> Option<Condition> {
    let all = |filters: &[Filter]| {
        filters
            .iter()
            .map(|filter| exact(table, filter))
            .collect::<Option<Vec<_>>>()
    };
    match filter {
        Filter::And(filters) => Some(Condition::joined(all(filters)?, " AND ", true)),
        Filter::Or(filters) => Some(Condition::joined(all(filters)?, " OR ", false)),
        Filter::Nor(filters) => {
            let mut none = Condition::joined(all(filters)?, " OR ", false);
            none.sql = format!("({} IS NOT 1)", none.sql);
            Some(none)
        }
        Filter::Field { path, test } => Column::of(table, path)?.condition(test),
    }
}

/// Hidden fields are in no schema: a text is known to be one, everything else the evaluator has to look at.
fn compares_texts(test: &Test) -> bool {
    let is_text = |value: &ParseValue| matches!(value, ParseValue::String(_));
    match test {
        Test::Equal(value) | Test::NotEqual(value) => is_text(value),
        Test::In(values) | Test::NotIn(values) => values.iter().all(is_text),
        _ => false,
    }
}

/// A column that SQL sees as one scalar of a known kind.
struct Column {
    expression: Condition,
    kind: FieldType,
}

impl Column {
    fn of(table: &ClassTable, path: &FieldPath) -> Option<Self> {
        let plain = |sql: &str| Condition {
            sql: sql.to_owned(),
            values: Vec::new(),
        };
        let name = path.as_str();
        match name {
            "objectId" => {
                return Some(Self {
                    expression: plain("object_id"),
                    kind: FieldType::String,
                });
            }
            "createdAt" => {
                return Some(Self {
                    expression: plain("created_at"),
                    kind: FieldType::Date,
                });
            }
            "updatedAt" => {
                return Some(Self {
                    expression: plain("updated_at"),
                    kind: FieldType::Date,
                });
            }
            _ if path.is_nested() => return None,
            _ => {}
        }
        let kind = expression::kind(&table.schema, name)?;
        let expression = plain(&expression::scalar(name, &kind)?);
        Some(Self { expression, kind })
    }

    fn is_hidden(&self) -> bool {
        self.expression.sql.starts_with("json_extract(hidden")
    }

    fn is_timestamp(&self) -> bool {
        self.expression.sql.ends_with("_at")
    }

    /// The value as the column holds it; `None` when no value of this kind can be in the column.
    fn value(&self, value: &ParseValue) -> Option<Sql> {
        Some(match (&self.kind, value) {
            (FieldType::String, ParseValue::String(text)) => Sql::Text(text.clone()),
            (FieldType::Number, ParseValue::Number(number)) => Sql::Real(*number),
            (FieldType::Boolean, ParseValue::Bool(truth)) => Sql::Integer(i64::from(*truth)),
            (FieldType::Date, ParseValue::Date(date)) if self.is_timestamp() => {
                Sql::Integer(date.timestamp_millis())
            }
            (FieldType::Date, ParseValue::Date(date)) => Sql::Text(date_text(*date)),
            (FieldType::Pointer(class), ParseValue::Pointer(pointer))
                if *class == pointer.class =>
            {
                Sql::Text(pointer.id.as_str().to_owned())
            }
            _ => return None,
        })
    }

    fn condition(self, test: &Test) -> Option<Condition> {
        if self.is_hidden() && !compares_texts(test) {
            return None;
        }
        match test {
            Test::Equal(ParseValue::Null) => Some(self.with(" IS NULL", None)),
            Test::NotEqual(ParseValue::Null) => Some(self.with(" IS NOT NULL", None)),
            Test::Equal(value) => Some(self.compare(" = ?", value, false)),
            Test::NotEqual(value) => Some(self.compare(" IS NOT ?", value, true)),
            Test::Less(value) => self.bound(" < ?", value),
            Test::LessOrEqual(value) => self.bound(" <= ?", value),
            Test::Greater(value) => self.bound(" > ?", value),
            Test::GreaterOrEqual(value) => self.bound(" >= ?", value),
            Test::In(values) => self.one_of(values),
            Test::Matches(pattern) if self.kind == FieldType::String => self.matches(pattern),
            Test::NotIn(values) => {
                let mut none = self.one_of(values)?;
                none.sql = format!("({} IS NOT 1)", none.sql);
                Some(none)
            }
            _ => None,
        }
    }

    /// Patterns that are only a text: its beginning, or the whole of it in any case.
    fn matches(self, pattern: &Pattern) -> Option<Condition> {
        if let Some(prefix) = pattern.literal_prefix() {
            return Some(self.begins_with(prefix));
        }
        let text = pattern.equal_text_ignoring_case()?;
        let mut condition = self.wrapped("lower(", ") = lower(?)");
        condition.values.push(Sql::Text(text));
        Some(condition)
    }

    /// A range, so that an index serves it: texts sort by their bytes.
    fn begins_with(self, prefix: &str) -> Condition {
        let from = Sql::Text(prefix.to_owned());
        let Some(end) = after_prefix(prefix) else {
            return self.with(" >= ?", Some(from));
        };
        let mut condition = self.expression;
        condition.sql = format!("({0} >= ? AND {0} < ?)", condition.sql);
        condition.values.extend([from, Sql::Text(end)]);
        condition
    }

    fn wrapped(self, before: &str, after: &str) -> Condition {
        let mut condition = self.expression;
        condition.sql = format!("{before}{}{after}", condition.sql);
        condition
    }

    fn bound(self, operator: &str, value: &ParseValue) -> Option<Condition> {
        // Pointers to other classes sort before or after all of these: the evaluator knows.
        let comparable = match value {
            ParseValue::Null | ParseValue::Array(_) => false,
            ParseValue::Pointer(_) => self.value(value).is_some(),
            _ => true,
        };
        comparable.then(|| self.compare(operator, value, false))
    }

    fn compare(self, operator: &str, value: &ParseValue, without: bool) -> Condition {
        match self.value(value) {
            Some(value) => self.with(operator, Some(value)),
            None => Condition::always(without),
        }
    }

    /// Numbers and texts as one bound JSON array, so that a list of any length is one statement.
    fn one_of(self, values: &[ParseValue]) -> Option<Condition> {
        if values.iter().any(|value| matches!(value, ParseValue::Null)) {
            return None;
        }
        let list = values
            .iter()
            .filter_map(|value| self.value(value))
            .map(|value| match value {
                Sql::Integer(number) => serde_json::Value::from(number),
                Sql::Real(number) => crate::domain::value::json::number_to_json(number),
                Sql::Text(text) => serde_json::Value::from(text),
                Sql::Null | Sql::Blob(_) => serde_json::Value::Null,
            });
        let list = serde_json::Value::Array(list.collect()).to_string();
        Some(self.with(
            " IN (SELECT value FROM json_each(?))",
            Some(Sql::Text(list)),
        ))
    }

    fn with(self, suffix: &str, value: Option<Sql>) -> Condition {
        let mut condition = self.expression;
        condition.sql.push_str(suffix);
        condition.values.extend(value);
        condition
    }
}

/// The first text, in the order of bytes, that sorts after all that begin with the prefix.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut prefix = prefix.to_owned();
    while let Some(last) = prefix.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            prefix.push(next);
            return Some(prefix);
        }
    }
    None
}

/// The `ORDER BY` list, ending in the order of insertion; `None` when SQL would sort differently.
pub(super) fn order(table: &ClassTable, order: &[OrderBy]) -> Option<Condition> {
    let mut sorted = Condition::default();
    for key in order {
        if !key.path.is_nested()
            && !key.path.as_str().starts_with('_')
            && !is_known(table, &key.path)
        {
            continue;
        }
        let column = Column::of(table, &key.path)?;
        sorted.sql.push_str(&column.expression.sql);
        sorted.sql.push_str(match key.direction {
            Direction::Ascending => ", ",
            Direction::Descending => " DESC, ",
        });
        sorted.values.extend(column.expression.values);
    }
    sorted.sql.push_str("row");
    Some(sorted)
}

/// A field that no object of the class has sorts nothing.
fn is_known(table: &ClassTable, path: &FieldPath) -> bool {
    table.schema.field(path.as_str()).is_some()
}

#[cfg(test)]
mod tests {
    use super::after_prefix;

    #[test]
    fn a_prefix_ends_before_its_successor() {
        assert_eq!(after_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(after_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(after_prefix("\u{10ffff}"), None);
    }
}
