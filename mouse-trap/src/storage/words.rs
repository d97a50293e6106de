//! Words that databases and JSON use for the domain's closed sets.

use crate::domain::command::{CommandOutcome, TrapAction};

/// Every action.
const ACTIONS: [TrapAction; 3] = [TrapAction::Arm, TrapAction::Disarm, TrapAction::Locate];
/// Every end of a command.
const OUTCOMES: [CommandOutcome; 3] = [
    CommandOutcome::Done,
    CommandOutcome::Refused,
    CommandOutcome::Expired,
];

/// The word for an action.
pub(crate) const fn action(action: TrapAction) -> &'static str {
    match action {
        TrapAction::Arm => "arm",
        TrapAction::Disarm => "disarm",
        TrapAction::Locate => "locate",
    }
}

/// The action of that word.
pub(crate) fn action_named(word: &str) -> Option<TrapAction> {
    ACTIONS.into_iter().find(|known| action(*known) == word)
}

/// The word for the end of a command.
pub(crate) const fn outcome(outcome: CommandOutcome) -> &'static str {
    match outcome {
        CommandOutcome::Done => "done",
        CommandOutcome::Refused => "refused",
        CommandOutcome::Expired => "expired",
    }
}

/// The end of that word.
pub(crate) fn outcome_named(word: &str) -> Option<CommandOutcome> {
    OUTCOMES.into_iter().find(|known| outcome(*known) == word)
}
