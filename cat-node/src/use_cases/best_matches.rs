//! `order=$score`: the objects whose texts match a search best, first.

use super::Failure;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::FieldPath;
use crate::domain::object::ParseObject;
use crate::domain::query::{Filter, Query, Test, TextSearch, text};
use crate::domain::value::ParseValue;
use crate::node::Node;

/// Most objects that are weighed for one answer.
const MAX_WEIGHED: u64 = 10_000;

/// A search of a query, and where it looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    path: &'a FieldPath,
    search: &'a TextSearch,
}

/// The first search that every match satisfies.
pub(super) fn text_search(filter: &Filter) -> Option<Search<'_>> {
    match filter {
        Filter::Field {
            path,
            test: Test::Text(search),
        } => Some(Search { path, search }),
        Filter::And(filters) => filters.iter().find_map(text_search),
        _ => None,
    }
}

impl Search<'_> {
    /// The best score of the object's text, or of one of its texts.
    pub(super) fn score(self, object: &ParseObject) -> Option<f64> {
        let value = object.at(self.path)?;
        let texts = match value.as_ref() {
            ParseValue::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        let texts = texts.iter().filter_map(ParseValue::as_str);
        let scores = texts.filter_map(|text| text::score(text, self.search));
        scores.max_by(f64::total_cmp)
    }
}

/// What the query finds, the best matches first, those that match as well in the query's own order.
pub(super) async fn find(
    node: &Node,
    query: &Query,
    search: Search<'_>,
) -> Result<Vec<ParseObject>, Failure> {
    let mut all = query.clone().limit(MAX_WEIGHED + 1);
    all.skip = 0;
    let mut objects = node.storage.find(&all).await?;
    if objects.len() as u64 > MAX_WEIGHED {
        let text =
            format!("More than {MAX_WEIGHED} objects match: they cannot be sorted by $score");
        return Err(ParseError::new(ErrorCode::INVALID_QUERY, text).into());
    }
    objects.sort_by_cached_key(|object| {
        std::cmp::Reverse(Score(search.score(object).unwrap_or_default()))
    });
    let skip = usize::try_from(query.skip).unwrap_or(usize::MAX);
    let limit = query
        .limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX);
    Ok(objects.into_iter().skip(skip).take(limit).collect())
}

/// A score that sorts.
#[derive(PartialEq)]
struct Score(f64);

impl Eq for Score {}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
