//! Changes to one object in MongoDB's own operators, which are atomic without a transaction.

use bson::{Bson, Document, doc};

use super::columns::{POINTER_PREFIX, READERS, UPDATED_AT, WRITERS, path_column, stored_at};
use super::document::{is_unique, readers, writers};
use super::value::to_nested;
use crate::domain::names::FieldPath;
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::update::{AclChange, FieldOp, Update};
use crate::domain::value::ParseValue;

/// `None` when MongoDB's operators would not do exactly what `Update::apply` does: then the object is read, changed
/// and written back.
pub(super) fn operators(update: &Update, schema: &ClassSchema) -> Option<Document> {
    if !touches_each_path_once(update) {
        return None;
    }
    let mut operators = Operators::default();
    match &update.acl {
        AclChange::Keep => {}
        AclChange::Set(acl) => {
            operators.put("$set", READERS, readers(acl).into());
            operators.put("$set", WRITERS, writers(acl).into());
        }
        AclChange::Clear => {
            operators.put("$unset", READERS, "".into());
            operators.put("$unset", WRITERS, "".into());
        }
    }
    for (path, op) in &update.ops {
        operators.add(path, op, schema)?;
    }
    let updated_at = bson::DateTime::from_chrono(update.updated_at);
    operators.put("$max", UPDATED_AT, updated_at.into());
    Some(operators.document)
}

#[derive(Default)]
struct Operators {
    document: Document,
}

impl Operators {
    fn put(&mut self, operator: &str, column: &str, operand: Bson) {
        let operands = self
            .document
            .entry(operator.to_owned())
            .or_insert_with(|| Document::new().into());
        if let Bson::Document(operands) = operands {
            operands.insert(column, operand);
        }
    }

    fn add(&mut self, path: &FieldPath, op: &FieldOp, schema: &ClassSchema) -> Option<()> {
        if path.root() == "authData" || has_numeric_segment(path) {
            return None;
        }
        let column = path_column(schema, path);
        match op {
            FieldOp::Set(ParseValue::Relation(_)) | FieldOp::SetOnInsert(_) => {}
            FieldOp::Set(ParseValue::Null) if is_unique(schema, path.as_str()) => {
                self.put("$unset", &column, "".into());
            }
            FieldOp::Set(value) => {
                let column = set_column(path, value, schema);
                self.put("$set", &column, stored_at(path, value));
            }
            FieldOp::Unset => self.put("$unset", &column, "".into()),
            FieldOp::Increment(by) => {
                self.put("$inc", &column, to_nested(&ParseValue::Number(*by)));
            }
            FieldOp::Add(items) => self.put("$push", &column, each(items)),
            FieldOp::AddUnique(items) if items.iter().all(is_scalar) => {
                self.put("$addToSet", &column, each(items));
            }
            // `Remove` of `null` leaves an empty list, and objects compare without regard to key order.
            FieldOp::AddUnique(_) | FieldOp::Remove(_) => return None,
        }
        Some(())
    }
}

/// A new pointer field is not in the schema that this process last read, but its value says what it is.
fn set_column(path: &FieldPath, value: &ParseValue, schema: &ClassSchema) -> String {
    match value {
        ParseValue::Pointer(_) if !path.is_nested() => format!("{POINTER_PREFIX}{path}"),
        _ => path_column(schema, path).into_owned(),
    }
}

fn each(items: &[ParseValue]) -> Bson {
    let items: Vec<Bson> = items.iter().map(to_nested).collect();
    doc! {"$each": items}.into()
}

fn is_scalar(value: &ParseValue) -> bool {
    !matches!(
        FieldType::of(value),
        Some(FieldType::Object | FieldType::Array)
    )
}

/// MongoDB would take `list.0` for an index where `apply` takes it for a key.
fn has_numeric_segment(path: &FieldPath) -> bool {
    path.segments()
        .any(|segment| segment.bytes().all(|byte| byte.is_ascii_digit()))
}

fn touches_each_path_once(update: &Update) -> bool {
    let mut paths: Vec<&str> = update.ops.iter().map(|(path, _)| path.as_str()).collect();
    paths.sort_unstable();
    paths.windows(2).all(|pair| {
        let after = pair[1].strip_prefix(pair[0]);
        !after.is_some_and(|after| after.is_empty() || after.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::names::ClassName;

    fn operators_of(ops: &[(&str, FieldOp)]) -> Option<Document> {
        let ops = ops
            .iter()
            .map(|(path, op)| (FieldPath::parse(path).unwrap(), op.clone()));
        let update = Update {
            ops: ops.collect(),
            ..Update::at(DateTime::UNIX_EPOCH)
        };
        operators(&update, &ClassSchema::new(ClassName::internal("Game")))
    }

    #[test]
    fn each_op_has_its_operator() {
        let document = operators_of(&[
            ("name", FieldOp::Set("x".into())),
            ("old", FieldOp::Unset),
            ("score", FieldOp::Increment(2.0)),
            ("tags", FieldOp::AddUnique(vec!["a".into()])),
        ]);
        let expected = doc! {
            "$set": {"name": "x"},
            "$unset": {"old": ""},
            "$inc": {"score": 2},
            "$addToSet": {"tags": {"$each": ["a"]}},
            "$max": {"_updated_at": bson::DateTime::from_millis(0)},
        };
        assert_eq!(document, Some(expected));
    }

    #[test]
    fn what_mongodb_would_do_otherwise_is_not_left_to_it() {
        let twice = [
            ("n", FieldOp::Set(1.0.into())),
            ("n", FieldOp::Increment(1.0)),
        ];
        let within = [("a", FieldOp::Unset), ("a.b", FieldOp::Set(1.0.into()))];
        let index = [("list.0", FieldOp::Set(1.0.into()))];
        assert_eq!(operators_of(&twice), None);
        assert_eq!(operators_of(&within), None);
        assert_eq!(operators_of(&index), None);
    }
}
