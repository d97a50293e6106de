//! A pipeline that documents flow through in portions: it holds no more of them than its stages need, so that a class may
//! be far larger than what a stage may hold.

use super::Document;
use super::meter::MAX_DOCUMENTS;
use super::stage::group::{Group, Groups};
use super::stage::sort::Sort;
use super::stage::{Outside, Stage, count};
use crate::domain::error::ParseError;

/// Documents that flow at once.
pub const PORTION: usize = 1_000;

#[derive(Debug)]
pub struct Flow<'a> {
    /// Stages that look at one document after the other.
    each: &'a [Stage],
    held: Held<'a>,
    /// Stages that run on what was held, once all have come.
    rest: &'a [Stage],
    outside: &'a Outside<'a>,
}

/// What is kept of the documents that have passed.
#[derive(Debug)]
enum Held<'a> {
    All(Vec<Document>),
    /// No stage that follows looks at more.
    First(usize, Vec<Document>),
    Best {
        sort: &'a Sort,
        most: usize,
        documents: Vec<Document>,
    },
    Groups(&'a Group, Groups),
    Count(&'a str, usize),
}

impl<'a> Flow<'a> {
    pub fn new(stages: &'a [Stage], outside: &'a Outside<'a>) -> Self {
        let each = stages.iter().take_while(|stage| is_each(stage)).count();
        let (each, rest) = stages.split_at(each);
        let (held, done) = Held::of(rest);
        Self {
            each,
            held,
            rest: &rest[done..],
            outside,
        }
    }

    pub fn push(&mut self, documents: Vec<Document>) -> Result<(), ParseError> {
        let passed = self.each.iter().try_fold(documents, |documents, stage| {
            stage.run(documents, self.outside)
        })?;
        self.held.take(passed, self.outside)
    }

    /// Whether further documents change nothing.
    pub fn is_full(&self) -> bool {
        matches!(&self.held, Held::First(most, documents) if documents.len() >= *most)
    }

    pub fn finish(self) -> Result<Vec<Document>, ParseError> {
        let held = self.held.release();
        self.rest
            .iter()
            .try_fold(held, |documents, stage| stage.run(documents, self.outside))
    }
}

fn is_each(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Match(_)
            | Stage::Project(_)
            | Stage::AddFields(_)
            | Stage::Unset(_)
            | Stage::Unwind(_)
            | Stage::Replace(_)
    )
}

impl<'a> Held<'a> {
    /// What these stages need, and how many of them are done with it.
    fn of(stages: &'a [Stage]) -> (Self, usize) {
        match stages {
            [Stage::Group(group), ..] => (Self::Groups(group, Groups::default()), 1),
            [Stage::Count(name), ..] => (Self::Count(name, 0), 1),
            [Stage::Sort(sort), after @ ..] => match first(after) {
                Some(most) => {
                    let documents = Vec::new();
                    (
                        Self::Best {
                            sort,
                            most,
                            documents,
                        },
                        1,
                    )
                }
                None => (Self::All(Vec::new()), 0),
            },
            stages => match first(stages) {
                Some(most) => (Self::First(most, Vec::new()), 0),
                None => (Self::All(Vec::new()), 0),
            },
        }
    }

    fn take(&mut self, passed: Vec<Document>, outside: &Outside<'_>) -> Result<(), ParseError> {
        let meter = outside.meter;
        meter.spend(passed.len())?;
        match self {
            Self::All(documents) => {
                documents.extend(passed);
                meter.check_count(documents.len())
            }
            Self::First(most, documents) => {
                let room = most.saturating_sub(documents.len());
                documents.extend(passed.into_iter().take(room));
                Ok(())
            }
            Self::Best {
                sort,
                most,
                documents,
            } => {
                documents.extend(passed);
                if documents.len() > *most + PORTION.max(*most) {
                    *documents = sort.run(std::mem::take(documents));
                    documents.truncate(*most);
                }
                Ok(())
            }
            Self::Groups(group, groups) => group.take(groups, &passed, meter),
            Self::Count(_, count) => {
                *count += passed.len();
                Ok(())
            }
        }
    }

    fn release(self) -> Vec<Document> {
        match self {
            Self::All(documents) | Self::First(_, documents) => documents,
            Self::Best {
                sort, documents, ..
            } => sort.run(documents),
            Self::Groups(group, groups) => group.finish(groups),
            Self::Count(name, documents) => count(name, documents),
        }
    }
}

