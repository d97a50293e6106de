//! What a change does to an object, exactly.

use super::{AclChange, FieldOp, Update};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::FieldPath;
use crate::domain::object::{ParseObject, value_at};
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
                // There is nothing yet to take out of, but the list is there from now on.
                FieldOp::Remove(_) => {
                    let empty = FieldOp::Set(ParseValue::Array(Vec::new()));
                    apply_op(&mut fields, path, &empty)?;
                }
                op => apply_op(&mut fields, path, op)?,
            }
        }
        Ok(fields)
    }
}

/// Longest list that setting an element beyond its end may make.
const MAX_LIST_LENGTH: usize = 10_000;

fn apply_op(fields: &mut Fields, path: &FieldPath, op: &FieldOp) -> Result<(), ParseError> {
    if matches!(op, FieldOp::SetOnInsert(_)) {
        return Ok(());
    }
    if matches!(op, FieldOp::Unset) {
        unset(fields, path);
        return Ok(());
    }
    let is_missing = || value_at(fields, path).is_none();
    if matches!(op, FieldOp::Remove(_)) && is_missing() {
        return Ok(());
    }
    let place = place_of(fields, path)?;
    let old = Some(&*place).filter(|value| !matches!(value, ParseValue::Null));
    *place = changed(old, op).ok_or_else(|| cannot_apply(path, op))?;
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
        // `null` takes part in lists as an empty one.
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

/// Takes a member out of its object; an element of a list becomes `null`.
fn unset(fields: &mut Fields, path: &FieldPath) {
    let Some((parents, last)) = path.as_str().rsplit_once('.') else {
        fields.shift_remove(path.as_str());
        return;
    };
    let mut segments = parents.split('.');
    let first = segments.next().and_then(|root| fields.get_mut(root));
    let parent = segments.try_fold(first, |value, segment| {
        Some(value.and_then(|value| member(value, segment)))
    });
    match parent.flatten() {
        Some(ParseValue::Object(fields)) => drop(fields.shift_remove(last)),
        Some(list @ ParseValue::Array(_)) => {
            if let Some(element) = member(list, last) {
                *element = ParseValue::Null;
            }
        }
        _ => {}
    }
}

fn member<'a>(value: &'a mut ParseValue, segment: &str) -> Option<&'a mut ParseValue> {
    match value {
        ParseValue::Object(fields) => fields.get_mut(segment),
        ParseValue::Array(items) => items.get_mut(segment.parse::<usize>().ok()?),
        _ => None,
    }
}

/// The place that a path names, made on the way where it is missing.
fn place_of<'a>(
    fields: &'a mut Fields,
    path: &FieldPath,
) -> Result<&'a mut ParseValue, ParseError> {
    let mut place = fields
        .entry(path.root().to_owned())
        .or_insert(ParseValue::Null);
    let mut parent = path.root();
    for segment in path.segments().skip(1) {
        if matches!(place, ParseValue::Null) {
            *place = ParseValue::Object(Fields::new());
        }
        let refuse = || {
            let text =
                format!("Cannot create field '{parent}' of {path}: its parent is not an object");
            ParseError::new(ErrorCode::INCORRECT_TYPE, text)
        };
        place = match place {
            ParseValue::Object(inner) => {
                inner.entry(segment.to_owned()).or_insert(ParseValue::Null)
            }
            ParseValue::Array(items) => {
                let index = segment.parse::<usize>().ok();
                let index = index.filter(|index| *index < items.len().max(MAX_LIST_LENGTH));
                let index = index.ok_or_else(refuse)?;
                if index >= items.len() {
                    items.resize(index + 1, ParseValue::Null);
                }
                &mut items[index]
            }
            _ => return Err(refuse()),
        };
        parent = segment;
    }
    Ok(place)
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
    fn paths_lead_into_lists() {
        let object = after(&[
            ("list.0", FieldOp::Set("first".into())),
            ("list.3", FieldOp::Set("last".into())),
            ("list.1", FieldOp::Unset),
            ("nowhere", FieldOp::Remove(vec![1.0.into()])),
        ])
        .unwrap();
        assert_eq!(
            object.get("list"),
            Some(&ParseValue::Array(vec![
                "first".into(),
                ParseValue::Null,
                ParseValue::Null,
                "last".into()
            ]))
        );
        assert_eq!(object.get("nowhere"), None);
        assert!(after(&[("list.9999999", FieldOp::Set(1.0.into()))]).is_err());
        assert!(after(&[("list.x", FieldOp::Set(1.0.into()))]).is_err());
    }

    #[test]
    fn an_op_that_does_not_fit_is_refused() {
        assert!(after(&[("list", FieldOp::Increment(1.0))]).is_err());
        assert!(after(&[("n", FieldOp::Add(vec![1.0.into()]))]).is_err());
        assert!(after(&[("n.x", FieldOp::Set(1.0.into()))]).is_err());
    }
}
