//! The house's rules change; the first ones open the markets.

use super::{Event, Exchange, Market, Outcome, Output, Rules};

impl Exchange {
    pub(super) fn apply_rules(&mut self, rules: &Rules, out: &mut Output) -> Outcome {
        if self.opened && self.rules == *rules {
            return Outcome::Unchanged;
        }
        if !self.opened {
            self.opened = true;
            out.events.extend(Market::ALL.map(Event::MarketOpened));
        }
        self.rules = rules.clone();
        self.lots.reschedule_all(&rules.freshness);
        Outcome::Done
    }
}
