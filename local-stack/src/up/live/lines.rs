//! What an event is in words.

use super::names::NameBook;
use crate::up::screen::Paint;
use shared_events::events::cadaver_exchange::{LotListed, TradeExecuted};
use shared_events::events::mouse_trap::RodentCaught;
use shared_events::{Event, Topic};

/// The events that have a line, by topic.
pub(super) const OF_INTEREST: [(Topic, &[&str]); 2] = [
    (Topic::MouseTrap, &["rodent-caught"]),
    (Topic::CadaverExchange, &["lot-listed", "trade-executed"]),
];

/// So much of an id tells it from its neighbours.
const SHORT_ID: usize = 8;

/// A line without its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) paint: Paint,
    pub(super) verb: &'static str,
    pub(super) text: String,
    /// The capture that the line tells of, if it tells of a new one.
    pub(super) caught: Option<String>,
}

impl Line {
    fn new(paint: Paint, verb: &'static str, text: String) -> Self {
        Self {
            paint,
            verb,
            text,
            caught: None,
        }
    }
}

/// The line of an event, if it has one.
pub(super) fn of(event: &Event, names: &NameBook) -> Option<Line> {
    match event {
        Event::RodentCaught(event) => Some(caught(event, names)),
        Event::LotListed(event) => Some(listed(event, names)),
        Event::TradeExecuted(event) => Some(traded(event, names)),
        _ => None,
    }
}

/// The line of a capture that the Parse API shows.
pub(super) fn seen(capture: &str) -> Line {
    let text = format!("Parse object Capture {}", short(capture));
    Line::new(Paint::Seen, "seen", text)
}

fn caught(event: &RodentCaught, names: &NameBook) -> Line {
    let grams = event.mass_grams.map(|grams| format!(" of {grams} g"));
    let species = event.species.as_deref().map(|name| format!(" ({name})"));
    let text = format!(
        "{}{}{} by {} in trap {}, capture {}",
        event.kind,
        grams.unwrap_or_default(),
        species.unwrap_or_default(),
        names.of(event.hunter.as_str()),
        event.trap,
        short(event.capture.as_str())
    );
    Line {
        caught: Some(event.capture.to_string()),
        ..Line::new(Paint::Caught, "caught", text)
    }
}

fn listed(event: &LotListed, names: &NameBook) -> Line {
    let (lot, owner) = (short(event.lot.as_str()), names.of(event.owner.as_str()));
    let text = match (&event.market, event.ask) {
        (Some(market), Some(ask)) => format!("lot {lot} of {owner} in {market} at {ask}"),
        (Some(market), None) => format!("lot {lot} of {owner} in {market}, not for sale"),
        (None, _) => format!("lot {lot} of {owner}, spoiled before it came"),
    };
    Line::new(Paint::Listed, "listed", text)
}

fn traded(event: &TradeExecuted, names: &NameBook) -> Line {
    let lots: Vec<_> = event.lots.iter().map(|lot| short(lot.as_str())).collect();
    let text = format!(
        "{} {} at {}, from {} to {}, lot {}",
        event.quantity,
        event.market,
        event.price,
        names.of(event.seller.as_str()),
        names.of(event.buyer.as_str()),
        lots.join(" ")
    );
    Line::new(Paint::Traded, "traded", text)
}

fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use shared_events::events::{Grade, Kibbles, RodentKind};
    use shared_events::id::{CatId, LotId, MarketId};

    #[test]
    fn a_lot_is_told_with_its_market_and_price() {
        let names = NameBook::default();
        names.add("a1", "socks");
        let mut event = LotListed {
            lot: LotId::new("0123456789").expect("an id"),
            jurisdiction: "CA".to_owned(),
            owner: CatId::new("a1").expect("an id"),
            kind: RodentKind::Rat,
            grade: Grade::Prime,
            market: Some(MarketId::new("rat-prime").expect("an id")),
            species: None,
            mass_grams: None,
            ask: Some(Kibbles(20)),
            order: None,
            caught_at: DateTime::UNIX_EPOCH,
            listed_at: DateTime::UNIX_EPOCH,
        };
        let text = listed(&event, &names).text;
        assert_eq!(text, "lot 01234567 of socks in rat-prime at 20 kibbles");
        event.market = None;
        assert!(listed(&event, &names).text.contains("spoiled"));
    }
}
