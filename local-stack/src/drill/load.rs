//! What goes on while things break: traps that report catches, each until it is acknowledged, and cats that bid.

use super::books::Witness;
use super::scratch::Scratch;
use crate::up::{NewOrder, Outside};
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde_json::{Value, json};
use service_chassis::secret::Secret;
use shared_events::timestamp;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Devices that report.
pub(super) const TRAPS: usize = 6;
/// Cats that bid.
pub(super) const BIDDERS: usize = 2;

const BETWEEN_REPORTS: Duration = Duration::from_millis(40);
const BETWEEN_BIDS: Duration = Duration::from_millis(150);
const BEFORE_ANOTHER_TRY: Duration = Duration::from_millis(25);
/// A device that waits for so long tries again.
const DEVICE_PATIENCE: Duration = Duration::from_secs(5);
/// When nothing is acknowledged for so long, it never will be.
const PATIENCE: Duration = Duration::from_secs(90);
/// The price of a bid, in kibbles; a welcome grant pays for many.
const PRICE: i64 = 5;

/// A catch that mouse-trap said it has stored.
#[derive(Debug, Clone)]
pub(super) struct Acknowledged {
    pub(super) capture: String,
    pub(super) at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Working,
    Resting,
    Ended,
}

/// A device, and how far it has counted.
struct Device {
    trap: String,
    secret: Secret,
    counter: u64,
}

/// The load while it lasts.
#[derive(Debug)]
pub(super) struct Load {
    pace: watch::Sender<Pace>,
    workers: JoinSet<()>,
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
}

impl Load {
    pub(super) async fn start(scratch: &Scratch, witness: &Witness) -> anyhow::Result<Self> {
        let outside = scratch.outside()?;
        let (pace, _) = watch::channel(Pace::Working);
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let mut workers = JoinSet::new();
        for number in 1..=TRAPS {
            let trap = format!("drill-{number}");
            let secret = witness.register_trap(&outside, &trap).await?;
            let device = Device {
                trap,
                secret: Secret::new(secret),
                counter: 0,
            };
            let (outside, pace, acknowledged) =
                (outside.clone(), pace.subscribe(), acknowledged.clone());
            workers.spawn(report(outside, device, pace, acknowledged));
        }
        for number in 1..=BIDDERS {
            let token = witness
                .sign_up(&outside, &format!("drill-bidder-{number}"))
                .await?;
            workers.spawn(bid(outside.clone(), token, number, pace.subscribe()));
        }
        Ok(Self {
            pace,
            workers,
            acknowledged,
        })
    }

    /// From now on nothing new is begun.
    pub(super) fn rest(&self) {
        self.pace.send_replace(Pace::Resting);
    }

    pub(super) fn go_on(&self) {
        self.pace.send_replace(Pace::Working);
    }

    pub(super) fn acknowledged(&self) -> Vec<Acknowledged> {
        self.acknowledged.lock().clone()
    }

    /// Those that are lost are told once.
    pub(super) fn forget(&self, lost: &HashSet<String>) {
        let mut acknowledged = self.acknowledged.lock();
        acknowledged.retain(|one| !lost.contains(&one.capture));
    }

    /// Waits until a catch is acknowledged that was not yet. Answers when.
    pub(super) async fn wait_for_another(&self) -> anyhow::Result<DateTime<Utc>> {
        let before = self.acknowledged.lock().len();
        self.wait_for_more_than(before).await
    }

    /// Waits until so many more catches are acknowledged.
    pub(super) async fn wait_for(&self, more: usize) -> anyhow::Result<DateTime<Utc>> {
        let before = self.acknowledged.lock().len();
        self.wait_for_more_than(before + more - 1).await
    }

    async fn wait_for_more_than(&self, count: usize) -> anyhow::Result<DateTime<Utc>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(next) = self.acknowledged.lock().get(count) {
                return Ok(next.at);
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "no catch is acknowledged any more"
            );
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends it. How many catches are acknowledged and not lost.
    pub(super) async fn stop(mut self) -> usize {
        self.pace.send_replace(Pace::Ended);
        while self.workers.join_next().await.is_some() {}
        self.acknowledged.lock().len()
    }
}

/// Whether to do something now; waits while there is rest.
async fn may_work(pace: &mut watch::Receiver<Pace>) -> bool {
    let pace = pace.wait_for(|pace| *pace != Pace::Resting).await;
    pace.is_ok_and(|pace| *pace == Pace::Working)
}

async fn report(
    outside: Outside,
    mut device: Device,
    mut pace: watch::Receiver<Pace>,
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
) {
    while may_work(&mut pace).await {
        device.counter += 1;
        let reports = device.caught();
        // As devices do: the same report until somebody has it.
        while *pace.borrow() != Pace::Ended {
            let reporting = outside
                .traps
                .report(&device.trap, device.secret.expose(), &reports);
            match tokio::time::timeout(DEVICE_PATIENCE, reporting).await {
                Ok(Ok(captures)) => {
                    let at = Utc::now();
                    let new = captures
                        .into_iter()
                        .map(|capture| Acknowledged { capture, at });
                    acknowledged.lock().extend(new);
                    break;
                }
                Ok(Err(_)) | Err(_) => sleep(BEFORE_ANOTHER_TRY).await,
            }
        }
        sleep(BETWEEN_REPORTS).await;
    }
}

impl Device {
    fn caught(&self) -> Value {
        let animal = if self.counter.is_multiple_of(3) {
            "rat"
        } else {
            "mouse"
        };
        let at = timestamp::to_text(Utc::now());
        json!([{ "boot": "1", "counter": self.counter, "at": at, "kind": "catch", "animal": animal, "confidence": 0.9 }])
    }
}

/// A bid that fails is dropped.
async fn bid(outside: Outside, token: String, bidder: usize, mut pace: watch::Receiver<Pace>) {
    for number in 1_u64.. {
        if !may_work(&mut pace).await {
            return;
        }
        let order = NewOrder {
            market: "mouse-prime".to_owned(),
            side: "buy",
            quantity: 1,
            price: PRICE,
            client_order_id: format!("drill-{bidder}-{number}"),
        };
        let _dropped =
            tokio::time::timeout(DEVICE_PATIENCE, outside.exchange.place(&token, &order)).await;
        sleep(BETWEEN_BIDS).await;
    }
}
