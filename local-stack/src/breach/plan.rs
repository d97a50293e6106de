//! The steps in their order, and what they are to do.

use super::args::BreachArgs;
use super::places::Places;
use crate::up::DataFolder;
use std::fmt::Write as _;

/// A step of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Observe,
    Quarantine,
    Preserve,
    Plant,
    Revoke,
    Renew,
    Verify,
    BackUp,
    Lift,
}

impl Step {
    pub(super) const ALL: [Self; 9] = [
        Self::Observe,
        Self::Quarantine,
        Self::Preserve,
        Self::Plant,
        Self::Revoke,
        Self::Renew,
        Self::Verify,
        Self::BackUp,
        Self::Lift,
    ];

    /// Its name in reports.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Quarantine => "quarantine",
            Self::Preserve => "preserve",
            Self::Plant => "plant",
            Self::Revoke => "revoke",
            Self::Renew => "renew",
            Self::Verify => "verify",
            Self::BackUp => "back-up",
            Self::Lift => "lift",
        }
    }

    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Observe => {
                "note processes, their settings' names and the connections, before they are gone"
            }
            Self::Quarantine => "stop everything; catweb up refuses the folder from now on",
            Self::Preserve => "keep sealed copies of all stores, the logs, and a list of hashes",
            Self::Plant => {
                "start on free loopback ports, and take one of each credential while it is good"
            }
            Self::Revoke => {
                "end all sessions, replace the signing keys and every trap's credential, void mailed links"
            }
            Self::Renew => "make another master key; put the backups and their key aside",
            Self::Verify => {
                "start on free loopback ports: what was taken is refused, what is new works"
            }
            Self::BackUp => "make the first backup of the new key",
            Self::Lift => "end the quarantine",
        }
    }
}

/// What an answer would do here.
pub(super) fn told(places: &Places, args: &BreachArgs) -> anyhow::Result<String> {
    let runs = match DataFolder::open_to_restore(places.data_dir()) {
        Ok(_) => "nothing runs on it".to_owned(),
        Err(error) => error.to_string(),
    };
    let mut text = format!(
        "catweb breach would do this to {} ({runs}):\n",
        places.data_dir().display()
    );
    for (number, step) in (1..).zip(Step::ALL) {
        let left_out = match step == Step::Lift && args.keep_closed {
            true => " (not: --keep-closed)",
            false => "",
        };
        writeln!(
            text,
            "  {number}. {}: {}{left_out}",
            step.name(),
            step.what()
        )?;
    }
    write!(
        text,
        "evidence and report: {}\nnew credentials of traps: {}\nbackups and key to put aside: {}, {}",
        places.evidence().display(),
        places.trap_secrets().display(),
        places.backups().display(),
        places.backup_key().display()
    )?;
    Ok(text)
}
