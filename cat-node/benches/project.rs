//! The hot path of a replay: envelopes as they arrive -> JSON -> projection writes -> one durable SQLite write a batch.
//!
//! Half the events are catches, half the lots that follow from them; each names an object of its own.
//! Goal: 15,000 events/s on one core.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cat_node::events::incoming::ProjectEvents;
use cat_node::projections::class;
use cat_node::storage::Storage;
use cat_node::storage::sqlite::SqliteStorage;
use chrono::DateTime;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use service_chassis::clock::SystemClock;
use shared_events::Envelope;
use shared_events::bus::{BatchHandler, Delivery, MAX_BATCH, Verdict};
use uuid::Uuid;

fn delivery(producer: &str, event: &str, sequence: u64, data: &serde_json::Value) -> Delivery {
    let envelope = Envelope {
        id: Uuid::new_v4().to_string(),
        source: format!("//net.miaou/{producer}"),
        event_type: format!("net.miaou.{producer}.{event}.v1"),
        time: DateTime::UNIX_EPOCH,
        subject: None,
        jurisdiction: Some("CA".to_owned()),
        sequence: Some(sequence),
        traceparent: None,
        data: Bytes::from(data.to_string()),
    };
    Delivery {
        envelope,
        attempt: Some(1),
    }
}

fn catch_and_lot(sequence: u64) -> [Delivery; 2] {
    let id = Uuid::new_v4().to_string();
    let at = "2026-11-24T08:00:00.000Z";
    let caught = json!({"capture": id, "trap": format!("plot-{}", sequence % 1200), "site": "portal",
        "jurisdiction": "CA", "position": {"latitude": 31.9, "longitude": -109.1}, "hunter": "aB3dE5gH7j",
        "kind": "rat", "species": "Dipodomys merriami", "mass_grams": 43.5, "sex": "male", "caught_at": at,
        "recorded_at": at, "confidence": 1.0});
    let listed = json!({"lot": id, "jurisdiction": "CA", "owner": "aB3dE5gH7j", "kind": "rat", "grade": "spoiled",
        "market": null, "species": "Dipodomys merriami", "mass_grams": 43.5, "ask": null, "order": null,
        "caught_at": at, "listed_at": at});
    [
        delivery("mouse-trap", "rodent-caught", sequence, &caught),
        delivery("cadaver-exchange", "lot-listed", sequence, &listed),
    ]
}

fn batch() -> Vec<Delivery> {
    (1..=MAX_BATCH as u64 / 2).flat_map(catch_and_lot).collect()
}

fn project(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let storage = SqliteStorage::open(&folder.path().join("cats.db")).expect("SQLite opens");
    let storage: Arc<dyn Storage> = Arc::new(storage);
    runtime
        .block_on(class::declare(&*storage))
        .expect("the classes are new");
    let handler = ProjectEvents::new(storage, Arc::new(SystemClock));

    let mut group = criterion.benchmark_group("project");
    group.throughput(Throughput::Elements(MAX_BATCH as u64));
    group
        .measurement_time(Duration::from_secs(10))
        .sample_size(20);
    group.bench_function("a batch of catches and lots into SQLite", |bencher| {
        bencher.iter_batched(
            batch,
            |batch| {
                let verdicts = runtime.block_on(handler.handle(&batch));
                assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Done));
                batch
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, project);
criterion_main!(benches);