/// How many of the documents that come first these stages look at, when it is a number that may be held.
fn first(stages: &[Stage]) -> Option<usize> {
    let most = match stages {
        [Stage::Limit(limit), ..] => *limit,
        [Stage::Skip(skip), Stage::Limit(limit), ..] => skip.saturating_add(*limit),
        _ => return None,
    };
    (most <= MAX_DOCUMENTS).then_some(most)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::domain::aggregate::RawStage;
    use crate::domain::aggregate::document::Collections;
    use crate::domain::aggregate::literal::{from_extended_json, to_extended_json};
    use crate::domain::aggregate::meter::Meter;
    use crate::domain::value::ParseValue;

    struct NoClasses;

    impl Collections for NoClasses {
        fn documents(&self, _class: &str) -> Result<Vec<Document>, ParseError> {
            Ok(Vec::new())
        }
    }

    fn stages(pipeline: &Json) -> Vec<Stage> {
        let stages = pipeline.as_array().unwrap().iter().map(|stage| {
            let (name, argument) = stage.as_object().unwrap().iter().next().unwrap();
            RawStage {
                name: name.clone(),
                argument: from_extended_json(argument),
            }
        });
        Stage::read_all(&stages.collect::<Vec<_>>()).unwrap()
    }

    /// Documents `{n, m}` with these numbers, and what they have modulo seven.
    fn portion(numbers: std::ops::Range<u32>) -> Vec<Document> {
        let documents = numbers.map(|n| {
            let fields = [("n", n), ("m", n % 7)];
            Document::from_iter(fields.map(|(name, n)| (name.to_owned(), f64::from(n).into())))
        });
        documents.collect()
    }

    fn flow(pipeline: &Json, documents: u32, at_once: usize) -> Result<Json, String> {
        let stages = stages(pipeline);
        let outside = Outside {
            collections: &NoClasses,
            meter: &Meter::default(),
            random_below: &|_| 0,
        };
        let mut flow = Flow::new(&stages, &outside);
        let starts = (0..documents).step_by(at_once);
        for start in starts {
            let end = documents.min(start + u32::try_from(at_once).unwrap());
            flow.push(portion(start..end))
                .map_err(|error| error.message)?;
            if flow.is_full() {
                break;
            }
        }
        let found = flow.finish().map_err(|error| error.message)?;
        let found = found.into_iter().map(ParseValue::Object);
        Ok(found.map(|found| to_extended_json(&found)).collect())
    }

    #[test]
    fn portions_make_no_difference() {
        for pipeline in [
            json!([{"$match": {"n": {"$gte": 100}}}, {"$sort": {"m": -1}}, {"$skip": 3}, {"$limit": 4}]),
            json!([{"$sort": {"n": -1}}, {"$limit": 2}, {"$project": {"m": 1}}]),
            json!([{"$group": {"_id": "$m", "sum": {"$sum": "$n"}, "all": {"$push": "$n"}}}, {"$sort": {"_id": 1}}]),
            json!([{"$limit": 5}, {"$count": "c"}]),
            json!([{"$skip": 2_990}, {"$limit": 50}]),
            json!([{"$match": {"m": 3}}, {"$count": "c"}]),
            json!([{"$sort": {"m": 1}}, {"$group": {"_id": null, "first": {"$first": "$n"}}}]),
            json!([{"$skip": 2_999}]),
            json!([]),
        ] {
            let at_once = flow(&pipeline, 3_000, 3_000).unwrap();
            assert_eq!(flow(&pipeline, 3_000, 7).unwrap(), at_once, "{pipeline}");
        }
    }

    #[test]
    fn more_may_pass_than_a_stage_may_hold() {
        let many = 150_000;
        let found = |pipeline: Json| flow(&pipeline, many, PORTION);
        assert_eq!(found(json!([{"$count": "c"}])), Ok(json!([{"c": 150_000}])));
        let best = json!([{"$sort": {"n": -1}}, {"$limit": 1}, {"$project": {"n": 1}}]);
        assert_eq!(found(best), Ok(json!([{"n": 149_999}])));
        let groups = json!([{"$group": {"_id": "$m", "c": {"$sum": 1}}}, {"$count": "groups"}]);
        assert_eq!(found(groups), Ok(json!([{"groups": 7}])));
        for pipeline in [
            json!([]),
            json!([{"$sort": {"n": 1}}]),
            json!([{"$group": {"_id": "$n"}}]),
            json!([{"$group": {"_id": "$m", "all": {"$push": "$n"}}}]),
        ] {
            let text = "The aggregation holds more than 100000 documents.".to_owned();
            assert_eq!(found(pipeline.clone()), Err(text), "{pipeline}");
        }
    }
}
