//! Snapshots: create, update, get, list, delete.

use super::listing::{Page, page};
use super::{Engine, Refusal, now};
use crate::broker::domain::change::Change;
use crate::broker::domain::limits::MAX_RESOURCES;
use crate::broker::domain::names::{Collection, DELETED_TOPIC, check_new};
use crate::broker::domain::settings::{FieldMask, check_labels, to_timestamp};
use crate::broker::domain::snapshot::expiry;
use crate::broker::proto;
use std::collections::HashMap;
use std::ops::Bound;

impl Engine {
    pub(crate) async fn create_snapshot(
        &self,
        name: &str,
        subscription: &str,
        labels: HashMap<String, String>,
    ) -> Result<proto::Snapshot, Refusal> {
        check_new(Collection::Snapshots, name)?;
        check_labels(&labels)?;
        let turn = self.turn().await;
        let (id, snapshot) = {
            let state = self.state.lock();
            let (id, subscription) = state.attached_subscription(subscription)?;
            if state.snapshots.contains_key(name) {
                return Err(Refusal::AlreadyExists(name.to_owned()));
            }
            if state.snapshots.len() >= MAX_RESOURCES {
                return Err(Refusal::ResourceExhausted(format!(
                    "The broker has {MAX_RESOURCES} snapshots; it takes no more."
                )));
            }
            if subscription.topic.is_none() {
                return Err(Refusal::FailedPrecondition(format!(
                    "The subscription's topic is {DELETED_TOPIC}."
                )));
            }
            let oldest = subscription.queue.unacknowledged().into_iter().next();
            let oldest = oldest
                .and_then(|id| state.index.get(id))
                .map(|it| it.published_at);
            let snapshot = proto::Snapshot {
                name: name.to_owned(),
                topic: subscription.proto.topic.clone(),
                expire_time: Some(to_timestamp(expiry(oldest, now())?)),
                labels,
            };
            (id, snapshot)
        };
        let saved = snapshot.clone();
        self.make(
            Change::SnapshotSaved {
                snapshot: saved,
                subscription: id,
            },
            turn,
        )
        .await?;
        Ok(snapshot)
    }

    pub(crate) async fn update_snapshot(
        &self,
        update: proto::Snapshot,
        mask: &FieldMask,
    ) -> Result<proto::Snapshot, Refusal> {
        check_labels(&update.labels)?;
        let turn = self.turn().await;
        let mut snapshot = self.get_snapshot(&update.name)?;
        for field in mask.fields() {
            match field {
                "labels" => snapshot.labels.clone_from(&update.labels),
                "expire_time" => snapshot.expire_time = update.expire_time,
                other => {
                    return Err(Refusal::invalid(format!(
                        "The {other:?} field of a snapshot is not mutable."
                    )));
                }
            }
        }
        self.make(
            Change::SnapshotUpdated {
                snapshot: snapshot.clone(),
            },
            turn,
        )
        .await?;
        Ok(snapshot)
    }

    pub(crate) fn get_snapshot(&self, name: &str) -> Result<proto::Snapshot, Refusal> {
        let state = self.state.lock();
        let snapshot = state.snapshots.get(name);
        snapshot
            .map(|it| it.proto.clone())
            .ok_or_else(|| Refusal::NotFound(name.to_owned()))
    }

    pub(crate) fn list_snapshots(
        &self,
        project: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<Page<proto::Snapshot>, Refusal> {
        let prefix = format!("{project}/snapshots/");
        let state = self.state.lock();
        let after = Bound::Excluded(page_token.max(prefix.as_str()));
        let rest = state.snapshots.range::<str, _>((after, Bound::Unbounded));
        let rest = rest.take_while(|(name, _)| name.starts_with(&prefix));
        page(
            rest.map(|(name, snapshot)| (name.as_str(), snapshot.proto.clone())),
            page_size,
        )
    }

    pub(crate) async fn delete_snapshot(&self, name: &str) -> Result<(), Refusal> {
        let turn = self.turn().await;
        self.get_snapshot(name)?;
        self.make(
            Change::SnapshotDeleted {
                name: name.to_owned(),
            },
            turn,
        )
        .await
    }
}
