//! The load: wrk with a script of prepared requests.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Connections that ask at the same time.
pub(crate) const CONNECTIONS: u32 = 16;

/// Requests of one kind; wrk takes one of them at random, again and again.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) paths: Vec<String>,
    /// Empty: the requests have none.
    pub(crate) bodies: Vec<String>,
}

/// What wrk saw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) requests: f64,
    pub(crate) seconds: f64,
    pub(crate) failed: f64,
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
}

/// A text as Lua reads it.
fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    )
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("{{{}}}", texts.join(","))
}

fn script(work: &Work) -> String {
    let mut script = format!("method = {}\nheaders = {{", quoted(work.method));
    for (name, value) in &work.headers {
        write!(script, "[{}] = {},", quoted(name), quoted(value)).expect("a String takes all");
    }
    let (paths, bodies) = (list(&work.paths), list(&work.bodies));
    write!(script, "}}\npaths = {paths}\nbodies = {bodies}\n").expect("a String takes all");
    script + include_str!("load.lua")
}

/// Asks for so long, in seconds.
pub(crate) fn run(base: &str, work: &Work, seconds: u64, folder: &Path) -> Outcome {
    let file = folder.join("work.lua");
    std::fs::write(&file, script(work)).expect("the script can be written");
    let output = Command::new("wrk")
        .args([
            "-t1",
            &format!("-c{CONNECTIONS}"),
            &format!("-d{seconds}s"),
            "--timeout",
            "30s",
            "-s",
        ])
        .arg(&file)
        .arg(base)
        .output()
        .expect("wrk is installed (Debian package wrk)");
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers = text.lines().find_map(|line| line.strip_prefix("RESULT "));
    let numbers = numbers.unwrap_or_else(|| panic!("wrk failed: {text} {output:?}"));
    let numbers: Vec<f64> = numbers
        .split_whitespace()
        .map(|number| number.parse().expect("wrk prints numbers"))
        .collect();
    Outcome {
        requests: numbers[0],
        seconds: numbers[1] / 1e6,
        failed: numbers[2],
        median_ms: numbers[3] / 1e3,
        p99_ms: numbers[4] / 1e3,
    }
}
