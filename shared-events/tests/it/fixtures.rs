//! Every event that was ever published must decode for ever, and say the same when it is written again.

use bytes::Bytes;
use serde_json::Value;
use shared_events::events::CATALOGUE;
use shared_events::{Envelope, Event};
use std::path::PathBuf;

fn recorded() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let version = name.rfind(".v").map_or(name.len(), |at| at + 2);
            let end = name[version..]
                .find('.')
                .map_or(name.len(), |at| version + at);
            (
                name[..end].to_owned(),
                serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap(),
            )
        })
        .collect()
}

fn envelope(event_type: &str, data: &Value) -> Envelope {
    Envelope {
        id: "1".into(),
        source: "//net.miaou/test".into(),
        event_type: event_type.to_owned(),
        time: chrono::Utc::now(),
        subject: None,
        jurisdiction: None,
        sequence: None,
        traceparent: None,
        data: Bytes::from(serde_json::to_vec(data).unwrap()),
    }
}

#[test]
fn every_recorded_event_decodes_and_keeps_what_it_said() {
    let recorded = recorded();
    for (event_type, data) in &recorded {
        let event = Event::decode(&envelope(event_type, data))
            .unwrap_or_else(|error| panic!("{event_type}: {error:?}"));
        let written = event.to_json().unwrap();
        for (field, value) in data.as_object().unwrap() {
            assert_eq!(&written[field], value, "{event_type}: {field}");
        }
    }
    for (event_type, _) in CATALOGUE {
        assert!(
            recorded.iter().any(|(name, _)| name == event_type),
            "no recorded {event_type}"
        );
    }
}

#[test]
fn unknown_fields_are_passed_over_and_missing_ones_refused() {
    for (event_type, mut data) in recorded() {
        data["added_in_the_future"] = 1.into();
        assert!(
            Event::decode(&envelope(&event_type, &data)).is_ok(),
            "{event_type}"
        );
        assert!(
            Event::decode(&envelope(&event_type, &serde_json::json!({}))).is_err(),
            "{event_type}"
        );
    }
    assert!(
        Event::decode(&envelope(
            "net.miaou.mouse-trap.rodent-caught.v99",
            &Value::Null
        ))
        .is_err()
    );
}
