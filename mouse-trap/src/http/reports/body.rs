//! One report as JSON, and its way into the domain: the first thing that is wrong is named.

use crate::domain::catch::{Animal, AnimalName, Confidence, Sex};
use crate::domain::event_time::event_time;
use crate::domain::mass::Grams;
use crate::domain::report::{
    AnswerDetail, Boot, CatchSeen, LARGEST_COUNTER, Observation, Report, ReportKey,
};
use crate::http::problems::field;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use service_chassis::http::FieldProblem;
use shared_events::events::TrapState;
use shared_events::id::CommandId;
use shared_events::timestamp;
use std::fmt::Display;
use utoipa::ToSchema;

/// One thing that a trap reports. (`boot`, `counter`) name it for ever: a second report with the same pair is the first one,
/// repeated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportBody {
    /// The device's start: 1 to 64 characters of `A-Z a-z 0-9 . _ -`, or a whole number.
    boot: BootBody,
    /// Its count since then.
    #[schema(example = 1, maximum = 9_223_372_036_854_775_807_u64)]
    counter: u64,
    /// When it happened, by the device's clock: RFC 3339, not before 1970, at most 5 minutes ahead.
    #[schema(example = "2026-11-24T05:12:00Z")]
    at: String,
    /// What kind of report it is.
    kind: KindBody,
    /// catch: `mouse`, `rat`, or any other animal's name, which is kept as bycatch.
    #[schema(example = "mouse")]
    animal: Option<String>,
    /// catch: the Latin name, when known.
    #[schema(example = "Peromyscus maniculatus")]
    species: Option<String>,
    /// catch: above 0 and at most 10000, when weighed.
    #[schema(example = 21.5)]
    mass_grams: Option<f64>,
    /// catch: when known.
    sex: Option<Sex>,
    /// catch: how sure the device is, 0 to 1; 1 when absent.
    #[schema(example = 0.97)]
    confidence: Option<f64>,
    /// state: `armed`, `sprung`, `disarmed`, `online`, `battery-low` or `tampered`.
    state: Option<TrapState>,
    /// heartbeat: charge, 0 to 100, when measured.
    battery_percent: Option<u8>,
    /// command-answer: which command.
    #[schema(value_type = Option<String>)]
    command: Option<CommandId>,
    /// command-answer: whether the device did as it was told.
    done: Option<bool>,
    /// command-answer: more, for people.
    detail: Option<String>,
}

/// A device's start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(example = "12")]
pub(crate) enum BootBody {
    /// A name.
    Name(String),
    /// A number; `12` is the same boot as `"12"`.
    Number(u64),
}

/// The kinds of report.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KindBody {
    /// It holds an animal: `animal` and what is known of it.
    Catch,
    /// Its condition changed: `state`.
    State,
    /// It is alive: perhaps `battery_percent`.
    Heartbeat,
    /// It answers a command: `command`, `done`, perhaps `detail`.
    CommandAnswer,
}

/// Reads the report at `pointer`.
pub(super) fn report(
    value: serde_json::Value,
    pointer: &str,
    now: DateTime<Utc>,
) -> Result<Report, FieldProblem> {
    let body: ReportBody = serde_json::from_value(value).map_err(|error| field(pointer, error))?;
    let at = Pointer(pointer);
    at.refuse_strangers(&body)?;
    Ok(Report {
        key: at.key(&body)?,
        at: at.time(&body.at, now)?,
        observation: at.observation(body)?,
    })
}

/// Where the report is, for messages.
struct Pointer<'a>(&'a str);

