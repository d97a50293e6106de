//! The operators that there are, as one table. What is not here is refused by its name.

use super::{Evaluated, Maybe, arithmetic, arrays, convert, dates, objects, sets, text};
use crate::domain::aggregate::meter::Meter;

/// An operator that gets its arguments' values.
#[derive(Debug)]
pub struct Operator {
    pub name: &'static str,
    pub parameters: Parameters,
    /// Whether one value may stand for the first of the named parameters.
    pub takes_single: bool,
    pub evaluate: fn(&str, &[Maybe], &Meter) -> Evaluated,
}

#[derive(Debug)]
pub enum Parameters {
    Positional { least: usize, most: usize },
    Named(&'static [&'static str]),
}

type Evaluate = fn(&str, &[Maybe], &Meter) -> Evaluated;

const fn positional(name: &'static str, least: usize, most: usize, evaluate: Evaluate) -> Operator {
    Operator {
        name,
        parameters: Parameters::Positional { least, most },
        takes_single: false,
        evaluate,
    }
}

const fn named(name: &'static str, names: &'static [&'static str], evaluate: Evaluate) -> Operator {
    Operator {
        name,
        parameters: Parameters::Named(names),
        takes_single: false,
        evaluate,
    }
}

const fn of_date(name: &'static str) -> Operator {
    Operator {
        name,
        parameters: Parameters::Named(&["date", "timezone"]),
        takes_single: true,
        evaluate: dates::part,
    }
}

const ANY: usize = 1_000;
const TRIM: &[&str] = &["input", "chars"];
const REPLACE: &[&str] = &["input", "find", "replacement"];
const REGEX: &[&str] = &["input", "regex", "options"];
const DATE_TEXT: &[&str] = &["date", "format", "timezone", "onNull"];
const DATE_ADD: &[&str] = &["startDate", "unit", "amount", "timezone"];
const DATE_DIFFERENCE: &[&str] = &["startDate", "endDate", "unit", "timezone"];

static OPERATORS: &[Operator] = &[
    positional("$abs", 1, 1, arithmetic::of_one),
    positional("$ceil", 1, 1, arithmetic::of_one),
    positional("$exp", 1, 1, arithmetic::of_one),
    positional("$floor", 1, 1, arithmetic::of_one),
    positional("$ln", 1, 1, arithmetic::of_one),
    positional("$log10", 1, 1, arithmetic::of_one),
    positional("$sqrt", 1, 1, arithmetic::of_one),
    positional("$add", 1, ANY, arithmetic::add),
    positional("$multiply", 1, ANY, arithmetic::multiply),
    positional("$subtract", 2, 2, arithmetic::subtract),
    positional("$divide", 2, 2, arithmetic::of_two),
    positional("$mod", 2, 2, arithmetic::of_two),
    positional("$pow", 2, 2, arithmetic::of_two),
    positional("$log", 2, 2, arithmetic::of_two),
    positional("$round", 1, 2, arithmetic::round),
    positional("$trunc", 1, 2, arithmetic::round),
    positional("$sum", 1, ANY, arithmetic::total),
    positional("$avg", 1, ANY, arithmetic::total),
    positional("$max", 1, ANY, arithmetic::extreme),
    positional("$min", 1, ANY, arithmetic::extreme),
    positional("$eq", 2, 2, convert::comparison),
    positional("$ne", 2, 2, convert::comparison),
    positional("$lt", 2, 2, convert::comparison),
    positional("$lte", 2, 2, convert::comparison),
    positional("$gt", 2, 2, convert::comparison),
    positional("$gte", 2, 2, convert::comparison),
    positional("$cmp", 2, 2, convert::comparison),
    positional("$not", 1, 1, convert::not),
    positional("$type", 1, 1, convert::kind),
    positional("$isNumber", 1, 1, convert::is_number),
    positional("$toBool", 1, 1, convert::to_bool),
    positional("$toDate", 1, 1, convert::to_date),
    positional("$toDecimal", 1, 1, convert::to_number),
    positional("$toDouble", 1, 1, convert::to_number),
    positional("$toInt", 1, 1, convert::to_number),
    positional("$toLong", 1, 1, convert::to_number),
    positional("$toString", 1, 1, convert::to_text),
    positional("$concat", 1, ANY, text::concat),
    positional("$indexOfBytes", 2, 4, text::index_of),
    positional("$indexOfCP", 2, 4, text::index_of),
    positional("$split", 2, 2, text::split),
    positional("$strLenBytes", 1, 1, text::length),
    positional("$strLenCP", 1, 1, text::length),
    positional("$strcasecmp", 2, 2, text::compare_ignoring_case),
    positional("$substr", 3, 3, text::substring_of_bytes),
    positional("$substrBytes", 3, 3, text::substring_of_bytes),
    positional("$substrCP", 3, 3, text::substring),
    positional("$toLower", 1, 1, text::fold),
    positional("$toUpper", 1, 1, text::fold),
    named("$ltrim", TRIM, text::trim),
    named("$rtrim", TRIM, text::trim),
    named("$trim", TRIM, text::trim),
    named("$replaceAll", REPLACE, text::replace),
    named("$replaceOne", REPLACE, text::replace),
    named("$regexMatch", REGEX, text::regex_match),
    of_date("$dayOfMonth"),
    of_date("$dayOfWeek"),
    of_date("$dayOfYear"),
    of_date("$hour"),
    of_date("$isoDayOfWeek"),
    of_date("$isoWeek"),
    of_date("$isoWeekYear"),
    of_date("$millisecond"),
    of_date("$minute"),
    of_date("$month"),
    of_date("$second"),
    of_date("$week"),
    of_date("$year"),
    named("$dateAdd", DATE_ADD, dates::add),
    named("$dateSubtract", DATE_ADD, dates::add),
    named("$dateDiff", DATE_DIFFERENCE, dates::difference),
    named("$dateTrunc", &["date", "unit", "timezone"], dates::truncate),
    named("$dateToString", DATE_TEXT, dates::to_text),
    named("$dateFromString", &["dateString"], dates::from_text),
    positional("$arrayElemAt", 2, 2, arrays::element),
    positional("$concatArrays", 0, ANY, arrays::concat),
    positional("$first", 1, 1, arrays::end),
    positional("$last", 1, 1, arrays::end),
    positional("$in", 2, 2, arrays::contains),
    positional("$indexOfArray", 2, 4, arrays::index_of),
    positional("$isArray", 1, 1, arrays::is_array),
    positional("$range", 2, 3, arrays::range),
    positional("$reverseArray", 1, 1, arrays::reverse),
    positional("$size", 1, 1, arrays::size),
    positional("$slice", 2, 3, arrays::slice),
    positional("$setUnion", 0, ANY, sets::union),
    positional("$setIntersection", 0, ANY, sets::intersection),
    positional("$setDifference", 2, 2, sets::difference),
    positional("$setIsSubset", 2, 2, sets::is_subset),
    positional("$setEquals", 2, ANY, sets::equals),
    positional("$arrayToObject", 1, 1, objects::from_array),
    positional("$mergeObjects", 0, ANY, objects::merge),
    positional("$objectToArray", 1, 1, objects::to_array),
];

pub fn find(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|operator| operator.name == name)
}
