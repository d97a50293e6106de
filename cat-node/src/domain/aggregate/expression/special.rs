//! Expressions that do not evaluate all of their parts, or evaluate some more than once.

use super::{Evaluated, Expression, Maybe, Scope, is_nothing, is_true};
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::refused;
use crate::domain::error::ParseError;
use crate::domain::value::{Fields, ParseValue};

#[derive(Debug)]
pub enum Special {
    Literal(ParseValue),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Condition {
        test: Expression,
        then: Expression,
        otherwise: Expression,
    },
    /// The first of them that is something.
    IfNull(Vec<Expression>),
    Switch {
        branches: Vec<(Expression, Expression)>,
        default: Option<Expression>,
    },
    Let {
        variables: Vec<(String, Expression)>,
        body: Expression,
    },
    Map {
        input: Expression,
        variable: String,
        body: Expression,
    },
    Filter {
        input: Expression,
        variable: String,
        test: Expression,
        limit: Option<Expression>,
    },
    Reduce {
        input: Expression,
        start: Expression,
        body: Expression,
    },
}

impl Special {
    /// `None` when the name is another operator's.
    pub fn read(name: &str, argument: &ParseValue) -> Result<Option<Self>, ParseError> {
        Ok(Some(match name {
            "$literal" | "$const" => Self::Literal(argument.clone()),
            "$and" => Self::And(list(argument)?),
            "$or" => Self::Or(list(argument)?),
            "$ifNull" => Self::IfNull(list(argument)?),
            "$cond" => condition(argument)?,
            "$switch" => switch(argument)?,
            "$let" => Self::Let {
                variables: variables(argument)?,
                body: part(name, argument, "in")?,
            },
            "$map" => Self::Map {
                input: part(name, argument, "input")?,
                variable: variable(argument),
                body: part(name, argument, "in")?,
            },
            "$filter" => Self::Filter {
                input: part(name, argument, "input")?,
                variable: variable(argument),
                test: part(name, argument, "cond")?,
                limit: optional(argument, "limit")?,
            },
            "$reduce" => Self::Reduce {
                input: part(name, argument, "input")?,
                start: part(name, argument, "initialValue")?,
                body: part(name, argument, "in")?,
            },
            _ => return Ok(None),
        }))
    }

    pub fn evaluate(&self, scope: &Scope<'_>, meter: &Meter) -> Evaluated {
        match self {
            Self::Literal(value) => Ok(Some(value.clone())),
            Self::And(parts) => every(parts, true, scope, meter),
            Self::Or(parts) => every(parts, false, scope, meter),
            Self::Condition {
                test,
                then,
                otherwise,
            } => match is_true(test.evaluate(scope, meter)?.as_ref()) {
                true => then.evaluate(scope, meter),
                false => otherwise.evaluate(scope, meter),
            },
            Self::IfNull(parts) => first_of(parts, scope, meter),
            Self::Switch { branches, default } => {
                for (test, then) in branches {
                    if is_true(test.evaluate(scope, meter)?.as_ref()) {
                        return then.evaluate(scope, meter);
                    }
                }
                match default {
                    Some(default) => default.evaluate(scope, meter),
                    None => Err(refused(
                        "$switch could not find a matching branch for an input, and no default was specified.",
                    )),
                }
            }
            Self::Let { variables, body } => with_all(variables, body, scope, scope, meter),
            Self::Map {
                input,
                variable,
                body,
            } => {
                let Some(items) = array("$map", input.evaluate(scope, meter)?)? else {
                    return Ok(Some(ParseValue::Null));
                };
                let mapped = items.iter().map(|item| {
                    let value = body.evaluate(&scope.with(variable, item), meter)?;
                    Ok(value.unwrap_or(ParseValue::Null))
                });
                Ok(Some(ParseValue::Array(
                    mapped.collect::<Result<_, ParseError>>()?,
                )))
            }
            Self::Filter {
                input,
                variable,
                test,
                limit,
            } => filter((input, variable, test, limit.as_ref()), scope, meter),
            Self::Reduce { input, start, body } => {
                let Some(items) = array("$reduce", input.evaluate(scope, meter)?)? else {
                    return Ok(Some(ParseValue::Null));
                };
                let mut value = start.evaluate(scope, meter)?.unwrap_or(ParseValue::Null);
                for item in &items {
                    let inner = scope.with("value", &value);
                    let next = body.evaluate(&inner.with("this", item), meter)?;
                    value = next.unwrap_or(ParseValue::Null);
                }
                Ok(Some(value))
            }
        }
    }
}

/// Variables see the outer scope, not each other.
fn with_all(
    variables: &[(String, Expression)],
    body: &Expression,
    outer: &Scope<'_>,
    scope: &Scope<'_>,
    meter: &Meter,
) -> Evaluated {
    let Some(((name, expression), rest)) = variables.split_first() else {
        return body.evaluate(scope, meter);
    };
    let value = expression
        .evaluate(outer, meter)?
        .unwrap_or(ParseValue::Null);
    with_all(rest, body, outer, &scope.with(name, &value), meter)
}