impl Pointer<'_> {
    fn wrong(&self, name: &str, error: impl Display) -> FieldProblem {
        field(format!("{}/{name}", self.0), error)
    }

    fn needed<T>(&self, name: &str, value: Option<T>, kind: &str) -> Result<T, FieldProblem> {
        value.ok_or_else(|| self.wrong(name, format!("a report of kind {kind} needs it")))
    }

    /// Refuses values that belong to another kind of report: the device means something that we would not record.
    fn refuse_strangers(&self, body: &ReportBody) -> Result<(), FieldProblem> {
        let owned = [
            ("animal", KindBody::Catch, body.animal.is_some()),
            ("species", KindBody::Catch, body.species.is_some()),
            ("mass_grams", KindBody::Catch, body.mass_grams.is_some()),
            ("sex", KindBody::Catch, body.sex.is_some()),
            ("confidence", KindBody::Catch, body.confidence.is_some()),
            ("state", KindBody::State, body.state.is_some()),
            (
                "battery_percent",
                KindBody::Heartbeat,
                body.battery_percent.is_some(),
            ),
            ("command", KindBody::CommandAnswer, body.command.is_some()),
            ("done", KindBody::CommandAnswer, body.done.is_some()),
            ("detail", KindBody::CommandAnswer, body.detail.is_some()),
        ];
        match owned
            .into_iter()
            .find(|(_, kind, told)| *told && *kind != body.kind)
        {
            Some((name, _, _)) => Err(self.wrong(name, "does not belong to a report of this kind")),
            None => Ok(()),
        }
    }

    fn key(&self, body: &ReportBody) -> Result<ReportKey, FieldProblem> {
        let boot = match &body.boot {
            BootBody::Name(name) => Boot::new(name.as_str()),
            BootBody::Number(number) => Boot::new(number.to_string()),
        };
        let boot = boot.map_err(|error| self.wrong("boot", error))?;
        if body.counter > LARGEST_COUNTER {
            return Err(self.wrong("counter", format!("at most {LARGEST_COUNTER} is allowed")));
        }
        Ok(ReportKey {
            boot,
            counter: body.counter,
        })
    }

    fn time(&self, text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, FieldProblem> {
        let told = timestamp::from_text(text)
            .map_err(|_| self.wrong("at", "not an RFC 3339 time with an offset"))?;
        event_time(told, now).map_err(|error| self.wrong("at", error))
    }

    fn observation(&self, body: ReportBody) -> Result<Observation, FieldProblem> {
        match body.kind {
            KindBody::Catch => self.catch(body).map(Observation::Catch),
            KindBody::State => match self.needed("state", body.state, "state")? {
                TrapState::Offline | TrapState::Retired => {
                    Err(self.wrong("state", "not a trap's own to say"))
                }
                state => Ok(Observation::State(state)),
            },
            KindBody::Heartbeat => match body.battery_percent {
                Some(percent) if percent > 100 => {
                    Err(self.wrong("battery_percent", "0 to 100 are allowed"))
                }
                battery_percent => Ok(Observation::Heartbeat { battery_percent }),
            },
            KindBody::CommandAnswer => {
                let detail = body.detail.as_deref().map(AnswerDetail::new).transpose();
                Ok(Observation::CommandAnswer {
                    command: self.needed("command", body.command, "command-answer")?,
                    done: self.needed("done", body.done, "command-answer")?,
                    detail: detail.map_err(|error| self.wrong("detail", error))?,
                })
            }
        }
    }

    fn catch(&self, body: ReportBody) -> Result<CatchSeen, FieldProblem> {
        let animal = self.needed("animal", body.animal, "catch")?;
        let species = body.species.as_deref().map(AnimalName::new).transpose();
        let confidence = body
            .confidence
            .map_or(Ok(Confidence::CERTAIN), Confidence::new);
        Ok(CatchSeen {
            animal: Animal::named(&animal).map_err(|error| self.wrong("animal", error))?,
            species: species.map_err(|error| self.wrong("species", error))?,
            mass: body
                .mass_grams
                .map(Grams::new)
                .transpose()
                .map_err(|error| self.wrong("mass_grams", error))?,
            sex: body.sex,
            confidence: confidence.map_err(|error| self.wrong("confidence", error))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).expect("a valid instant")
    }

    fn catch_with(name: &str, value: Value) -> Value {
        let mut body = json!({ "boot": 1, "counter": 1, "at": "2026-01-01T00:00:00Z", "kind": "catch", "animal": "mouse" });
        body[name] = value;
        body
    }

    #[test]
    fn a_plain_catch_is_believed() {
        let report =
            report(catch_with("mass_grams", json!(20)), "/reports/0", now()).expect("believed");
        assert_eq!((report.key.boot.as_str(), report.key.counter), ("1", 1));
        assert!(
            matches!(report.observation, Observation::Catch(seen) if seen.confidence == Confidence::CERTAIN)
        );
    }

    #[test]
    fn each_wrong_value_is_named() {
        for (name, value, pointer) in [
            ("mass_grams", json!(0), "/r/mass_grams"),
            ("mass_grams", json!(10_001), "/r/mass_grams"),
            ("at", json!("1969-12-31T23:59:59Z"), "/r/at"),
            ("at", json!("2036-01-01T00:00:00Z"), "/r/at"),
            ("at", json!("yesterday"), "/r/at"),
            ("animal", Value::Null, "/r/animal"),
            ("animal", json!("\u{7}"), "/r/animal"),
            ("confidence", json!(1.5), "/r/confidence"),
            ("boot", json!("a b"), "/r/boot"),
            ("counter", json!(u64::MAX), "/r/counter"),
            ("state", json!("armed"), "/r/state"),
            ("colour", json!("grey"), "/r"),
            ("kind", json!("escape"), "/r"),
            ("counter", json!(-1), "/r"),
            ("sex", json!("both"), "/r"),
        ] {
            let error = report(catch_with(name, value.clone()), "/r", now()).expect_err(name);
            assert_eq!(error.pointer, pointer, "{name} {value}: {}", error.detail);
        }
    }

    #[test]
    fn a_trap_cannot_say_that_it_is_silent() {
        let body = json!({ "boot": "1", "counter": 1, "at": "2026-01-01T00:00:00Z", "kind": "state", "state": "offline" });
        assert_eq!(
            report(body, "/r", now()).expect_err("refused").pointer,
            "/r/state"
        );
    }
}
