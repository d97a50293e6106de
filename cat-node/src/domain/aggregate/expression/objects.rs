//! Objects.

use super::arrays::items;
use super::{Evaluated, Maybe, is_nothing};
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::refused;
use crate::domain::value::{Fields, ParseValue};

pub fn merge(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let mut merged = Fields::new();
    let objects: Vec<&ParseValue> = match arguments {
        [Some(ParseValue::Array(items))] => items.iter().collect(),
        many => many.iter().flatten().collect(),
    };
    for object in objects {
        match object {
            ParseValue::Object(fields) => {
                meter.spend(fields.len())?;
                merged.extend(fields.clone());
            }
            ParseValue::Null => {}
            _ => return Err(refused(format!("{name} requires object inputs"))),
        }
    }
    Ok(Some(ParseValue::Object(merged)))
}

pub fn to_array(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    match &arguments[0] {
        Some(ParseValue::Object(fields)) => {
            meter.spend(fields.len())?;
            let pairs = fields.iter().map(|(key, value)| {
                let pair = [
                    ("k".to_owned(), key.as_str().into()),
                    ("v".to_owned(), value.clone()),
                ];
                ParseValue::Object(Fields::from_iter(pair))
            });
            Ok(Some(ParseValue::Array(pairs.collect())))
        }
        nothing if is_nothing(nothing) => Ok(Some(ParseValue::Null)),
        _ => Err(refused(format!("{name} requires a document input"))),
    }
}

pub fn from_array(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    let Some(items) = items(name, &arguments[0])? else {
        return Ok(Some(ParseValue::Null));
    };
    meter.spend(items.len())?;
    let mut fields = Fields::with_capacity(items.len());
    for item in items {
        let (key, value) = match item {
            ParseValue::Object(pair) => (pair.get("k"), pair.get("v")),
            ParseValue::Array(pair) => (pair.first(), pair.get(1)),
            _ => (None, None),
        };
        let (Some(ParseValue::String(key)), Some(value)) = (key, value) else {
            return Err(refused(format!(
                "{name} requires an array of key-value pairs"
            )));
        };
        fields.insert(key.clone(), value.clone());
    }
    Ok(Some(ParseValue::Object(fields)))
}
