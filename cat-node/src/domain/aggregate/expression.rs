//! Expressions: what stages compute from a document. `expression/operators.rs` is the table of what there is.

use super::meter::Meter;
use super::{Document, path, refused};
use crate::domain::error::ParseError;
use crate::domain::value::{Fields, ParseValue};

pub mod arithmetic;
pub mod arrays;
pub mod convert;
pub mod dates;
pub mod objects;
pub mod operators;
pub mod sets;
pub mod special;
pub mod text;

use operators::{Operator, Parameters};
use special::Special;

/// A missing value is `None`; most operators take it for `null`.
pub type Maybe = Option<ParseValue>;
/// What an evaluation gives.
pub type Evaluated = Result<Maybe, ParseError>;

/// An expression, checked: every operator in it exists and has its arguments.
#[derive(Debug)]
pub enum Expression {
    Literal(ParseValue),
    /// `$a.b`.
    Path(Vec<String>),
    /// `$$this.a`.
    Variable(String, Vec<String>),
    /// Leaves the field out: `$$REMOVE`.
    Remove,
    Object(Vec<(String, Expression)>),
    Array(Vec<Expression>),
    Call(&'static Operator, Vec<Expression>),
    Special(Box<Special>),
}

/// What paths and variables lead into.
#[derive(Debug)]
pub struct Scope<'a> {
    pub document: &'a Document,
    variable: Option<(&'a str, &'a ParseValue)>,
    outer: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    pub fn of(document: &'a Document) -> Self {
        Self {
            document,
            variable: None,
            outer: None,
        }
    }

    pub fn with(&'a self, name: &'a str, value: &'a ParseValue) -> Self {
        Self {
            document: self.document,
            variable: Some((name, value)),
            outer: Some(self),
        }
    }

    fn variable(&self, name: &str) -> Option<&ParseValue> {
        match self.variable {
            Some((own, value)) if own == name => Some(value),
            _ => self.outer?.variable(name),
        }
    }
}

/// What counts as true: everything but `false`, `null`, nothing and zero.
pub fn is_true(value: Option<&ParseValue>) -> bool {
    match value {
        None | Some(ParseValue::Null) => false,
        Some(ParseValue::Bool(truth)) => *truth,
        Some(ParseValue::Number(number)) => *number != 0.0,
        Some(_) => true,
    }
}

impl Expression {
    pub fn read(value: &ParseValue) -> Result<Self, ParseError> {
        match value {
            ParseValue::String(text) if text.starts_with("$$") => Self::read_variable(&text[2..]),
            ParseValue::String(text) if text.starts_with('$') => {
                Ok(Self::Path(path::segments(&text[1..])?))
            }
            ParseValue::Array(items) => {
                let items: Result<_, _> = items.iter().map(Self::read).collect();
                Ok(Self::Array(items?))
            }
            ParseValue::Object(fields) => Self::read_object(fields),
            literal => Ok(Self::Literal(literal.clone())),
        }
    }

    fn read_variable(text: &str) -> Result<Self, ParseError> {
        let segments = path::segments(text)?;
        let (name, path) = segments
            .split_first()
            .expect("split() gives one segment at least");
        match name.as_str() {
            "REMOVE" => Ok(Self::Remove),
            "ROOT" | "CURRENT" if path.is_empty() => {
                Ok(Self::Variable("ROOT".to_owned(), Vec::new()))
            }
            "ROOT" | "CURRENT" => Ok(Self::Path(path.to_vec())),
            name if name.starts_with(|first: char| first.is_ascii_uppercase()) => {
                Err(refused(format!("Use of undefined variable: {name}")))
            }
            name => Ok(Self::Variable(name.to_owned(), path.to_vec())),
        }
    }

