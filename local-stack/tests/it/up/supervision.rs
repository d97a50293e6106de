//! Processes are kept running while the runner lives, and never longer.

use super::runner::{CHILDREN, Place, eventually, kill, works};
use rustix::process::Signal;

#[test]
fn a_killed_process_is_started_again() {
    let place = Place::new();
    let mut runner = place.start(&["--no-demo"]);
    runner.until_ready();
    for child in CHILDREN {
        let first = place.pid(child, None);
        kill(first, Signal::KILL);
        let line = runner.until("starting it again");
        assert!(line.contains(child), "{line}");
        let second = place.pid(child, Some(first));
        // Between fork and exec a process has no command line of its own.
        eventually(|| works(second).then_some(()));
    }
    let (status, said) = runner.stop();
    assert!(status.success(), "{said}");
}

#[test]
fn no_process_outlives_its_runner_and_the_next_one_goes_on() {
    let place = Place::new();
    let mut runner = place.start(&["--no-demo"]);
    runner.until_ready();
    let children = CHILDREN.map(|child| place.pid(child, None));
    runner.signal(Signal::KILL);
    runner.end();

    let mut next = place.start(&["--no-demo"]);
    next.until_ready();
    for pid in children {
        eventually(|| (!works(pid)).then_some(()));
    }
    let (status, said) = next.stop();
    assert!(status.success(), "{said}");
}
