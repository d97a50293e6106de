//! What a change does to an object, exactly.

use super::{AclChange, FieldOp, Update};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::FieldPath;
use crate::domain::object::ParseObject;
use crate::domain::value::{Fields, ParseValue};

impl Update {
    /// Applies the change to an object that exists.
    pub fn apply(&self, object: &mut ParseObject) -> Result<(), ParseError> {
        match &self.acl {
            AclChange::Keep => {}
            AclChange::Set(acl) => object.acl = Some(acl.clone()),
            AclChange::Clear => object.acl = None,
        }
        for (path, op) in &self.ops {
            apply_op(&mut object.fields, path, op)?;
        }
        object.updated_at = object.updated_at.max(self.updated_at);
        Ok(())
    }

    /// The fields of an object that is being created by these ops.
    pub fn initial_fields(&self) -> Result<Fields, ParseError> {
        let mut fields = Fields::new();
        for (path, op) in &self.ops {
            match op {
                FieldOp::SetOnInsert(value) => {
                    apply_op(&mut fields, path, &FieldOp::Set(value.clone()))?;
                }
                // There is nothing yet to be unique among.
                FieldOp::AddUnique(items) => {
                    apply_op(
                        &mut fields,
                        path,
                        &FieldOp::Set(ParseValue::Array(items.clone())),
                    )?;
                }
                op => apply_op(&mut fields, path, op)?,
            }
        }
        Ok(fields)
    }
}

fn apply_op(fields: &mut Fields, path: &FieldPath, op: &FieldOp) -> Result<(), ParseError> {
    let (parents, last) = match path.as_str().rsplit_once('.') {
        None => (None, path.as_str()),
        Some((parents, last)) => (Some(parents), last),
    };
    if matches!(op, FieldOp::SetOnInsert(_)) {
        return Ok(());
    }
    if matches!(op, FieldOp::Unset) {
        if let Some(fields) = reach(fields, parents) {
            fields.shift_remove(last);
        }
        return Ok(());
    }
    let fields = make_way(fields, parents, path)?;
    let old = fields
        .get(last)
        .filter(|value| !matches!(value, ParseValue::Null));
    let new = changed(old, op).ok_or_else(|| cannot_apply(path, op))?;
    fields.insert(last.to_owned(), new);
    Ok(())
}

/// `None` when the op does not go with what is there.
fn changed(old: Option<&ParseValue>, op: &FieldOp) -> Option<ParseValue> {
    Some(match (op, old) {
        (FieldOp::Set(value), _) => value.clone(),
        (FieldOp::Increment(by), None) => ParseValue::Number(*by),
        (FieldOp::Increment(by), Some(ParseValue::Number(number))) => {
            ParseValue::Number(number + by)
        }
        (FieldOp::Add(items), None) => ParseValue::Array(items.clone()),
        (FieldOp::Add(items), Some(ParseValue::Array(old))) => {
            ParseValue::Array(old.iter().chain(items).cloned().collect())
        }
        (FieldOp::AddUnique(items), None) => add_unique(&[], items),
        (FieldOp::AddUnique(items), Some(ParseValue::Array(old))) => add_unique(old, items),
        (FieldOp::Remove(_), None) => ParseValue::Array(Vec::new()),
        (FieldOp::Remove(items), Some(ParseValue::Array(old))) => ParseValue::Array(
            old.iter()
                .filter(|item| !items.contains(item))
                .cloned()
                .collect(),
        ),
        _ => return None,
    })
}

fn add_unique(old: &[ParseValue], items: &[ParseValue]) -> ParseValue {
    let mut all = old.to_vec();
    for item in items {
        if !all.contains(item) {
            all.push(item.clone());
        }
    }
    ParseValue::Array(all)
}

fn reach<'a>(fields: &'a mut Fields, parents: Option<&str>) -> Option<&'a mut Fields> {
    let mut fields = fields;
    for segment in parents.into_iter().flat_map(|parents| parents.split('.')) {
        match fields.get_mut(segment)? {
            ParseValue::Object(inner) => fields = inner,
            _ => return None,
        }
    }
    Some(fields)
}

/// The object at the end of the parents, made on the way where it is missing.
fn make_way<'a>(
    fields: &'a mut Fields,
    parents: Option<&str>,
    path: &FieldPath,
) -> Result<&'a mut Fields, ParseError> {
    let mut fields = fields;
    for segment in parents.into_iter().flat_map(|parents| parents.split('.')) {
        let next = fields.entry(segment.to_owned()).or_insert(ParseValue::Null);
        if matches!(next, ParseValue::Null) {
            *next = ParseValue::Object(Fields::new());
        }
        match next {
            ParseValue::Object(inner) => fields = inner,
            _ => {
                let text = format!(
                    "Cannot create field '{segment}' of {path}: its parent is not an object"
                );
                return Err(ParseError::new(ErrorCode::INCORRECT_TYPE, text));
            }
        }
    }
    Ok(fields)
}

fn cannot_apply(path: &FieldPath, op: &FieldOp) -> ParseError {
    let needs = match op {
        FieldOp::Increment(_) => "a number",
        _ => "an array",
    };
    ParseError::new(
        ErrorCode::INCORRECT_TYPE,
        format!("Cannot apply the operation: {path} is not {needs}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::ObjectId;
    use chrono::DateTime;

    fn path(text: &str) -> FieldPath {
        FieldPath::parse(text).unwrap()
    }

    fn after(ops: &[(&str, FieldOp)]) -> Result<ParseObject, ParseError> {
        let numbers = ParseValue::Array(vec![1.0.into(), 2.0.into()]);
        let fields =
            Fields::from_iter([("n".to_owned(), 1.0.into()), ("list".to_owned(), numbers)]);
        let mut object = ParseObject::new(ObjectId::new("x"), DateTime::UNIX_EPOCH, None, fields);
        let ops = ops
            .iter()
            .map(|(field, op)| (path(field), op.clone()))
            .collect();
        let update = Update {
            acl: AclChange::Keep,
            ops,
            updated_at: DateTime::UNIX_EPOCH,
        };
        update.apply(&mut object)?;
        Ok(object)
    }

    #[test]
    fn ops_do_what_they_say() {
        let object = after(&[
            ("n", FieldOp::Increment(2.0)),
            ("fresh", FieldOp::Increment(5.0)),
            ("list", FieldOp::AddUnique(vec![2.0.into(), 3.0.into()])),
            ("list", FieldOp::Remove(vec![1.0.into()])),
            ("deep.down", FieldOp::Set("here".into())),
        ])
        .unwrap();
        assert_eq!(object.get("n"), Some(&3.0.into()));
        assert_eq!(object.get("fresh"), Some(&5.0.into()));
        assert_eq!(
            object.get("list"),
            Some(&ParseValue::Array(vec![2.0.into(), 3.0.into()]))
        );
        assert_eq!(
            object.at(&path("deep.down")).as_deref(),
            Some(&"here".into())
        );
    }

    #[test]
    fn an_op_that_does_not_fit_is_refused() {
        assert!(after(&[("list", FieldOp::Increment(1.0))]).is_err());
        assert!(after(&[("n", FieldOp::Add(vec![1.0.into()]))]).is_err());
        assert!(after(&[("n.x", FieldOp::Set(1.0.into()))]).is_err());
    }
}
