//! A breach as an operator answers it, on a Catweb that really runs: what a thief took is worth nothing afterwards.

use super::runner::Place;
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a thief finds in the folder.
struct Stolen {
    session: String,
    trap: String,
    trap_secret: String,
    master_key: String,
}

impl Stolen {
    fn from(place: &Place) -> Self {
        let demo = fs::read(place.path().join("demo.json")).unwrap();
        let demo: Value = serde_json::from_slice(&demo).unwrap();
        let (trap, secret) = demo["traps"].as_object().unwrap().iter().next().unwrap();
        let mut cats = demo["cats"].as_object().unwrap().values();
        let session = cats.find_map(|cat| cat["session"]["sessionToken"].as_str());
        let master_key = fs::read_to_string(place.path().join("master-key")).unwrap();
        Self {
            session: session.unwrap().to_owned(),
            trap: trap.clone(),
            trap_secret: secret.as_str().unwrap().to_owned(),
            master_key: master_key.trim().to_owned(),
        }
    }

    fn secrets(&self) -> [&str; 3] {
        [&self.session, &self.trap_secret, &self.master_key]
    }
}

fn catweb(place: &Place, arguments: &[&str]) -> Output {
    let (command, rest) = arguments.split_first().unwrap();
    Command::new(env!("CARGO_BIN_EXE_catweb"))
        .args([command, "--data-dir"])
        .arg(place.path())
        .args(rest)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// All files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .collect()
}

/// The addresses that a start tells, by service.
fn addresses(told: &str) -> HashMap<&str, &str> {
    let lines = told.lines().filter_map(|line| line.trim().split_once("  "));
    lines
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect()
}

/// What a request answers: its status, and Parse's code.
fn ask(request: reqwest::RequestBuilder) -> (u16, i64) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap_or_default();
        (status, body["code"].as_i64().unwrap_or_default())
    })
}

#[test]
fn what_was_stolen_opens_nothing_and_the_evidence_is_kept() {
    let place = Place::new();
    let webhook_key = [("PARSE_SERVER_WEBHOOK_KEY", "a key of the environment")];
    let mut runner = place.start_with(&[], &webhook_key);
    runner.until("caught");
    assert!(catweb(&place, &["backup"]).status.success());
    let stolen = Stolen::from(&place);

    let plan = catweb(&place, &["breach", "--dry-run"]);
    let evidence = place.path().with_file_name("evidence");
    let evidence = evidence.to_str().unwrap();
    assert!(said(&plan).contains("1. observe"), "{}", said(&plan));
    assert!(!place.path().join("quarantined").exists());

    let answer = ["breach", "--keep-closed", "--evidence", evidence];
    let answered = catweb(&place, &answer);
    assert!(answered.status.success(), "{}", said(&answered));
    let (ended, told) = runner.end();
    assert!(ended.success(), "{told}");
    the_report_says_what_was_done(Path::new(evidence));
    the_evidence_is_whole_and_tells_no_secret(&place, Path::new(evidence), &stolen);
    let refused = catweb(&place, &["up", "--broker-port=0"]);
    assert!(said(&refused).contains("quarantine"), "{}", said(&refused));
    assert!(catweb(&place, &["breach", "--lift"]).status.success());
    nothing_stolen_is_good(&place, &stolen);
}

fn the_report_says_what_was_done(evidence: &Path) {
    let report = fs::read(evidence.join("breach.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["passed"], true);
    assert_eq!(
        report["by_hand"],
        serde_json::json!(["PARSE_SERVER_WEBHOOK_KEY"])
    );
    let steps = report["steps"].as_array().unwrap();
    let steps: Vec<_> = steps
        .iter()
        .map(|it| it["step"].as_str().unwrap())
        .collect();
    assert_eq!(
        steps,
        [
            "observe",
            "quarantine",
            "preserve",
            "plant",
            "revoke",
            "renew",
            "verify",
            "back-up"
        ]
    );
    let checks = report["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 9);
    assert!(
        checks.iter().all(|check| check["holds"] == true),
        "{checks:?}"
    );
    let markdown = fs::read_to_string(evidence.join("breach.md")).unwrap();
    assert!(markdown.contains("| verify |"), "{markdown}");
}

fn the_evidence_is_whole_and_tells_no_secret(place: &Place, evidence: &Path, stolen: &Stolen) {
    let manifest = fs::read(evidence.join("manifest.json")).unwrap();
    let manifest: Vec<Value> = serde_json::from_slice(&manifest).unwrap();
    let listed = |end: &str| {
        let mut names = manifest.iter().map(|it| it["file"].as_str().unwrap());
        names.any(|name| name.ends_with(end))
    };
    assert!(listed("processes.json") && listed("logs/cat-node.log"));
    for file in files(evidence) {
        let bytes = fs::read(&file).unwrap();
        for secret in stolen.secrets() {
            let found = bytes
                .windows(secret.len())
                .any(|it| it == secret.as_bytes());
            assert!(!found, "{} tells a secret", file.display());
        }
    }
    // What is sealed opens, with the key that lies beside it.
    let [stores, key] = [
        evidence.join("stores"),
        evidence.with_file_name("evidence-key"),
    ];
    let elsewhere = Place::new();
    let opened = Command::new(env!("CARGO_BIN_EXE_catweb"))
        .args(["restore", "--rehearse", "--data-dir"])
        .arg(elsewhere.path())
        .arg("--backups")
        .arg(stores)
        .arg("--backup-key")
        .arg(key)
        .output()
        .unwrap();
    assert!(said(&opened).contains("all is whole"), "{}", said(&opened));
    // The first backup of the new key, and the old ones under another name.
    let newest = catweb(place, &["restore", "--rehearse"]);
    assert!(said(&newest).contains("all is whole"), "{}", said(&newest));
    let beside = fs::read_dir(place.path().parent().unwrap()).unwrap();
    let names: Vec<_> = beside
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let retired = |start: &str| names.iter().any(|name| name.starts_with(start));
    assert!(retired("data-backups-retired-") && retired("data-backup-key-retired-"));
}

/// On a Catweb that plays its demo again, whose traps have their new credentials.
fn nothing_stolen_is_good(place: &Place, stolen: &Stolen) {
    let mut runner = place.start(&[]);
    runner.until_ready();
    runner.until("caught");
    let told = runner.told();
    let at = addresses(&told);
    let http = reqwest::Client::new();
    let parse = |path: &str| {
        let url = format!("{}/{path}", at["Parse API"]);
        http.get(url).header("X-Parse-Application-Id", "catweb")
    };
    let session = parse("users/me").header("X-Parse-Session-Token", &stolen.session);
    assert_eq!(ask(session).1, 209);
    let master = parse("serverInfo").header("X-Parse-Master-Key", &stolen.master_key);
    assert_eq!(ask(master).0, 403);
    let commands = format!("{}/v1/traps/{}/commands", at["mouse-trap"], stolen.trap);
    let trap = http.get(commands).bearer_auth(&stolen.trap_secret);
    assert_eq!(ask(trap).0, 401);
    let secrets = place
        .path()
        .with_file_name("evidence-trap-credentials.jsonl");
    let secrets = fs::read_to_string(secrets).unwrap();
    let mut issued = secrets
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let new = issued.find(|it: &Value| it["trap"] == stolen.trap.as_str());
    let new = new.unwrap()["credential"].as_str().unwrap().to_owned();
    let commands = format!("{}/v1/traps/{}/commands", at["mouse-trap"], stolen.trap);
    assert_eq!(ask(http.get(commands).bearer_auth(new)).0, 200);
    let (ended, told) = runner.stop();
    assert!(ended.success(), "{told}");
}
