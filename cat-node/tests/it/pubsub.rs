//! Over a real Pub/Sub, with Google's client: what the other services announce becomes Parse objects, once each.

use std::time::Duration;

use chrono::Utc;
use serde_json::json;
use service_chassis::real_component::real_component;
use shared_events::bus::{Bus, BusSettings, EventPublisher};
use shared_events::events::RodentKind;
use shared_events::events::mouse_trap::RodentCaught;
use shared_events::id::{CaptureId, CatId, SiteId, TrapId};
use shared_events::{EventStamp, OutgoingEvent, topology};

use crate::api::{Actor, TestApp};

const PUBSUB: &str = "CATWEB_TEST_PUBSUB";
const CAPTURES: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(50);

fn pubsub() -> Option<String> {
    real_component("pubsub", PUBSUB, "cat-node on Pub/Sub")
}

fn caught(number: usize, hunter: &CatId) -> OutgoingEvent {
    let trap = TrapId::new(format!("trap-{}", number % 50)).unwrap();
    let now = Utc::now();
    let event = RodentCaught {
        capture: CaptureId::of_catch(&trap, "1", number as u64),
        trap,
        site: SiteId::new("farm").unwrap(),
        jurisdiction: "CA".to_owned(),
        position: None,
        hunter: hunter.clone(),
        kind: RodentKind::Mouse,
        species: None,
        mass_grams: Some(20.0),
        sex: None,
        caught_at: now,
        recorded_at: now,
        confidence: 1.0,
    };
    OutgoingEvent::new(&event, EventStamp::new(now))
}

async fn captures_of(app: &TestApp, actor: &Actor) -> u64 {
    let counted = app
        .find(actor, "Capture", json!({"count": 1, "limit": 0}))
        .await;
    counted.body["count"]
        .as_u64()
        .unwrap_or_else(|| panic!("{counted:?}"))
}

#[tokio::test]
async fn catches_become_objects_once_each() {
    let Some(host) = pubsub() else {
        return;
    };
    let project = format!("cat-node-{}", uuid::Uuid::new_v4().simple());
    let settings = BusSettings {
        project: Some(project.clone()),
        emulator_host: Some(host.clone()),
        ..BusSettings::default()
    };
    let bus = Bus::connect(&settings).await.unwrap();
    topology::apply(&bus).await.unwrap();
    let app = TestApp::start_with(&[
        ("PUBSUB_EMULATOR_HOST", &host),
        ("GOOGLE_CLOUD_PROJECT", &project),
    ])
    .await;
    let (id, tom) = app.sign_up("tom").await;

    let hunter = CatId::new(id).unwrap();
    let events: Vec<OutgoingEvent> = (0..CAPTURES)
        .map(|number| caught(number, &hunter))
        .collect();
    let publisher = EventPublisher::new(&bus).await.unwrap();
    for answers in [
        publisher.publish(events.clone()).await,
        publisher.publish(events).await,
    ] {
        assert!(answers.iter().all(Result::is_ok));
    }
    let all_seen = async {
        while captures_of(&app, &tom).await < CAPTURES as u64 {
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
    };
    tokio::time::timeout(PATIENCE, all_seen).await.unwrap();
    assert_eq!(captures_of(&app, &Actor::master()).await, CAPTURES as u64);
    assert_eq!(captures_of(&app, &Actor::anonymous()).await, 0);
    let ready = app
        .send(&Actor::default(), reqwest::Method::GET, "/readyz", None)
        .await;
    assert_eq!(ready.status, 200, "{ready:?}");
}
