//! What has been carried out and is not in the journal yet.

use super::{
    Submission,
    handle::{Answer, Look, Reveal},
    statement,
};
use crate::{
    domain::{Exchange, Moment, Outcome, event::Output},
    events::outgoing,
    market_data::{Changes, Update},
    storage::{Entry, TradeRecord},
};
use std::collections::HashSet;

/// Commands that were carried out, and who waits for them. It grows while the batch before it is being written.
#[derive(Default)]
pub(super) struct Batch {
    entries: Vec<Entry>,
    answers: Vec<(Vec<Outcome>, Answer)>,
    looks: Vec<Look>,
    sources: HashSet<String>,
    changes: Changes,
    len: usize,
    at: Moment,
    /// Whether time went on in it, with what was due then.
    pub(super) has_advanced: bool,
}

/// A batch to which nothing is added any more: what goes into the journal, and what may be seen after that.
pub(super) struct Sealed {
    pub(super) entries: Vec<Entry>,
    pub(super) seen: Seen,
}

/// What may be seen once a batch is in the journal.
pub(super) struct Seen {
    pub(super) position: u64,
    pub(super) updates: Vec<Update>,
    pub(super) sources: HashSet<String>,
    reveals: Vec<Reveal>,
}

impl Batch {
    /// How many commands, answers and looks it holds.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it holds a command of that source.
    pub(super) fn holds(&self, source: &str) -> bool {
        self.sources.contains(source)
    }

    /// Has a look at the state at the end of the batch.
    pub(super) fn look(&mut self, look: Look) {
        self.len += 1;
        self.looks.push(look);
    }

    /// Carries commands out, passing over those whose source `is_done` or is in the batch already; gives what became of each.
    pub(super) fn carry_out(
        &mut self,
        exchange: &mut Exchange,
        position: &mut u64,
        now: Moment,
        submissions: Vec<Submission>,
        is_done: impl Fn(&str) -> bool,
    ) -> Vec<Outcome> {
        self.at = now;
        self.len += submissions.len();
        let mut out = Output::default();
        let mut outcomes = Vec::with_capacity(submissions.len());
        for submission in submissions {
            let source = submission.source.as_deref();
            if source.is_some_and(|source| is_done(source) || self.holds(source)) {
                outcomes.push(Outcome::Unchanged);
                continue;
            }
            let events_before = exchange.last_event();
            let outcome = exchange.execute(now, &submission.command, &mut out);
            outcomes.push(outcome);
            if outcome.belongs_in_journal() {
                *position += 1;
                self.sources.extend(submission.source.clone());
                self.changes.note(&out, now);
                let entry = entry(exchange, *position, now, events_before, submission, &out);
                self.entries.push(entry);
            }
        }
        outcomes
    }

    /// Answers with these outcomes, and what is to be seen of the state, once the batch is in the journal.
    pub(super) fn answer(&mut self, outcomes: Vec<Outcome>, answer: Answer) {
        self.len += 1;
        self.answers.push((outcomes, answer));
    }

    /// Ends the batch: `exchange` is the state at its end.
    pub(super) fn seal(mut self, exchange: &Exchange, position: u64) -> Sealed {
        let answers = self.answers.into_iter();
        let answers = answers.map(|(outcomes, answer)| answer(exchange, outcomes));
        let looks = self.looks.into_iter().map(|look| look(exchange, position));
        let reveals = answers.chain(looks).collect();
        let seen = Seen {
            position,
            updates: self.changes.updates(exchange, position, self.at),
            sources: self.sources,
            reveals,
        };
        Sealed {
            entries: self.entries,
            seen,
        }
    }
}

impl Seen {
    /// Tells those who waited.
    pub(super) fn reveal(self) {
        for reveal in self.reveals {
            reveal();
        }
    }
}

fn entry(
    exchange: &Exchange,
    position: u64,
    at: Moment,
    events_before: u64,
    submission: Submission,
    out: &Output,
) -> Entry {
    let Submission {
        command,
        source,
        traceparent,
    } = submission;
    let events = outgoing::stored(exchange, at, &command, out);
    let trades = TradeRecord::of(out, at).collect();
    let lines = statement::lines(exchange, out);
    Entry {
        position,
        at,
        source,
        traceparent,
        command,
        events_before,
        events,
        trades,
        lines,
    }
}
