//! A child of the runner ends with it, however the runner ends: standard input is a pipe that only the runner holds,
//! so its end is the runner's end. Works on every system, and without asking the kernel for favours.

use rustix::process::{Signal, getpid, kill_process};
use std::collections::HashMap;
use std::io::{Read, stdin};
use std::thread;

/// Set in the environment of the runner's children.
pub const ENDS_WITH_PARENT: &str = "CATWEB_ENDS_WITH_PARENT";

/// Watches over the parent when the environment asks for it.
pub(super) fn watch_if_asked(environment: &HashMap<String, String>) {
    if environment.contains_key(ENDS_WITH_PARENT) {
        thread::spawn(wait_for_the_end);
    }
}

/// Nothing is ever written to the pipe, so a read returns at its end only. Then this process asks itself to stop, in
/// good order.
fn wait_for_the_end() {
    let mut nothing = [0];
    while matches!(stdin().read(&mut nothing), Ok(read) if read > 0) {}
    if kill_process(getpid(), Signal::TERM).is_err() {
        std::process::exit(1);
    }
}
