//! `$bucket`: groups by ranges.

use super::group::Groups;
use crate::domain::aggregate::accumulator::Accumulator;
use crate::domain::aggregate::expression::{Expression, Scope};
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::order::{compare, compare_maybe};
use crate::domain::aggregate::{Document, refused};
use crate::domain::error::ParseError;
use crate::domain::value::{Fields, ParseValue};

#[derive(Debug)]
pub struct Bucket {
    by: Expression,
    /// In order; a bucket goes from one to before the next, under the first one's name.
    boundaries: Vec<ParseValue>,
    default: Option<ParseValue>,
    accumulators: Vec<Accumulator>,
}

impl Bucket {
    pub fn read(fields: &Fields) -> Result<Self, ParseError> {
        let by = fields.get("groupBy");
        let boundaries = match fields.get("boundaries") {
            Some(ParseValue::Array(boundaries)) => boundaries.clone(),
            _ => Vec::new(),
        };
        let (Some(by), true) = (by, boundaries.len() >= 2) else {
            return Err(refused(
                "$bucket requires 'groupBy' and at least 2 'boundaries' to be specified.",
            ));
        };
        if boundaries
            .windows(2)
            .any(|pair| compare(&pair[0], &pair[1]).is_ge())
        {
            return Err(refused(
                "The 'boundaries' option to $bucket must be sorted.",
            ));
        }
        let counted = Fields::from_iter([(
            "count".to_owned(),
            ParseValue::Object(Fields::from_iter([("$sum".to_owned(), 1.0.into())])),
        )]);
        let output = match fields.get("output") {
            Some(ParseValue::Object(output)) => output,
            _ => &counted,
        };
        Ok(Self {
            by: Expression::read(by)?,
            boundaries,
            default: fields.get("default").cloned(),
            accumulators: Accumulator::read_all(output, &[])?,
        })
    }

    pub fn run(&self, documents: &[Document], meter: &Meter) -> Result<Vec<Document>, ParseError> {
        let mut groups = Groups::default();
        for document in documents {
            let value = self.by.evaluate(&Scope::of(document), meter)?;
            let bounds = self.boundaries.windows(2);
            let value = value.unwrap_or(ParseValue::Null);
            let mut within = bounds.filter(|pair| {
                compare(&pair[0], &value).is_le() && compare(&value, &pair[1]).is_lt()
            });
            let id = within.next().map(|pair| &pair[0]).or(self.default.as_ref());
            let id = id.ok_or_else(|| {
                refused("$switch could not find a matching branch for an input, and no default was specified.")
            })?;
            groups.take(Some(id.clone()), &self.accumulators, document, meter)?;
        }
        let mut buckets = groups.finish(&self.accumulators);
        buckets.sort_by(|a, b| compare_maybe(a.get("_id"), b.get("_id")));
        Ok(buckets)
    }
}
