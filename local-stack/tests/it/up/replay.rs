//! The replay accounts for every row, in one run or several, disturbed or not.

use super::runner::{CHILDREN, Place, kill, sample};
use rustix::process::Signal;

const SUMS: [&str; 8] = [
    "rows read                      200",
    "mouse                           98",
    "rat                             63",
    "bycatch                         22",
    "nothing caught                  14",
    "refused                          3",
    "lots created                   161",
    "Parse Capture objects          161",
];

#[test]
fn every_row_is_accounted_for_and_a_second_start_finds_it_so() {
    let place = Place::new();
    let sample = sample();
    let replay = ["--no-demo", "--replay", &sample, "--exit-when-done"];
    let (status, said) = place.start(&replay).end();
    assert!(status.success(), "{said}");
    for sum in SUMS {
        assert!(said.contains(sum), "{sum} is not in:\n{said}");
    }
    assert!(said.contains("captures/s"), "{said}");
    assert!(!said.contains('\u{1b}'), "a pipe gets plain text: {said}");

    let (status, said) = place.start(&replay).end();
    assert!(status.success(), "{said}");
    for sum in SUMS {
        assert!(said.contains(sum), "{sum} is not in:\n{said}");
    }
    assert!(!said.contains("captures/s"), "nothing was new: {said}");
    let left = std::fs::read_dir(place.path().join("pids")).unwrap();
    assert_eq!(left.count(), 0, "no process is left");
}

#[test]
fn cats_own_the_plots_and_their_own_catches_come_on_top() {
    let place = Place::new();
    let sample = sample();
    let mut runner = place.start(&["--replay", &sample]);
    let said = runner.until("the ledger sums to zero");
    assert!(said.contains("ok"), "{said}");
    runner.until(" caught ");
    runner.until(" seen ");
    runner.stop();

    let (status, said) = place
        .start(&["--replay", &sample, "--exit-when-done"])
        .end();
    assert!(status.success(), "{said}");
    assert!(
        said.contains("captures                       161"),
        "{said}"
    );
    assert!(
        !said.contains("Parse Capture objects          161"),
        "{said}"
    );
}

#[test]
fn killing_any_process_at_any_moment_changes_no_sum() {
    let place = Place::new();
    let sample = sample();
    let mut runner = place.start(&["--no-demo", "--replay", &sample, "--exit-when-done"]);
    runner.until_ready();
    for child in CHILDREN {
        let first = place.pid(child, None);
        kill(first, Signal::KILL);
        place.pid(child, Some(first));
    }
    let (status, said) = runner.end();
    assert!(status.success(), "{said}");
    for sum in SUMS {
        assert!(said.contains(sum), "{sum} is not in:\n{said}");
    }
}
