//! The names of topics, subscriptions and snapshots: `projects/P/topics/T`.

use super::limits::{MAX_NAME_CHARS, MIN_NAME_CHARS};
use super::refusal::Refusal;

/// What a name is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collection {
    Topics,
    Subscriptions,
    Snapshots,
}

impl Collection {
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::Topics => "topics",
            Self::Subscriptions => "subscriptions",
            Self::Snapshots => "snapshots",
        }
    }
}

/// The topic of a subscription whose topic was deleted.
pub(crate) const DELETED_TOPIC: &str = "_deleted-topic_";

/// Checks the name of a resource that is to be created.
///
/// # Errors
/// The rule that the name breaks.
pub(crate) fn check_new(collection: Collection, name: &str) -> Result<(), Refusal> {
    let invalid = |rule: &str| {
        Err(Refusal::invalid(format!(
            "Invalid [{}] name: (name={name}); {rule}",
            collection.segment()
        )))
    };
    let Some(id) = id_of(collection, name) else {
        return invalid(&format!(
            "write projects/PROJECT/{}/ID.",
            collection.segment()
        ));
    };
    if id.len() < MIN_NAME_CHARS || id.len() > MAX_NAME_CHARS {
        return invalid("the ID has 3 to 255 characters.");
    }
    if !id.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return invalid("the ID begins with a letter.");
    }
    if id.to_ascii_lowercase().starts_with("goog") {
        return invalid("the ID must not begin with goog.");
    }
    if !id
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_.~+%".contains(c))
    {
        return invalid("the ID holds letters, digits and - _ . ~ + % only.");
    }
    Ok(())
}

/// The last part of a well-formed name.
pub(crate) fn id_of(collection: Collection, name: &str) -> Option<&str> {
    let (project, rest) = name.strip_prefix("projects/")?.split_once('/')?;
    let id = rest.strip_prefix(collection.segment())?.strip_prefix('/')?;
    (!project.is_empty() && !id.is_empty() && !id.contains('/')).then_some(id)
}

/// The project's part of a name: `projects/P`.
pub(crate) fn project_of(name: &str) -> &str {
    let end = name
        .match_indices('/')
        .nth(1)
        .map_or(name.len(), |(at, _)| at);
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_googles_rules() {
        for good in ["abc", "a.b_c~d+e%f-1", &"x".repeat(255)] {
            assert_eq!(
                check_new(Collection::Topics, &format!("projects/p/topics/{good}")),
                Ok(()),
                "{good}"
            );
        }
        for bad in [
            "ab",
            "1abc",
            "goog-abc",
            "GOOGabc",
            "a/b",
            "a b c",
            "",
            &"x".repeat(256),
        ] {
            assert!(
                check_new(Collection::Topics, &format!("projects/p/topics/{bad}")).is_err(),
                "{bad}"
            );
        }
        assert!(check_new(Collection::Topics, "projects/p/subscriptions/abc").is_err());
        assert!(check_new(Collection::Topics, "abc").is_err());
    }

    #[test]
    fn the_project_is_the_first_two_parts() {
        assert_eq!(project_of("projects/p/topics/abc"), "projects/p");
        assert_eq!(project_of("projects/p"), "projects/p");
    }
}
