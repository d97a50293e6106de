//! How often a process may crash, and how long to wait before it is started again. Time is an argument.

use std::time::{Duration, Instant};

/// The time in which crashes are counted together.
const WINDOW: Duration = Duration::from_secs(60);
/// A process that ends by itself more often than this has a fault that a restart does not mend.
const MAX_FAILURES: usize = 5;
/// Somebody who kills a process is testing us, or the system is short of memory: more patience, but not without end.
const MAX_KILLS: usize = 60;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE_AFTER_KILL: Duration = Duration::from_millis(200);
const LONGEST_PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How a process ended without being asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    /// It ended by itself.
    Failed,
    /// A signal ended it.
    Killed,
}

/// The crashes of one process.
#[derive(Debug, Default)]
pub(super) struct Crashes {
    recent: Vec<(Instant, Crash)>,
}

impl Crashes {
    /// Counts a crash. How long to wait before the next start, or `None` when it is hopeless.
    pub(super) fn count(&mut self, now: Instant, crash: Crash) -> Option<Duration> {
        self.recent
            .retain(|(at, _)| now.duration_since(*at) < WINDOW);
        self.recent.push((now, crash));
        let alike = self.recent.iter().filter(|(_, kind)| *kind == crash);
        let alike = alike.count();
        let (most, longest) = match crash {
            Crash::Failed => (MAX_FAILURES, LONGEST_PAUSE_AFTER_FAILURE),
            Crash::Killed => (MAX_KILLS, LONGEST_PAUSE_AFTER_KILL),
        };
        let doublings = u32::try_from(alike - 1).unwrap_or(u32::MAX).min(10);
        (alike <= most).then(|| (FIRST_PAUSE * 2_u32.pow(doublings)).min(longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_keeps_failing_is_given_up() {
        let (mut crashes, now) = (Crashes::default(), Instant::now());
        for _ in 0..MAX_FAILURES {
            assert!(crashes.count(now, Crash::Failed).is_some());
        }
        assert_eq!(crashes.count(now, Crash::Failed), None);
        assert!(crashes.count(now + WINDOW, Crash::Failed).is_some());
    }

    #[test]
    fn kills_are_borne_longer_and_waits_grow() {
        let (mut crashes, now) = (Crashes::default(), Instant::now());
        let waits: Vec<_> = (0..MAX_KILLS)
            .map(|_| crashes.count(now, Crash::Killed))
            .collect();
        assert_eq!(waits[0], Some(FIRST_PAUSE));
        assert_eq!(waits[MAX_KILLS - 1], Some(LONGEST_PAUSE_AFTER_KILL));
        assert_eq!(crashes.count(now, Crash::Killed), None);
    }
}
