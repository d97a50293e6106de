//! A query, typed: what to match, in what order, how many. `query/parse.rs` reads it from JSON,
//! `query/matches.rs` says exactly what it means, adapters translate it.

use super::acl::Access;
use super::names::{ClassName, FieldPath, ObjectId};
use super::value::{GeoPoint, ParseValue};
use read_options::ReadOptions;

pub mod matches;
pub mod order;
pub mod parse;
pub mod read_options;
pub mod regex;
pub mod text;
mod value_order;

/// What an object must satisfy. Sub-queries (`$inQuery`, `$select`, ...) are resolved to lists before they get here.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of them; the empty list matches everything.
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Nor(Vec<Filter>),
    Field {
        path: FieldPath,
        test: Test,
    },
}

impl Filter {
    pub fn everything() -> Self {
        Self::And(Vec::new())
    }

    pub fn id(id: &ObjectId) -> Self {
        Self::equal(FieldPath::internal("objectId"), id.as_str())
    }

    pub fn equal(path: FieldPath, value: impl Into<ParseValue>) -> Self {
        Self::Field {
            path,
            test: Test::Equal(value.into()),
        }
    }
}

/// A test of one field. An array field passes when one of its elements does, unless said otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Equality with `Null` matches an absent field too. An array equals as a whole or by one element.
    Equal(ParseValue),
    /// Exactly not `Equal`.
    NotEqual(ParseValue),
    Less(ParseValue),
    LessOrEqual(ParseValue),
    Greater(ParseValue),
    GreaterOrEqual(ParseValue),
    In(Vec<ParseValue>),
    /// Exactly not `In`.
    NotIn(Vec<ParseValue>),
    Exists(bool),
    /// The array holds every value.
    All(Vec<ParseValue>),
    /// The array holds, for each pattern, a string that matches it.
    AllMatch(Vec<Pattern>),
    /// Every element of the array is one of these.
    ContainedBy(Vec<ParseValue>),
    Matches(Pattern),
    /// Full-text search: every term is a word of the string.
    Text(TextSearch),
    /// Within the distance, and (unless another order is asked for) nearest first.
    Near {
        point: GeoPoint,
        max_radians: Option<f64>,
    },
    WithinBox {
        south_west: GeoPoint,
        north_east: GeoPoint,
    },
    /// The point lies in the ring.
    WithinPolygon(Vec<GeoPoint>),
    WithinSphere {
        center: GeoPoint,
        radians: f64,
    },
    /// The polygon field contains the point.
    PolygonContains(GeoPoint),
}

/// A regular expression as it was asked for, and the options that apply (`i`, `m`, `s`, `x`, `u`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pub source: String,
    pub options: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSearch {
    pub term: String,
    pub language: Option<String>,
    pub case_sensitive: bool,
    pub diacritic_sensitive: bool,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    pub path: FieldPath,
    pub direction: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// A find: the objects of a class that match and that the reader may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub class: ClassName,
    pub filter: Filter,
    /// Objects that this access may not read are as good as absent.
    pub access: Access,
    /// The order of ties is unspecified (SQLite: the order of insertion).
    pub order: Vec<OrderBy>,
    pub skip: u64,
    /// `None` is no limit; the HTTP side always sets one.
    pub limit: Option<u64>,
    pub options: ReadOptions,
}

impl Query {
    /// Everything of a class, as the service itself sees it.
    pub fn all(class: ClassName) -> Self {
        Self {
            class,
            filter: Filter::everything(),
            access: Access::Master,
            order: Vec::new(),
            skip: 0,
            limit: None,
            options: ReadOptions::default(),
        }
    }

    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// The same query, of which only what passes this filter too is found.
    #[must_use]
    pub fn and(mut self, filter: Option<Filter>) -> Self {
        if let Some(filter) = filter {
            self.filter = Filter::And(vec![filter, self.filter]);
        }
        self
    }

    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }
}
