//! `/v1/projects/P/snapshots` and `/v1/projects/P/snapshots/S`.

use super::resources::{snapshot_from, snapshot_to};
use super::topics::paged;
use super::{Answer, Call};
use crate::broker::domain::settings::FieldMask;
use crate::broker::proto;
use axum::http::Method;
use google_cloud_pubsub::model;
use serde_json::{Value, json};

impl Call<'_> {
    pub(super) fn list_snapshots(&self, project: &str) -> Answer {
        if self.method != Method::GET {
            return Err(self.no_such_method());
        }
        let (page_size, page_token) = (self.query.page_size, &self.query.page_token);
        let page = self.engine.list_snapshots(project, page_size, page_token)?;
        Ok(paged("snapshots", page, shown))
    }

    pub(super) async fn snapshot(&self, name: &str) -> Answer {
        match *self.method {
            Method::PUT => {
                let request: model::CreateSnapshotRequest = self.json()?;
                let (subscription, labels) = (request.subscription, request.labels);
                Ok(shown(
                    self.engine
                        .create_snapshot(name, &subscription, labels)
                        .await?,
                ))
            }
            Method::GET => Ok(shown(self.engine.get_snapshot(name)?)),
            Method::PATCH => {
                let update: model::UpdateSnapshotRequest = self.json()?;
                let paths = update.update_mask.map(|mask| mask.paths);
                let mask = FieldMask::new(&self.mask_paths(paths))?;
                let snapshot = snapshot_from(name, update.snapshot.unwrap_or_default());
                Ok(shown(self.engine.update_snapshot(snapshot, &mask).await?))
            }
            Method::DELETE => {
                self.engine.delete_snapshot(name).await?;
                Ok(json!({}))
            }
            _ => Err(self.no_such_method()),
        }
    }
}

fn shown(snapshot: proto::Snapshot) -> Value {
    json!(snapshot_to(snapshot))
}
