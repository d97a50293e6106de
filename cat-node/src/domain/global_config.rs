//! The application's settings that clients read at `/config`: values by name, and which of them are for the master key only.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::error::{ErrorCode, ParseError};
use super::names::ObjectId;
use super::object::ParseObject;
use super::update::parse::change_from_json;
use super::value::json::value_from_json;
use super::value::{Fields, ParseValue};

/// The field of the stored object that holds the values.
pub const PARAMS: &str = "params";
/// The field of the stored object that says of each value whether clients may not see it.
pub const MASTER_KEY_ONLY: &str = "masterKeyOnly";
/// Most values.
pub const MAX_PARAMS: usize = 10_000;

/// All values and their marks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GlobalConfig {
    pub params: Fields,
    /// `None` when no value ever had a mark.
    pub master_key_only: Option<Fields>,
}

impl GlobalConfig {
    /// What is stored.
    pub fn from_object(object: &ParseObject) -> Self {
        let fields = |name: &str| match object.get(name) {
            Some(ParseValue::Object(fields)) => Some(fields.clone()),
            _ => None,
        };
        Self {
            params: fields(PARAMS).unwrap_or_default(),
            master_key_only: fields(MASTER_KEY_ONLY),
        }
    }

    /// As the fields of the stored object.
    pub fn into_fields(self) -> Fields {
        let marks = self.master_key_only.map(ParseValue::Object);
        let params = (PARAMS.to_owned(), ParseValue::Object(self.params));
        std::iter::once(params)
            .chain(marks.map(|marks| (MASTER_KEY_ONLY.to_owned(), marks)))
            .collect()
    }

    /// What a client may see: the values without a mark.
    #[must_use]
    pub fn for_clients(mut self) -> Self {
        if let Some(marks) = &mut self.master_key_only {
            self.params.retain(|name, _| {
                let is_hidden = marks.get(name).is_some_and(is_truthy);
                if is_hidden {
                    marks.shift_remove(name);
                }
                !is_hidden
            });
        }
        self
    }

    /// Does what `{"params": {name: value or __op}, "masterKeyOnly": {name: mark}}` asks. A value's mark is set with the
    /// value; one that is not mentioned is taken off.
    pub fn change(
        &mut self,
        body: &Map<String, Json>,
        now: DateTime<Utc>,
    ) -> Result<(), ParseError> {
        let params = body.get(PARAMS).and_then(Json::as_object);
        let Some(params) = params.filter(|params| !params.is_empty()) else {
            let text = "Update document requires atomic operators";
            return Err(ParseError::new(ErrorCode::SCRIPT_FAILED, text));
        };
        let marks = body.get(MASTER_KEY_ONLY).and_then(Json::as_object);
        for (name, json) in params {
            check_name(name)?;
            self.change_param(name, json, now)?;
            let mark = marks.and_then(|marks| marks.get(name));
            let mark = mark.map_or(Ok(ParseValue::Null), value_from_json)?;
            let mark = Some(mark).filter(is_truthy).unwrap_or(false.into());
            let known = self.master_key_only.get_or_insert_default();
            known.insert(name.clone(), mark);
        }
        if self.params.len() > MAX_PARAMS {
            let text = format!("The config cannot have more than {MAX_PARAMS} parameters.");
            return Err(ParseError::new(ErrorCode::VALIDATION_ERROR, text));
        }
        Ok(())
    }

    /// A value is written as the one field of an object is, so that all `__op`s mean the same here.
    fn change_param(
        &mut self,
        name: &str,
        json: &Json,
        now: DateTime<Utc>,
    ) -> Result<(), ParseError> {
        const FIELD: &str = "value";
        let change = change_from_json(&Map::from_iter([(FIELD.to_owned(), json.clone())]), now)?;
        let old = self.params.get(name).cloned();
        let fields = old.map(|value| (FIELD.to_owned(), value));
        let mut object =
            ParseObject::new(ObjectId::new(name), now, None, Fields::from_iter(fields));
        change.update.apply(&mut object)?;
        match object.fields.shift_remove(FIELD) {
            Some(value) => self.params.insert(name.to_owned(), value),
            None => self.params.shift_remove(name),
        };
        Ok(())
    }
}

/// What JavaScript takes for true.
fn is_truthy(value: &ParseValue) -> bool {
    match value {
        ParseValue::Null => false,
        ParseValue::Bool(truth) => *truth,
        ParseValue::Number(number) => *number != 0.0 && !number.is_nan(),
        ParseValue::String(text) => !text.is_empty(),
        _ => true,
    }
}

/// Document stores read dots as paths.
fn check_name(name: &str) -> Result<(), ParseError> {
    if name.is_empty() || name.contains('.') {
        let text = format!("Invalid key name: {name}");
        return Err(ParseError::new(ErrorCode::INVALID_KEY_NAME, text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::json::fields_to_json;
    use serde_json::json;

    fn changed(bodies: &[Json]) -> Result<GlobalConfig, ParseError> {
        let mut config = GlobalConfig::default();
        for body in bodies {
            config.change(body.as_object().unwrap(), DateTime::UNIX_EPOCH)?;
        }
        Ok(config)
    }

    fn params(config: &GlobalConfig) -> Json {
        Json::Object(fields_to_json(&config.params))
    }

    #[test]
    fn values_are_set_counted_and_deleted_by_name() {
        let config = changed(&[
            json!({"params": {"a": 1, "b b": [1], "gone": "x"}}),
            json!({"params": {"a": {"__op": "Increment", "amount": 2}, "gone": {"__op": "Delete"}}}),
        ]);
        assert_eq!(params(&config.unwrap()), json!({"a": 3, "b b": [1]}));
    }

    #[test]
    fn a_mark_hides_a_value_from_clients_until_it_is_written_without() {
        let hidden =
            json!({"params": {"s": 1, "p": 2}, "masterKeyOnly": {"s": true, "other": true}});
        let config = changed(std::slice::from_ref(&hidden)).unwrap();
        assert_eq!(params(&config), json!({"s": 1, "p": 2}));
        let seen = config.for_clients();
        assert_eq!(params(&seen), json!({"p": 2}));
        let marks = seen.master_key_only.map(|marks| fields_to_json(&marks));
        assert_eq!(marks.map(Json::Object), Some(json!({"p": false})));
        let open = changed(&[hidden, json!({"params": {"s": 3}})]).unwrap();
        assert_eq!(params(&open.for_clients()), json!({"s": 3, "p": 2}));
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        for (body, code) in [
            (json!({}), 141),
            (json!({"params": {}}), 141),
            (json!({"params": {"a.b": 1}}), 105),
            (json!({"params": {"a": {"__op": "Nope"}}}), 108),
            (json!({"params": {"a": {"x.y": 1}}}), 121),
        ] {
            let error = changed(std::slice::from_ref(&body)).unwrap_err();
            assert_eq!(error.code.0, code, "{body}");
        }
    }

    #[test]
    fn it_is_stored_and_read_back() {
        let config = changed(&[json!({"params": {"a": 1}})]).unwrap();
        let object = ParseObject::new(
            ObjectId::new("1"),
            DateTime::UNIX_EPOCH,
            None,
            config.clone().into_fields(),
        );
        assert_eq!(GlobalConfig::from_object(&object), config);
    }
}
