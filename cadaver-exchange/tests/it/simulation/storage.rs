//! The way of one process to the simulated database: calls take time, fail, fail only as it seems, and may land when their process is
//! dead.

use super::{
    client::cat,
    disk::Disk,
    faults::Bug,
    scheduler::{Life, OUTSIDE},
    world::World,
};
use async_trait::async_trait;
use cadaver_exchange::{
    domain::{
        Command, Exchange, Kibbles, Market, Moment, canonical::StateHash, caps::Caps, event::Output,
    },
    market_data::candle::{self, Base, Candle},
    storage::{
        Entry, Epoch, Lease, Recorded, Snapshot, StatedLine, Storage, StorageError, StoredEvent,
        Told, TradeRecord,
    },
};
use service_chassis::health::ReadinessCheck;
use shared_events::id::CatId;
use std::collections::HashSet;
use tokio::sync::oneshot;
use uuid::Uuid;

pub(super) struct SimStorage {
    world: World,
    life: Life,
}

impl std::fmt::Debug for SimStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SimStorage of {:?}", self.life)
    }
}

fn unavailable(attempted: &'static str) -> StorageError {
    let source = Box::new(std::io::Error::other("simulated"));
    StorageError::Unavailable { attempted, source }
}

impl SimStorage {
    pub(super) const fn of(world: World, life: Life) -> Self {
        Self { world, life }
    }

    fn fail(&self, attempted: &'static str) -> Result<(), StorageError> {
        if self.world.fails(|faults| faults.storage_fails) {
            return Err(unavailable(attempted));
        }
        Ok(())
    }

    /// A call with an effect that is there at once or not at all.
    async fn call<T>(
        &self,
        attempted: &'static str,
        effect: impl FnOnce(&mut Disk) -> Result<T, StorageError> + Send,
    ) -> Result<T, StorageError>
    where
        T: Send,
    {
        self.world.travel().await;
        self.fail(attempted)?;
        let done = effect(&mut self.world.disk.lock());
        if matches!(done, Err(StorageError::Damaged(_))) {
            self.world.call_operator();
        }
        let done = done?;
        self.world.travel().await;
        self.fail(attempted)?;
        Ok(done)
    }

    /// Where a write is under way: with the process, or in a server and on the way to it.
    fn carrier(&self) -> Life {
        if self.world.faults().disk_is_server {
            OUTSIDE
        } else {
            self.life
        }
    }

    fn plant(&self, entries: &mut [Entry]) {
        if !self.world.has(Bug::WrongPrice) {
            return;
        }
        for entry in entries {
            for trade in &mut entry.trades {
                trade.price = Kibbles(trade.price.0 + 1);
            }
            entry.events.iter_mut().for_each(raise_price);
        }
    }
}

fn raise_price(event: &mut StoredEvent) {
    if !event.event_type.ends_with("trade-executed.v1") {
        return;
    }
    let mut data: serde_json::Value = serde_json::from_str(event.data.get()).unwrap();
    data["price"] = (data["price"].as_i64().unwrap() + 1).into();
    event.data = serde_json::value::to_raw_value(&data).unwrap();
}

fn told(epoch: Epoch, entries: &[Entry]) -> String {
    let commands: Vec<_> = entries.iter().map(|entry| &entry.command).collect();
    let first = entries.first().map_or(0, |entry| entry.position);
    format!("epoch {epoch} appends at {first}: {commands:?}")
}

/// Carries out an append: in one transaction, or entry by entry in a server.
async fn write(world: World, epoch: Epoch, entries: Vec<Entry>) -> Result<(), StorageError> {
    let faults = world.faults();
    let may_overwrite = faults.has(Bug::IgnoreFencing);
    if !may_overwrite {
        world.disk.lock().check_epoch(epoch)?;
    }
    if faults.has(Bug::AcknowledgeBeforeDurable) {
        let positions = entries.iter().map(|entry| entry.position);
        world.disk.lock().leave_unsynced(positions);
    }
    if !faults.disk_is_server {
        world.travel().await;
        let mut disk = world.disk.lock();
        for entry in entries {
            if may_overwrite {
                disk.put(epoch, entry);
            } else {
                // A batch begins where the journal ends, so its first entry tells for all.
                disk.insert(epoch, entry)?;
            }
        }
        return Ok(());
    }
    for entry in entries {
        world.travel().await;
        let mut disk = world.disk.lock();
        if may_overwrite {
            disk.put(epoch, entry);
        } else {
            disk.insert(epoch, entry)?;
        }
    }
    Ok(())
}

#[async_trait]
impl ReadinessCheck for SimStorage {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

#[async_trait]
impl Storage for SimStorage {
    async fn journal_id(&self) -> Result<Uuid, StorageError> {
        self.call("read the journal's name", |_| Ok(Disk::JOURNAL_ID))
            .await
    }

    async fn lease(&self) -> Result<Lease, StorageError> {
        self.call("read the lease", |disk| Ok(disk.lease())).await
    }

    async fn take_lease(&self, seen: Lease, holder: String) -> Result<Option<Epoch>, StorageError> {
        let take = move |disk: &mut Disk| Ok(disk.take_lease(&seen, holder));
        self.call("take the lease", take).await
    }

    async fn renew_lease(&self, epoch: Epoch) -> Result<(), StorageError> {
        self.call("renew the lease", |disk| disk.beat(epoch)).await
    }

    async fn release_lease(&self, epoch: Epoch) -> Result<(), StorageError> {
        self.call("release the lease", |disk| disk.free(epoch))
            .await
    }

