//! Real components for tests: a suite runs on what the environment names, says so, and says what it had to skip.
//!
//! The lines go straight to standard error, past the capture of the test runner, so that they are seen when all passes.

use std::fmt::Arguments;
use std::io::Write;

/// Names, separated by commas, of the components that must be there (`mongodb,pubsub,parse-sdk`).
pub const REQUIRED: &str = "CATWEB_TEST_REQUIRE";

/// Where the component is, as `variable` says; none when it is not set and not required.
///
/// # Panics
/// It is not set, but [`REQUIRED`] names it: a missing component is then a failure, not a skip.
#[must_use]
pub fn real_component(name: &str, variable: &str, suite: &str) -> Option<String> {
    let found = std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty());
    if found.is_some() {
        tell(format_args!("{suite}: runs on {name} ({variable})"));
        return found;
    }
    let required = std::env::var(REQUIRED).unwrap_or_default();
    assert!(
        !required.split(',').any(|required| required.trim() == name),
        "{variable} is not set, but {REQUIRED} is {required}"
    );
    tell(format_args!("{suite}: skipped: {variable} is not set"));
    None
}

/// Says a line that is seen even when the test passes.
pub fn tell(line: Arguments<'_>) {
    // A closed standard error is no reason for a test to fail.
    drop(writeln!(std::io::stderr(), "{line}"));
}
