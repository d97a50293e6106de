//! What a command changed in cats' accounts, as lines of their statements. What only moves between free and held is no line.

use crate::{
    domain::{
        CatIx, Exchange,
        event::Output,
        ledger::{Account, Asset, ChangeReason},
    },
    storage::StatementLine,
};
use std::collections::HashMap;

/// A line whose balance is not known yet.
struct Change {
    number: u64,
    cat: CatIx,
    asset: Asset,
    amount: i64,
    why: ChangeReason,
}

/// The lines of the command that was carried out last.
pub(super) fn lines(exchange: &Exchange, out: &Output) -> Vec<StatementLine> {
    let changes = changes(exchange, out);
    let mut balances: HashMap<(CatIx, usize), i64> = HashMap::new();
    let mut lines: Vec<StatementLine> = changes
        .iter()
        .rev()
        .map(|change| {
            let ledger = exchange.ledger();
            let now = || {
                ledger.available(change.cat, change.asset) + ledger.held(change.cat, change.asset)
            };
            let place = (change.cat, change.asset.index());
            let balance = balances.entry(place).or_insert_with(now);
            let line = StatementLine {
                cat: exchange.cat_id(change.cat).clone(),
                number: change.number,
                asset: change.asset.name().into(),
                amount: change.amount,
                balance: *balance,
                why: change.why.word().into(),
            };
            *balance -= change.amount;
            line
        })
        .collect();
    lines.reverse();
    lines
}

fn changes(exchange: &Exchange, out: &Output) -> Vec<Change> {
    let before = exchange.ledger().postings() - out.postings.len() as u64;
    let mut changes = Vec::new();
    for (posting, number) in out.postings.iter().zip(before + 1..) {
        let (from, to) = (cat_of(posting.from), cat_of(posting.to));
        if from == to {
            continue;
        }
        for (cat, amount, side) in [(from, -posting.amount, 0), (to, posting.amount, 1)] {
            changes.extend(cat.map(|cat| Change {
                number: number * 2 + side,
                cat,
                asset: posting.asset,
                amount,
                why: posting.why,
            }));
        }
    }
    changes
}

const fn cat_of(account: Account) -> Option<CatIx> {
    match account {
        Account::Available(cat) | Account::Held(cat) => Some(cat),
        Account::House(_) => None,
    }
}
