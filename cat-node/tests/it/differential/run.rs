//! Plays scenarios to parse-server and to cat-node, and reports where the answers differ.

use std::collections::BTreeSet;
use std::fmt::Write;

use futures_util::future::{join, join_all};
use parking_lot::Mutex;
use regex::Regex;
use reqwest::Client;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::compare::differences;
use super::known::KnownDifferences;
use super::normalise::Normaliser;
use super::request::{Reply, Variables, send};
use super::scenario::{Scenario, ScenarioFile, Step};
use super::sink::Sink;

/// What came of it all.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) ran: BTreeSet<String>,
    pub(super) requests: usize,
    pub(super) failures: Vec<String>,
    pub(super) known: usize,
    /// Answers that are refusals where parse-server failed.
    pub(super) refused_instead: usize,
}

/// A server that answers.
pub(super) struct Side {
    pub(super) name: &'static str,
    pub(super) address: String,
    pub(super) sink: Sink,
}

/// The servers of one set of options.
pub(super) struct Stage<'a> {
    /// parse-server first, then cat-node on each of its databases.
    pub(super) sides: Vec<Side>,
    pub(super) options: &'a Map<String, Json>,
    pub(super) known: &'a KnownDifferences,
    pub(super) show: bool,
    pub(super) client: Client,
    pub(super) report: &'a Mutex<Report>,
}

/// One side's part in a scenario.
struct Player<'a> {
    side: &'a Side,
    variables: Variables,
    normaliser: Normaliser,
}

impl<'a> Player<'a> {
    fn new(side: &'a Side, scenario: &str, literals: &str) -> Self {
        let mut variables = Variables::default();
        let hash = Sha256::digest(scenario.as_bytes());
        let unique = hash[..4].iter().fold("u".to_owned(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes everything");
            text
        });
        variables.set("unique", Json::String(unique));
        variables.set("server", Json::String(format!("http://{}", side.address)));
        Self {
            side,
            variables,
            normaliser: Normaliser::new(literals.to_owned(), &side.address),
        }
    }

    /// The comparable answer; an error when a variable cannot get its value.
    async fn play(&mut self, stage: &Stage<'_>, step: &Step) -> (Json, Result<(), String>) {
        let reply = match step.path.strip_prefix("sink:") {
            Some(path) => Reply::of_sink(self.side.sink.read(path, &step.only).await),
            None => {
                send(
                    &stage.client,
                    &self.side.address,
                    stage.options,
                    step,
                    &self.variables,
                )
                .await
            }
        };
        let mut remembered = Ok(());
        for (name, pointer) in &step.remember {
            match pointed_at(&reply.body, pointer) {
                Some(value) => self.variables.set(name, value),
                None => {
                    remembered = Err(format!("{}: the answer has no {pointer}", self.side.name));
                }
            }
        }
        (self.normaliser.normalise(&reply, step), remembered)
    }
}

/// The value at a JSON pointer, or what the regular expression after its `~` finds there.
fn pointed_at(body: &Json, pointer: &str) -> Option<Json> {
    let Some((pointer, pattern)) = pointer.split_once('~') else {
        return body.pointer(pointer).cloned();
    };
    let found = Regex::new(pattern)
        .unwrap()
        .find(body.pointer(pointer)?.as_str()?)?;
    Some(Json::String(found.as_str().to_owned()))
}

impl Stage<'_> {
    pub(super) async fn run(&self, file: &ScenarioFile, scenario: &Scenario) {
        let id = format!("{}/{}", file.stem, scenario.name);
        let literals = &scenario.text;
        let players = self
            .sides
            .iter()
            .map(|side| Player::new(side, &id, literals));
        let mut subjects: Vec<Player<'_>> = players.collect();
        let mut oracle = subjects.remove(0);
        for (index, step) in scenario.steps.iter().enumerate() {
            let number = index + 1;
            let subjects_play = subjects.iter_mut().map(|subject| subject.play(self, step));
            let ((expected, remembered), found) =
                join(oracle.play(self, step), join_all(subjects_play)).await;
            self.show(&id, number, step, oracle.side.name, &expected);
            if let Err(error) = remembered {
                self.fail(format!("{id} step {number}: {error}: {expected}"));
                break;
            }
            for (subject, (answer, _)) in subjects.iter().zip(&found) {
                self.show(&id, number, step, subject.side.name, answer);
                self.judge(&id, number, step, subject.side.name, &expected, answer);
            }
            self.report.lock().requests += 1;
            // One that lacks a variable cannot go on; what it lacks was told as a difference.
            let mut complete = found.iter().map(|(_, remembered)| remembered.is_ok());
            subjects.retain(|_| complete.next().unwrap_or_default());
        }
        self.report.lock().ran.insert(id);
    }

    fn judge(&self, id: &str, number: usize, step: &Step, on: &str, expected: &Json, found: &Json) {
        let lines = differences(expected, found);
        if lines.is_empty() {
            return;
        }
        if failed(expected) && refuses(found) {
            self.report.lock().refused_instead += 1;
            return;
        }
        if self.known.covers(id, number, on) {
            self.report.lock().known += 1;
            return;
        }
        let Step {
            method,
            path,
            actor,
            query,
            body,
            text,
            ..
        } = step;
        let mut told = format!("{id} step {number}, on {on}: {method} {path} as {actor}\n");
        if !query.is_empty() {
            told += &format!("  query: {}\n", Json::from_iter(query.clone()));
        }
        if let Some(body) = body {
            told += &format!("  body: {body}\n");
        }
        if let Some(text) = text {
            told += &format!("  text: {text:?}\n");
        }
        told += &format!("  parse-server: {expected}\n  cat-node:     {found}\n");
        for line in lines {
            told += &format!("  -> {line}\n");
        }
        self.fail(told);
    }

    fn show(&self, id: &str, number: usize, step: &Step, side: &str, answer: &Json) {
        if self.show {
            let Step { method, path, .. } = step;
            service_chassis::real_component::tell(format_args!(
                "{id} step {number}: {method} {path}\n  {side}: {answer}"
            ));
        }
    }

    fn fail(&self, told: String) {
        self.report.lock().failures.push(told);
    }
}

/// parse-server could not answer: an exception of its own, or of its database.
fn failed(answer: &Json) -> bool {
    let status = &answer["status"];
    *status == 0 || (*status == 500 && answer["body"]["code"] == 1)
}

/// A refusal in the protocol's terms.
fn refuses(answer: &Json) -> bool {
    let status = answer["status"].as_u64().unwrap_or_default();
    (400..500).contains(&status) && answer["body"]["code"].is_i64()
}