    async fn append(&self, epoch: Epoch, mut entries: Vec<Entry>) -> Result<(), StorageError> {
        const ATTEMPTED: &str = "append to the journal";
        self.plant(&mut entries);
        self.world.travel().await;
        self.fail(ATTEMPTED)?;
        self.world.say(|| told(epoch, &entries));
        let (answer, written) = oneshot::channel();
        let writing = write(self.world.clone(), epoch, entries);
        self.world.scheduler.spawn(self.carrier(), async move {
            // The process that waited for it may be dead.
            drop(answer.send(writing.await));
        });
        written
            .await
            .unwrap_or_else(|_| Err(unavailable(ATTEMPTED)))?;
        self.world.travel().await;
        self.fail(ATTEMPTED)
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StorageError> {
        let reads_anything = self.world.has(Bug::ReadDamaged);
        let loses_last = self.world.has(Bug::LoseLastEntry);
        self.call("read the journal", |disk| {
            if reads_anything {
                return Ok(misread(disk, after, limit));
            }
            let mut entries = disk.entries(after, limit)?;
            if loses_last {
                entries.retain(|entry| entry.position != disk.last());
            }
            Ok(entries)
        })
        .await
    }

    async fn known_sources(&self, sources: Vec<String>) -> Result<HashSet<String>, StorageError> {
        let forgets = self.world.has(Bug::ForgetSources);
        self.call("look for commands", |disk| {
            Ok(if forgets {
                HashSet::new()
            } else {
                disk.known_sources(sources)
            })
        })
        .await
    }

    async fn trades(
        &self,
        market: Market,
        before: u64,
        limit: usize,
    ) -> Result<Vec<TradeRecord>, StorageError> {
        self.call("read the trades", |disk| {
            let rows = disk.journal.values().rev();
            let trades = rows.flat_map(|row| row.entry.trades.iter().rev());
            let wanted = trades.filter(|trade| trade.market == market && trade.number < before);
            Ok(wanted.take(limit).cloned().collect())
        })
        .await
    }

    async fn candles(
        &self,
        market: Market,
        base: Base,
        span: (Moment, Moment),
    ) -> Result<Vec<Candle>, StorageError> {
        self.call("read the candles", |disk| {
            let trades = disk.journal.values().flat_map(|row| &row.entry.trades);
            let all = candle::of_trades(trades).into_iter();
            Ok(all
                .filter(|((of, kind, start), _)| {
                    (*of, *kind) == (market, base) && span.0 <= *start && *start < span.1
                })
                .map(|(_, candle)| candle)
                .collect())
        })
        .await
    }

    async fn statement(
        &self,
        cat: CatId,
        before: u64,
        limit: usize,
    ) -> Result<Vec<StatedLine>, StorageError> {
        self.call("read a statement", |disk| {
            let rows = disk.journal.values().rev().map(|row| &row.entry);
            let stated = rows.flat_map(|entry| {
                entry.lines.iter().rev().map(|line| StatedLine {
                    position: entry.position,
                    at: entry.at,
                    line: line.clone(),
                })
            });
            let wanted =
                stated.filter(|stated| stated.line.cat == cat && stated.line.number < before);
            Ok(wanted.take(limit).collect())
        })
        .await
    }

    async fn told_after(&self, event: u64, limit: usize) -> Result<Vec<Told>, StorageError> {
        self.call("list pending events", |disk| disk.told_after(event, limit))
            .await
    }

    async fn published(&self) -> Result<u64, StorageError> {
        let skips = self.world.has(Bug::SkipLastEvent);
        self.call("read the mark", |disk| {
            Ok(if skips {
                disk.last_event()
            } else {
                disk.published()
            })
        })
        .await
    }

    async fn set_published(&self, event: u64) -> Result<(), StorageError> {
        let set = |disk: &mut Disk| {
            disk.set_published(event);
            Ok(())
        };
        self.call("set the mark", set).await
    }

    async fn save_snapshot(&self, mut snapshot: Snapshot) -> Result<(), StorageError> {
        if self.world.has(Bug::DriftedSnapshot) {
            drift(&mut snapshot);
        }
        let save = |disk: &mut Disk| {
            disk.save_snapshot(snapshot);
            Ok(())
        };
        self.call("store a snapshot", save).await
    }

    async fn snapshot_positions(&self) -> Result<Vec<u64>, StorageError> {
        let positions = |disk: &mut Disk| Ok(disk.snapshots.keys().rev().copied().collect());
        self.call("list the snapshots", positions).await
    }

    async fn snapshot(&self, position: u64) -> Result<Option<Snapshot>, StorageError> {
        let read = |disk: &mut Disk| Ok(disk.snapshots.get(&position).cloned());
        self.call("read a snapshot", read).await
    }
}

/// Makes the snapshot one of a state that is a little different.
fn drift(snapshot: &mut Snapshot) {
    let mut exchange = Exchange::from_canonical(&snapshot.state).expect("it was just taken");
    let caps = Caps {
        open_orders: Some(9_999),
        ..Caps::default()
    };
    let unheard_of = Command::SetCaps { cat: cat(0), caps };
    exchange.execute(Moment::default(), &unheard_of, &mut Output::default());
    snapshot.state = exchange.to_canonical();
    snapshot.hash = StateHash::of(&snapshot.state);
}

/// What a reader takes damaged entries for that does not check them: their moment is another.
fn misread(disk: &Disk, after: u64, limit: usize) -> Vec<Recorded> {
    let rows = disk.journal.range(after + 1..).take(limit);
    rows.map(|(position, row)| Recorded {
        position: *position,
        at: row.entry.at.plus_millis(if row.is_damaged { 7 } else { 0 }),
        command: row.entry.command.clone(),
        events_through: row.entry.events_through(),
    })
    .collect()
}
