//! One batch: what the queue held, carried out and waiting for the journal.

use super::{
    Submission,
    handle::{Answer, Look},
    statement,
};
use crate::{
    domain::{Exchange, Moment, Outcome, event::Output},
    events::outgoing,
    market_data::Changes,
    storage::{Entry, TradeRecord},
};
use std::collections::HashSet;

/// Commands with their answers, and looks at the state after them.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) groups: Vec<(Vec<Submission>, Answer)>,
    pub(super) looks: Vec<Look>,
    pub(super) commands: usize,
}

/// What a batch did, not yet in the journal.
pub(super) struct Carried {
    pub(super) entries: Vec<Entry>,
    pub(super) answers: Vec<(Vec<Outcome>, Answer)>,
}

impl Batch {
    /// The sources in it that the journal must be asked about.
    pub(super) fn sources(&self) -> Vec<String> {
        let all = self.groups.iter().flat_map(|(submissions, _)| submissions);
        all.filter_map(|submission| submission.source.clone())
            .collect()
    }
}

/// Carries the commands out, passing over those whose source is in `done` or came earlier in the batch.
pub(super) fn carry_out(
    exchange: &mut Exchange,
    mut position: u64,
    now: Moment,
    groups: Vec<(Vec<Submission>, Answer)>,
    mut done: HashSet<String>,
    changes: &mut Changes,
) -> Carried {
    let mut carried = Carried {
        entries: Vec::new(),
        answers: Vec::with_capacity(groups.len()),
    };
    let mut out = Output::default();
    for (submissions, answer) in groups {
        let mut outcomes = Vec::with_capacity(submissions.len());
        for submission in submissions {
            if submission
                .source
                .as_ref()
                .is_some_and(|source| done.contains(source))
            {
                outcomes.push(Outcome::Unchanged);
                continue;
            }
            let events_before = exchange.last_event();
            let outcome = exchange.execute(now, &submission.command, &mut out);
            outcomes.push(outcome);
            if outcome.belongs_in_journal() {
                position += 1;
                done.extend(submission.source.clone());
                changes.note(&out, now);
                carried.entries.push(entry(
                    exchange,
                    position,
                    now,
                    events_before,
                    submission,
                    &out,
                ));
            }
        }
        carried.answers.push((outcomes, answer));
    }
    carried
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
