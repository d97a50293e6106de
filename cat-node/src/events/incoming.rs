//! The subscriptions to mouse-trap and cadaver-exchange: each batch of deliveries becomes one storage write.
//!
//! Projection writes are idempotent and know no order, so a batch needs no inbox and may be repeated as a whole.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use service_chassis::clock::Clock;
use shared_events::bus::{BatchHandler, Delivery, Verdict};

use crate::projections::from_event::writes_of;
use crate::storage::Storage;

/// Projects events into Parse classes.
#[derive(Debug, Clone)]
pub struct ProjectEvents {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl ProjectEvents {
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock }
    }
}

#[async_trait]
impl BatchHandler for ProjectEvents {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let mut writes = Vec::with_capacity(batch.len());
        let mut verdicts = Vec::with_capacity(batch.len());
        for delivery in batch {
            verdicts.push(match writes_of(&delivery.envelope) {
                Ok(of_event) => {
                    writes.extend(of_event);
                    Verdict::Done
                }
                Err(error) => Verdict::Poison(with_causes(&error)),
            });
        }
        if writes.is_empty() {
            return verdicts;
        }
        if let Err(error) = self.storage.project(writes, self.clock.now()).await {
            let reason = with_causes(&error);
            tracing::warn!(%reason, deliveries = batch.len(), "events wait to be projected");
            retry_what_was_good(&mut verdicts, &reason);
        }
        verdicts
    }
}

fn retry_what_was_good(verdicts: &mut [Verdict], reason: &str) {
    for verdict in verdicts
        .iter_mut()
        .filter(|verdict| **verdict == Verdict::Done)
    {
        *verdict = Verdict::Retry(reason.to_owned());
    }
}

/// `what failed: why: why that`.
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
