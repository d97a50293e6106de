//! Arrays as sets: without order, each value once.

use std::collections::BTreeMap;

use super::arrays::items;
use super::{Evaluated, Maybe};
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::order::key;
use crate::domain::error::ParseError;
use crate::domain::value::ParseValue;

type Set = BTreeMap<String, ParseValue>;

/// The sets; `None` when one of them is `null`.
fn sets(name: &str, arguments: &[Maybe], meter: &Meter) -> Result<Option<Vec<Set>>, ParseError> {
    let mut sets = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let Some(items) = items(name, argument)? else {
            return Ok(None);
        };
        meter.spend(items.len())?;
        let entries = items.iter().map(|item| {
            let mut text = String::new();
            key(item, &mut text);
            (text, item.clone())
        });
        sets.push(entries.collect());
    }
    Ok(Some(sets))
}

fn with(
    name: &str,
    arguments: &[Maybe],
    meter: &Meter,
    result: impl Fn(Vec<Set>) -> ParseValue,
) -> Evaluated {
    let sets = sets(name, arguments, meter)?;
    Ok(Some(sets.map_or(ParseValue::Null, result)))
}

fn array(set: Set) -> ParseValue {
    ParseValue::Array(set.into_values().collect())
}

pub fn union(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    with(name, arguments, meter, |sets| {
        array(sets.into_iter().flatten().collect())
    })
}

pub fn intersection(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    with(name, arguments, meter, |sets| {
        let mut sets = sets.into_iter();
        let mut common = sets.next().unwrap_or_default();
        for set in sets {
            common.retain(|key, _| set.contains_key(key));
        }
        array(common)
    })
}

pub fn difference(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    with(name, arguments, meter, |mut sets| {
        let taken = sets.pop().unwrap_or_default();
        let mut left = sets.pop().unwrap_or_default();
        left.retain(|key, _| !taken.contains_key(key));
        array(left)
    })
}

pub fn is_subset(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    with(name, arguments, meter, |sets| {
        sets[0].keys().all(|key| sets[1].contains_key(key)).into()
    })
}

pub fn equals(name: &str, arguments: &[Maybe], meter: &Meter) -> Evaluated {
    with(name, arguments, meter, |sets| {
        sets.windows(2)
            .all(|pair| pair[0].keys().eq(pair[1].keys()))
            .into()
    })
}
