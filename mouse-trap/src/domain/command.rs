//! What a cat asks of a trap: queued, delivered when the trap fetches it, settled by the trap's own word or by time.

use super::access::Caller;
use super::report::AnswerDetail;
use super::trap::Trap;
use chrono::{DateTime, Utc};
use shared_events::events::TrapState;
pub use shared_events::events::mouse_trap::{CommandOutcome, TrapAction};
use shared_events::id::{CatId, CommandId, TrapId};

/// A command to a trap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrapCommand {
    /// Its identifier, chosen by who asked.
    pub id: CommandId,
    /// The trap that shall do it.
    pub trap: TrapId,
    /// What it shall do.
    pub action: TrapAction,
    /// The cat that asked.
    pub asked_by: CatId,
    /// When it was asked.
    pub requested_at: DateTime<Utc>,
    /// When it is no longer worth doing.
    pub expires_at: DateTime<Utc>,
    /// How far it is.
    pub progress: Progress,
}

/// How far a command is; it only ever moves down this list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Waits for the trap to fetch it.
    Queued,
    /// The trap has it.
    Delivered {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// It came to its end.
    Settled(Settlement),
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// When.
    pub at: DateTime<Utc>,
    /// How.
    pub outcome: CommandOutcome,
    /// More, for people.
    pub detail: Option<AnswerDetail>,
}

impl TrapCommand {
    /// Whether it still can be done.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self.progress, Progress::Settled(_))
    }

    /// Hands the command to its trap; a second time changes nothing.
    pub fn deliver(&mut self, now: DateTime<Utc>) {
        if self.progress == Progress::Queued {
            self.progress = Progress::Delivered { at: now };
        }
    }

    /// Ends an open command; answers whether it was open.
    pub fn settle(&mut self, settlement: Settlement) -> bool {
        let open = self.is_open();
        if open {
            self.progress = Progress::Settled(settlement);
        }
        open
    }

    /// Ends the command when its time is over; answers whether it did.
    pub fn expire(&mut self, now: DateTime<Utc>) -> bool {
        now >= self.expires_at
            && self.settle(Settlement {
                at: now,
                outcome: CommandOutcome::Expired,
                detail: None,
            })
    }

    /// Whether `state`, which the trap reported for the instant `at`, shows that the command was done.
    #[must_use]
    pub fn is_shown_done_by(&self, state: TrapState, at: DateTime<Utc>) -> bool {
        let Progress::Delivered { .. } = self.progress else {
            return false;
        };
        let wanted = match self.action {
            TrapAction::Arm => TrapState::Armed,
            TrapAction::Disarm => TrapState::Disarmed,
            TrapAction::Locate => return false,
        };
        state == wanted && at >= self.requested_at
    }
}

/// Whether mouse-trap refuses a command in the trap's name, and why.
#[must_use]
pub fn refusal(trap: &Trap, caller: &Caller) -> Option<&'static str> {
    if !caller.acts_for(&trap.owner) {
        return Some("the trap belongs to another cat");
    }
    trap.retired_at.map(|_| "the trap is retired")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn arm() -> TrapCommand {
        TrapCommand {
            id: CommandId::new("c-1").expect("valid"),
            trap: TrapId::new("barn-7").expect("valid"),
            action: TrapAction::Arm,
            asked_by: CatId::new("tom").expect("valid"),
            requested_at: at(10),
            expires_at: at(100),
            progress: Progress::Queued,
        }
    }

    #[test]
    fn evidence_counts_after_delivery_and_not_from_before_the_request() {
        let mut command = arm();
        assert!(
            !command.is_shown_done_by(TrapState::Armed, at(20)),
            "not delivered"
        );
        command.deliver(at(15));
        assert!(command.is_shown_done_by(TrapState::Armed, at(20)));
        assert!(
            !command.is_shown_done_by(TrapState::Armed, at(9)),
            "old news"
        );
        assert!(!command.is_shown_done_by(TrapState::Disarmed, at(20)));
    }

    #[test]
    fn ends_once() {
        let mut command = arm();
        assert!(!command.expire(at(99)) && command.expire(at(100)) && !command.expire(at(101)));
        command.deliver(at(200));
        assert!(!command.is_open());
        assert!(!command.settle(Settlement {
            at: at(200),
            outcome: CommandOutcome::Done,
            detail: None
        }));
    }

    #[test]
    fn only_the_hunter_and_the_court_command_a_trap_in_service() {
        let mut trap = crate::domain::trap::tests::trap();
        let caller = |cat: &str, royal_court| Caller {
            cat: CatId::new(cat).expect("valid"),
            royal_court,
        };
        assert_eq!(refusal(&trap, &caller("tom", false)), None);
        assert_eq!(refusal(&trap, &caller("queen", true)), None);
        assert!(refusal(&trap, &caller("jerry", false)).is_some());
        trap.retired_at = Some(at(1));
        assert!(refusal(&trap, &caller("tom", false)).is_some());
    }
}
