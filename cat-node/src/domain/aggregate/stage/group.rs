//! `$group`: documents with the same id become one.

use indexmap::IndexMap;

use crate::domain::aggregate::accumulator::{Accumulator, Gathered};
use crate::domain::aggregate::expression::{Expression, Maybe, Scope};
use crate::domain::aggregate::meter::Meter;
use crate::domain::aggregate::order::key;
use crate::domain::aggregate::{Document, refused};
use crate::domain::error::ParseError;
use crate::domain::value::{Fields, ParseValue};

#[derive(Debug)]
pub struct Group {
    id: Expression,
    accumulators: Vec<Accumulator>,
}

impl Group {
    pub fn read(fields: &Fields) -> Result<Self, ParseError> {
        let id = fields.get("_id");
        let id = id.ok_or_else(|| refused("a group specification must include an _id"))?;
        Ok(Self {
            id: Expression::read(id)?,
            accumulators: Accumulator::read_all(fields, &["_id"])?,
        })
    }

    pub fn run(&self, documents: &[Document], meter: &Meter) -> Result<Vec<Document>, ParseError> {
        let mut groups = Groups::default();
        self.take(&mut groups, documents, meter)?;
        Ok(self.finish(groups))
    }

    pub fn take(
        &self,
        groups: &mut Groups,
        documents: &[Document],
        meter: &Meter,
    ) -> Result<(), ParseError> {
        for document in documents {
            let id = self.id.evaluate(&Scope::of(document), meter)?;
            groups.take(id, &self.accumulators, document, meter)?;
        }
        Ok(())
    }

    pub fn finish(&self, groups: Groups) -> Vec<Document> {
        groups.finish(&self.accumulators)
    }
}

/// Groups in the order of their first documents.
#[derive(Debug, Default)]
pub struct Groups {
    by_key: IndexMap<String, (Maybe, Vec<Gathered>)>,
    /// Values that the groups keep, all together.
    kept: usize,
}

impl Groups {
    pub fn take(
        &mut self,
        id: Maybe,
        accumulators: &[Accumulator],
        document: &Document,
        meter: &Meter,
    ) -> Result<(), ParseError> {
        let mut text = String::new();
        // Nothing and `null` are one group.
        key(id.as_ref().unwrap_or(&ParseValue::Null), &mut text);
        let start = || {
            let gathered = accumulators.iter().map(|_| Gathered::default());
            (id, gathered.collect::<Vec<_>>())
        };
        let (_, gathered) = self.by_key.entry(text).or_insert_with(start);
        for (accumulator, gathered) in accumulators.iter().zip(gathered) {
            let before = gathered.kept();
            gathered.take(accumulator, document, meter)?;
            self.kept += gathered.kept() - before;
        }
        meter.check_count(self.by_key.len())?;
        meter.check_count(self.kept / accumulators.len().max(1))
    }

    pub fn finish(self, accumulators: &[Accumulator]) -> Vec<Document> {
        let groups = self.by_key.into_values().map(|(id, gathered)| {
            let mut document = Document::with_capacity(accumulators.len() + 1);
            document.insert("_id".to_owned(), id.unwrap_or(ParseValue::Null));
            for (accumulator, gathered) in accumulators.iter().zip(gathered) {
                document.insert(accumulator.field.clone(), gathered.finish(accumulator));
            }
            document
        });
        groups.collect()
    }
}
