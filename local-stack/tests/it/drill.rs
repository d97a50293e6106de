//! The fire drill as an operator runs it; CI plays all of it (`.ci/run`), here are the mildest and the worst.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

#[test]
fn what_is_killed_or_ransomed_comes_back_and_the_report_says_how() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_catweb"))
        .args(["drill", "--only", "kill-mouse-trap,ransomed-volume"])
        .arg("--report")
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let report = std::fs::read(folder.path().join("drill.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["passed"], true);
    let scenarios = report["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), 2);
    for scenario in scenarios {
        assert_eq!(scenario["outcome"], "passed");
        assert!(scenario["detail"]["rto_s"].as_f64().unwrap() > 0.0);
    }
    assert_eq!(scenarios[0]["detail"]["lost_catches"], 0);
    let markdown = std::fs::read_to_string(folder.path().join("drill.md")).unwrap();
    assert!(markdown.contains("## ransomed-volume"), "{markdown}");
}

#[test]
fn an_interrupted_drill_leaves_its_logs_and_nothing_else() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut drill = Command::new(env!("CARGO_BIN_EXE_catweb"))
        .args(["drill", "--only", "kill-mouse-trap", "--report"])
        .arg(folder.path())
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(drill.stdout.take().unwrap()).lines();
    let mut said = lines.by_ref().map(Result::unwrap);
    assert!(said.any(|line| line.starts_with("ready after")));
    let pid = Pid::from_raw(i32::try_from(drill.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let rest: Vec<_> = lines.map(Result::unwrap).collect();
    let rest = rest.join("\n");
    assert!(!drill.wait().unwrap().success(), "{rest}");
    assert!(rest.contains("it was interrupted"), "{rest}");
    for log in ["up.log", "mouse-trap.log"] {
        assert!(folder.path().join("logs").join(log).is_file(), "{rest}");
    }
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let place = temporary.path().display().to_string();
    assert!(!mounts.contains(&place), "{mounts}");
}
