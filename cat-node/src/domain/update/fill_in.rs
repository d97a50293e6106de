//! What the options of a class's fields make of a change: defaults are filled in, required values insisted on.

use super::{FieldOp, Update};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::FieldPath;
use crate::domain::schema::ClassSchema;
use crate::domain::schema::field_options::FieldOptions;
use crate::domain::value::ParseValue;
use crate::domain::value::json::value_from_json;

/// Completes a new object. A default is a `SetOnInsert`, so that the client is told of it.
pub fn complete_new(update: &mut Update, schema: &ClassSchema) -> Result<(), ParseError> {
    for (field, options) in &schema.options {
        let is_this = |path: &FieldPath| path.as_str() == field;
        let given = update.ops.iter().find(|(path, _)| is_this(path));
        let is_open = matches!(given, None | Some((_, FieldOp::Unset)));
        match options.default_value() {
            Some(default) if is_open => {
                let value = value_from_json(default)?;
                update.ops.retain(|(path, _)| !is_this(path));
                let path = FieldPath::parse(field)?;
                update.ops.push((path, FieldOp::SetOnInsert(value)));
            }
            _ if options.is_required() && given.is_none_or(|(_, op)| leaves_nothing(op)) => {
                return Err(required(field));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses to take away what must be there.
pub fn check_kept(update: &Update, schema: &ClassSchema) -> Result<(), ParseError> {
    for (path, op) in &update.ops {
        let is_required = || {
            let options = schema.options.get(path.as_str());
            options.is_some_and(FieldOptions::is_required)
        };
        if leaves_nothing(op) && is_required() {
            return Err(required(path.as_str()));
        }
    }
    Ok(())
}

/// An empty text counts as nothing.
fn leaves_nothing(op: &FieldOp) -> bool {
    match op {
        FieldOp::Unset | FieldOp::Set(ParseValue::Null) => true,
        FieldOp::Set(ParseValue::String(text)) => text.is_empty(),
        _ => false,
    }
}

fn required(field: &str) -> ParseError {
    ParseError::new(ErrorCode::VALIDATION_ERROR, format!("{field} is required"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::ClassName;
    use crate::domain::update::parse::change_from_json;
    use chrono::DateTime;
    use serde_json::{Value as Json, json};

    fn schema() -> ClassSchema {
        let mut schema = ClassSchema::new(ClassName::internal("Game"));
        for (field, options) in [
            ("name", json!({"required": true})),
            ("score", json!({"defaultValue": 5, "required": true})),
        ] {
            let options = FieldOptions::of_definition(options.as_object().unwrap());
            schema.options.insert(field.to_owned(), options);
        }
        schema
    }

    fn update(body: &Json) -> Update {
        change_from_json(body.as_object().unwrap(), DateTime::UNIX_EPOCH)
            .unwrap()
            .update
    }

    #[test]
    fn what_is_not_given_takes_its_default() {
        for body in [
            json!({"name": "x"}),
            json!({"name": "x", "score": {"__op": "Delete"}}),
        ] {
            let mut update = update(&body);
            complete_new(&mut update, &schema()).unwrap();
            assert_eq!(
                update.initial_fields().unwrap()["score"],
                ParseValue::Number(5.0)
            );
        }
    }

    #[test]
    fn what_must_be_there_is() {
        for body in [
            json!({}),
            json!({"name": ""}),
            json!({"name": null}),
            json!({"name": {"__op": "Delete"}}),
        ] {
            let error = complete_new(&mut update(&body), &schema()).unwrap_err();
            assert_eq!(
                (error.code.0, error.message.as_str()),
                (142, "name is required")
            );
            assert_eq!(
                check_kept(&update(&body), &schema()).is_err(),
                body != json!({})
            );
        }
    }
}
