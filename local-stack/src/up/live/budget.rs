//! No more lines than somebody could read. Time is an argument.

use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(1);
const LINES_PER_WINDOW: u64 = 60;

/// Counts lines.
#[derive(Debug, Default)]
pub(super) struct LineBudget {
    window: Option<Instant>,
    wanted: u64,
}

/// Whether a line may be said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) allowed: bool,
    /// How many were passed over in the window that has ended, if any.
    pub(super) passed_over_before: Option<u64>,
}

impl LineBudget {
    /// Asks for one line.
    pub(super) fn spend(&mut self, now: Instant) -> Spent {
        let mut passed_over_before = None;
        let ended = self
            .window
            .is_none_or(|start| now.duration_since(start) >= WINDOW);
        if ended {
            let over = self.wanted.saturating_sub(LINES_PER_WINDOW);
            passed_over_before = (over > 0).then_some(over);
            self.window = Some(now);
            self.wanted = 0;
        }
        self.wanted += 1;
        Spent {
            allowed: self.wanted <= LINES_PER_WINDOW,
            passed_over_before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_instead_of_shown() {
        let (mut budget, now) = (LineBudget::default(), Instant::now());
        let shown = (0..LINES_PER_WINDOW + 7)
            .filter(|_| budget.spend(now).allowed)
            .count();
        assert_eq!(shown as u64, LINES_PER_WINDOW);
        let after = budget.spend(now + WINDOW);
        assert!(after.allowed);
        assert_eq!(after.passed_over_before, Some(7));
        assert_eq!(budget.spend(now + WINDOW).passed_over_before, None);
    }
}
