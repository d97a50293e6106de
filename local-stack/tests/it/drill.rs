//! The fire drill as an operator runs it; CI plays all of it (`.ci/run`), here are the mildest and the worst.

use std::process::Command;

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