    fn read_object(fields: &Fields) -> Result<Self, ParseError> {
        let Some((name, argument)) = fields.iter().next() else {
            return Ok(Self::Literal(ParseValue::Object(Fields::new())));
        };
        if !name.starts_with('$') {
            let fields = fields.iter().map(|(name, value)| {
                if name.starts_with('$') {
                    return Err(refused(format!("Unrecognized expression '{name}'")));
                }
                Ok((name.clone(), Self::read(value)?))
            });
            return Ok(Self::Object(fields.collect::<Result<_, _>>()?));
        }
        if fields.len() > 1 {
            return Err(refused(
                "an expression specification must contain exactly one field, the name of the expression",
            ));
        }
        if let Some(special) = Special::read(name, argument)? {
            return Ok(Self::Special(Box::new(special)));
        }
        let operator = operators::find(name)
            .ok_or_else(|| refused(format!("Unrecognized expression '{name}'")))?;
        Ok(Self::Call(
            operator,
            Self::read_arguments(operator, argument)?,
        ))
    }

    fn read_arguments(
        operator: &'static Operator,
        argument: &ParseValue,
    ) -> Result<Vec<Self>, ParseError> {
        let name = operator.name;
        match (&operator.parameters, argument) {
            (Parameters::Named(names), ParseValue::Object(given)) => {
                if let Some(unknown) = given.keys().find(|key| !names.contains(&key.as_str())) {
                    return Err(refused(format!(
                        "{name} found an unknown argument: {unknown}"
                    )));
                }
                let arguments = names.iter().map(|parameter| match given.get(*parameter) {
                    Some(value) => Self::read(value),
                    None => Ok(Self::Remove),
                });
                arguments.collect()
            }
            // `{"$year": "$d"}` is short for `{"$year": {"date": "$d"}}`.
            (Parameters::Named(names), single) if operator.takes_single => {
                let mut arguments = vec![Self::read(single_of(single))?];
                arguments.extend(names.iter().skip(1).map(|_| Self::Remove));
                Ok(arguments)
            }
            (Parameters::Named(_), _) => Err(refused(format!(
                "{name} only supports an object as its argument"
            ))),
            (Parameters::Positional { least, most }, argument) => {
                let arguments: Vec<Self> = match argument {
                    ParseValue::Array(items) => {
                        items.iter().map(Self::read).collect::<Result<_, _>>()?
                    }
                    single => vec![Self::read(single)?],
                };
                if arguments.len() < *least || arguments.len() > *most {
                    let given = arguments.len();
                    return Err(refused(format!(
                        "Expression {name} takes {least} to {most} arguments. {given} were passed in."
                    )));
                }
                Ok(arguments)
            }
        }
    }

    pub fn evaluate(&self, scope: &Scope<'_>, meter: &Meter) -> Evaluated {
        meter.spend(1)?;
        match self {
            Self::Literal(value) => Ok(Some(value.clone())),
            Self::Path(path) => Ok(path::get_in(scope.document, path)),
            Self::Remove => Ok(None),
            Self::Variable(name, path) => match scope.variable(name) {
                Some(value) => Ok(path::get(value, path)),
                None if name == "ROOT" => {
                    meter.spend(scope.document.len())?;
                    Ok(Some(ParseValue::Object(scope.document.clone())))
                }
                None => Err(refused(format!("Use of undefined variable: {name}"))),
            },
            Self::Object(fields) => {
                let mut object = Fields::with_capacity(fields.len());
                for (name, expression) in fields {
                    if let Some(value) = expression.evaluate(scope, meter)? {
                        object.insert(name.clone(), value);
                    }
                }
                Ok(Some(ParseValue::Object(object)))
            }
            Self::Array(items) => {
                let items = items.iter().map(|item| {
                    let value = item.evaluate(scope, meter)?;
                    Ok(value.unwrap_or(ParseValue::Null))
                });
                Ok(Some(ParseValue::Array(
                    items.collect::<Result<_, ParseError>>()?,
                )))
            }
            Self::Call(operator, arguments) => {
                let arguments = arguments
                    .iter()
                    .map(|argument| argument.evaluate(scope, meter));
                let arguments: Vec<Maybe> = arguments.collect::<Result<_, _>>()?;
                (operator.evaluate)(operator.name, &arguments, meter)
            }
            Self::Special(special) => special.evaluate(scope, meter),
        }
    }
}

fn single_of(argument: &ParseValue) -> &ParseValue {
    match argument {
        ParseValue::Array(items) => match items.as_slice() {
            [single] => single,
            _ => argument,
        },
        single => single,
    }
}

/// `null`, and what is not there.
pub fn is_nothing(value: &Maybe) -> bool {
    matches!(value, None | Some(ParseValue::Null))
}
