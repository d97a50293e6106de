//! Checks of how safely the service is set up, and the report of them in the shape that Parse Dashboard shows.

use serde_json::{Value as Json, json};

/// The version of the report's shape.
const REPORT_VERSION: &str = "1.0.0";
/// A secret that is at least so long cannot be guessed.
const MIN_SECRET_CHARS: usize = 14;
/// Of capitals, small letters, digits and other characters, a good secret has at least so many kinds.
const MIN_KINDS_OF_CHARS: usize = 3;

/// One thing that is safe, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecurityCheck {
    pub title: &'static str,
    pub is_passed: bool,
    /// What is dangerous when it is not passed.
    pub warning: &'static str,
    /// What helps.
    pub solution: &'static str,
}

impl SecurityCheck {
    fn to_json(self) -> Json {
        let state = state(self.is_passed);
        if self.is_passed {
            return json!({"title": self.title, "state": state});
        }
        let (warning, solution) = (self.warning, self.solution);
        json!({"title": self.title, "state": state, "warning": warning, "solution": solution})
    }
}

/// Checks of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckGroup {
    pub name: &'static str,
    pub checks: Vec<SecurityCheck>,
}

impl CheckGroup {
    fn is_passed(&self) -> bool {
        self.checks.iter().all(|check| check.is_passed)
    }
}

pub fn report(groups: &[CheckGroup]) -> Json {
    let is_passed = groups.iter().all(CheckGroup::is_passed);
    let each = groups.iter().map(|group| {
        let checks: Vec<Json> = group.checks.iter().map(|check| check.to_json()).collect();
        json!({"name": group.name, "state": state(group.is_passed()), "checks": checks})
    });
    let groups: Vec<Json> = each.collect();
    json!({"report": {"version": REPORT_VERSION, "state": state(is_passed), "groups": groups}})
}

fn state(is_passed: bool) -> &'static str {
    if is_passed { "success" } else { "fail" }
}

/// Whether a secret is long and mixed enough not to be guessed.
pub fn is_strong(secret: &str) -> bool {
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_uppercase(),
        |c| c.is_lowercase(),
        |c| c.is_numeric(),
        |c| !c.is_alphanumeric(),
    ];
    let has = kinds
        .iter()
        .filter(|kind| secret.chars().any(*kind))
        .count();
    secret.chars().count() >= MIN_SECRET_CHARS && has >= MIN_KINDS_OF_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_secrets_are_known() {
        assert!(is_strong("nine-LIVES-and-9-tails"));
        for weak in [
            "",
            "Short-1!",
            "only small letters here",
            "ALLCAPITALS123456".to_lowercase().as_str(),
        ] {
            assert!(!is_strong(weak), "{weak}");
        }
    }

    #[test]
    fn one_failed_check_fails_the_whole() {
        let check = |is_passed| SecurityCheck {
            title: "t",
            is_passed,
            warning: "w",
            solution: "s",
        };
        let groups = [
            CheckGroup {
                name: "a",
                checks: vec![check(true)],
            },
            CheckGroup {
                name: "b",
                checks: vec![check(true), check(false)],
            },
        ];
        let report = &report(&groups)["report"];
        assert_eq!(report["state"], "fail");
        assert_eq!(
            report["groups"][0],
            json!({"name": "a", "state": "success", "checks": [{"title": "t", "state": "success"}]})
        );
        assert_eq!(report["groups"][1]["checks"][1]["solution"], "s");
    }
}
