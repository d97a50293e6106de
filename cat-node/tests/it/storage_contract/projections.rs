//! The bulk write of projections: `projections::write::merge`, whatever language an adapter says it in.

use std::collections::BTreeMap;
use std::sync::Arc;

use cat_node::domain::acl::{Access, Acl, Permission};
use cat_node::domain::names::{ClassName, ObjectId};
use cat_node::domain::object::ParseObject;
use cat_node::domain::query::Query;
use cat_node::domain::value::ParseValue;
use cat_node::projections::write::{Facet, ProjectionWrite, merge};
use cat_node::storage::{ProjectionCounts, Storage};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::Store;
use super::objects::at;

const LOT: ClassName = ClassName::internal("Lot");

/// What could be said of one of a few lots.
fn random_write(rng: &mut StdRng) -> ProjectionWrite {
    let id = format!("lot-{}", rng.random_range(0..4));
    let mut facets = Vec::new();
    if rng.random_bool(0.4) {
        let capture =
            ParseValue::pointer(&ClassName::internal("Capture"), &ObjectId::new(id.as_str()));
        let acl = Acl::public(Permission::READ);
        facets.push(
            Facet::fixed("listing")
                .acl(acl)
                .set("capture", capture)
                .set("kind", "$mouse"),
        );
    }
    if rng.random_bool(0.6) || facets.is_empty() {
        let sequence = rng.random_range(1..50);
        let grade = format!("grade-{sequence}");
        let ask = rng
            .random_bool(0.5)
            .then(|| ParseValue::Number(f64::from(rng.random_range(0..9))));
        facets.push(
            Facet::numbered("grade", sequence)
                .set("grade", grade)
                .set_or_null("ask", ask),
        );
    }
    ProjectionWrite::new(LOT, &id, facets)
}

/// Two writes of one facet with one sequence say the same: make it so.
fn agree(writes: &mut [ProjectionWrite]) {
    let mut said: BTreeMap<(ObjectId, u64), Facet> = BTreeMap::new();
    for write in writes {
        for facet in &mut write.facets {
            if facet.name == "grade" {
                let first = said
                    .entry((write.id.clone(), facet.sequence))
                    .or_insert_with(|| facet.clone());
                *facet = first.clone();
            }
        }
    }
}

fn expected(batches: &[&[ProjectionWrite]]) -> BTreeMap<ObjectId, ParseObject> {
    let mut objects = BTreeMap::new();
    for (number, batch) in (0_i64..).zip(batches) {
        for write in *batch {
            if let Some(merged) = merge(objects.get(&write.id).cloned(), write.clone(), at(number))
            {
                objects.insert(write.id.clone(), sorted(merged));
            }
        }
    }
    objects
}

fn sorted(mut object: ParseObject) -> ParseObject {
    object.fields.sort_keys();
    for value in object.fields.values_mut() {
        if let ParseValue::Object(inner) = value {
            inner.sort_keys();
        }
    }
    object
}

async fn stored(storage: &dyn Storage) -> BTreeMap<ObjectId, ParseObject> {
    let objects = storage.find(&Query::all(LOT)).await.unwrap();
    objects
        .into_iter()
        .map(|object| (object.id.clone(), sorted(object)))
        .collect()
}

pub(super) async fn batches_merge_as_the_rule_says(store: &impl Store) {
    let storage = store.storage();
    let mut rng = StdRng::seed_from_u64(8);
    let mut writes: Vec<ProjectionWrite> = (0..60).map(|_| random_write(&mut rng)).collect();
    agree(&mut writes);
    let batches: Vec<&[ProjectionWrite]> = writes.chunks(6).collect();
    for (number, batch) in (0_i64..).zip(&batches) {
        storage.project(batch.to_vec(), at(number)).await.unwrap();
        assert_eq!(
            stored(&*storage).await,
            expected(&batches[..=usize::try_from(number).unwrap()]),
            "batch {number}"
        );
    }
    let strangers = Query {
        access: Access::anonymous(),
        ..Query::all(LOT)
    };
    let seen = storage.count(&strangers).await.unwrap();
    let public = expected(&batches)
        .values()
        .filter(|lot| lot.acl != Some(Acl::closed()))
        .count();
    assert_eq!(seen, public as u64);
}

pub(super) async fn a_repeated_batch_changes_nothing(store: &impl Store) {
    let storage = store.storage();
    let batch: Vec<ProjectionWrite> = (0..20)
        .map(|n| {
            let facet = Facet::numbered("grade", 3).set("grade", "prime");
            ProjectionWrite::new(LOT, &format!("lot-{n}"), vec![facet])
        })
        .collect();
    let first = storage.project(batch.clone(), at(1)).await.unwrap();
    assert_eq!(
        first,
        ProjectionCounts {
            created: 20,
            changed: 0,
            unchanged: 0
        }
    );
    let before = stored(&*storage).await;
    let again = storage.project(batch, at(2)).await.unwrap();
    assert_eq!(
        again,
        ProjectionCounts {
            created: 0,
            changed: 0,
            unchanged: 20
        }
    );
    assert_eq!(stored(&*storage).await, before);
}

pub(super) async fn batches_at_once_end_in_the_newest(store: &impl Store) {
    let storage = store.storage();
    let writers: Vec<_> = (1..=8)
        .map(|sequence| {
            let storage = Arc::clone(&storage);
            let facet =
                Facet::numbered("grade", sequence).set("grade", format!("grade-{sequence}"));
            let batch =
                (0..5).map(|n| ProjectionWrite::new(LOT, &format!("lot-{n}"), vec![facet.clone()]));
            let batch: Vec<ProjectionWrite> = batch.collect();
            tokio::spawn(async move { storage.project(batch, at(1)).await.unwrap() })
        })
        .collect();
    let mut created = 0;
    for writer in writers {
        created += writer.await.unwrap().created;
    }
    assert_eq!(created, 5);
    for lot in stored(&*storage).await.values() {
        assert_eq!(lot.text("grade"), Some("grade-8"));
    }
}