fn first_of(parts: &[Expression], scope: &Scope<'_>, meter: &Meter) -> Evaluated {
    let mut value = None;
    for part in parts {
        value = part.evaluate(scope, meter)?;
        if !is_nothing(&value) {
            break;
        }
    }
    Ok(value)
}

fn every(parts: &[Expression], wanted: bool, scope: &Scope<'_>, meter: &Meter) -> Evaluated {
    for part in parts {
        if is_true(part.evaluate(scope, meter)?.as_ref()) != wanted {
            return Ok(Some((!wanted).into()));
        }
    }
    Ok(Some(wanted.into()))
}

fn filter(
    (input, variable, test, limit): (&Expression, &str, &Expression, Option<&Expression>),
    scope: &Scope<'_>,
    meter: &Meter,
) -> Evaluated {
    let Some(items) = array("$filter", input.evaluate(scope, meter)?)? else {
        return Ok(Some(ParseValue::Null));
    };
    let limit = match limit {
        Some(limit) => limit
            .evaluate(scope, meter)?
            .and_then(|limit| limit.as_number()),
        None => None,
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
    let most = limit.map_or(usize::MAX, |limit| limit as usize);
    let mut kept = Vec::new();
    for item in items {
        if kept.len() >= most {
            break;
        }
        if is_true(test.evaluate(&scope.with(variable, &item), meter)?.as_ref()) {
            kept.push(item);
        }
    }
    Ok(Some(ParseValue::Array(kept)))
}

fn array(name: &str, value: Maybe) -> Result<Option<Vec<ParseValue>>, ParseError> {
    match value {
        Some(ParseValue::Array(items)) => Ok(Some(items)),
        None | Some(ParseValue::Null) => Ok(None),
        Some(_) => Err(refused(format!("input to {name} must be an array"))),
    }
}

fn list(argument: &ParseValue) -> Result<Vec<Expression>, ParseError> {
    match argument {
        ParseValue::Array(items) => items.iter().map(Expression::read).collect(),
        single => Ok(vec![Expression::read(single)?]),
    }
}

fn optional(argument: &ParseValue, name: &str) -> Result<Option<Expression>, ParseError> {
    match argument {
        ParseValue::Object(fields) => fields.get(name).map(Expression::read).transpose(),
        _ => Ok(None),
    }
}

fn part(operator: &str, argument: &ParseValue, name: &str) -> Result<Expression, ParseError> {
    optional(argument, name)?
        .ok_or_else(|| refused(format!("Missing '{name}' parameter to {operator}")))
}

fn variable(argument: &ParseValue) -> String {
    let name = match argument {
        ParseValue::Object(fields) => fields.get("as").and_then(ParseValue::as_str),
        _ => None,
    };
    name.unwrap_or("this").to_owned()
}

fn variables(argument: &ParseValue) -> Result<Vec<(String, Expression)>, ParseError> {
    let none = Fields::new();
    let given = match argument {
        ParseValue::Object(fields) => match fields.get("vars") {
            Some(ParseValue::Object(variables)) => variables,
            _ => &none,
        },
        _ => &none,
    };
    let read = given
        .iter()
        .map(|(name, value)| Ok((name.clone(), Expression::read(value)?)));
    read.collect()
}

fn condition(argument: &ParseValue) -> Result<Special, ParseError> {
    let (test, then, otherwise) = match argument {
        ParseValue::Array(parts) => match parts.as_slice() {
            [test, then, otherwise] => (
                Expression::read(test)?,
                Expression::read(then)?,
                Expression::read(otherwise)?,
            ),
            _ => {
                return Err(refused(format!(
                    "Expression $cond takes exactly 3 arguments. {} were passed in.",
                    parts.len()
                )));
            }
        },
        _ => (
            part("$cond", argument, "if")?,
            part("$cond", argument, "then")?,
            part("$cond", argument, "else")?,
        ),
    };
    Ok(Special::Condition {
        test,
        then,
        otherwise,
    })
}

fn switch(argument: &ParseValue) -> Result<Special, ParseError> {
    let branches = match argument {
        ParseValue::Object(fields) => match fields.get("branches") {
            Some(ParseValue::Array(branches)) if !branches.is_empty() => branches,
            _ => return Err(refused("$switch requires at least one branch.")),
        },
        _ => return Err(refused("$switch requires an object as an argument")),
    };
    let branches = branches.iter().map(|branch| {
        Ok((
            part("$switch", branch, "case")?,
            part("$switch", branch, "then")?,
        ))
    });
    Ok(Special::Switch {
        branches: branches.collect::<Result<_, ParseError>>()?,
        default: optional(argument, "default")?,
    })
}
