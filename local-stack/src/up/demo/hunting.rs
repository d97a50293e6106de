//! Traps that close, about one a second, and report it as devices do: a report that was not answered is sent again.

use super::Stage;
use super::cast::{Quarry, caught_by};
use super::persistence::until_done;
use chrono::Utc;
use parking_lot::Mutex;
use rand::random_range;
use serde_json::{Value, json};
use service_chassis::secret::Secret;
use shared_events::timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Between two catches, in milliseconds.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 600..=1_400;

/// A trap's device.
#[derive(Debug)]
pub(super) struct Hunter {
    trap: String,
    secret: Secret,
    reports: Mutex<u64>,
}

impl Hunter {
    pub(super) fn new(trap: String, secret: String) -> Self {
        Self {
            trap,
            secret: Secret::new(secret),
            reports: Mutex::new(0),
        }
    }

    fn next_counter(&self) -> u64 {
        let mut reports = self.reports.lock();
        *reports += 1;
        *reports
    }
}

/// Lets traps close until the demo ends. A start of the runner is a boot of all its devices.
pub(super) async fn hunt(stage: Stage) {
    let boot = format!("demo-{}", Utc::now().timestamp_millis());
    let mut hunters = stage.hunters.subscribe();
    loop {
        let hunter = match hunters.wait_for(|hunters| !hunters.is_empty()).await {
            Ok(hunters) => one_of(&hunters),
            Err(_closed) => return,
        };
        let reports = catch(&hunter, &boot);
        let report = || async {
            let Hunter { trap, secret, .. } = &*hunter;
            stage
                .outside
                .traps
                .report(trap, secret.expose(), &reports)
                .await
        };
        until_done(&stage.screen, "report a catch", report).await;
        sleep(Duration::from_millis(random_range(PAUSE_MS))).await;
    }
}

fn one_of(hunters: &[Arc<Hunter>]) -> Arc<Hunter> {
    hunters[random_range(0..hunters.len())].clone()
}

/// The trap was armed, and closed on something.
fn catch(hunter: &Hunter, boot: &str) -> Value {
    let Quarry {
        animal,
        species,
        grams: (least, most),
        ..
    } = caught_by(random_range(0..100));
    let at = timestamp::to_text(Utc::now());
    let tenth_grams = (random_range(least..=most) * 10.0).round() / 10.0;
    let state = |state: &str| {
        let counter = hunter.next_counter();
        json!({ "boot": boot, "counter": counter, "at": at, "kind": "state", "state": state })
    };
    let armed = state("armed");
    let sprung = state("sprung");
    let caught = json!({
        "boot": boot, "counter": hunter.next_counter(), "at": at, "kind": "catch",
        "animal": animal, "species": species, "mass_grams": tenth_grams,
        "sex": if random_range(0..2) == 0 { "female" } else { "male" },
        "confidence": f64::from(random_range(85..=100)) / 100.0,
    });
    json!([armed, sprung, caught])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_reports_of_a_device_have_one_number() {
        let hunter = Hunter::new("socks-1".to_owned(), "secret".to_owned());
        let (first, second) = (catch(&hunter, "1"), catch(&hunter, "1"));
        assert_eq!(first[2]["counter"], 3);
        assert_eq!(second[0]["counter"], 4);
    }
}
