//! The house's rules change; the first ones open the markets.

use super::{Exchange, Market, Outcome, Output, Rules};
use crate::domain::{rules::MAX_STEPS_PER_ADVANCE, session::Phase};

impl Exchange {
    pub(super) fn apply_rules(&mut self, rules: &Rules, out: &mut Output) -> Outcome {
        if self.opened && self.rules == *rules {
            return Outcome::Unchanged;
        }
        let first = !std::mem::replace(&mut self.opened, true);
        self.rules = rules.clone();
        for market in Market::ALL {
            if rules.schedule.is_some() {
                self.follow_schedule(market, out);
                self.go_on_uncrossing(market, MAX_STEPS_PER_ADVANCE, out);
            } else if first {
                self.set_phase(market, Phase::Continuous, out);
            }
        }
        self.lots.reschedule_all(&rules.freshness);
        Outcome::Done
    }
}
