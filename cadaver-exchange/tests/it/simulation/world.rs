//! What all parts of a simulation share.

use super::{
    bus::Bus,
    clock::SimClock,
    dice::Dice,
    disk::Disk,
    faults::{Bug, Faults, latency},
    process::{Ended, Process, holder},
    record::{Record, Told},
    scheduler::{Life, Scheduler},
};
use cadaver_exchange::domain::{Rules, canonical::StateHash};
use parking_lot::Mutex;
use std::{sync::Arc, time::Duration};
use tokio::sync::oneshot;

/// How long an operator takes to bring back what is damaged.
const REPAIR: Duration = Duration::from_millis(200);

/// The world; cheap to clone.
#[derive(Clone)]
pub(super) struct World {
    pub(super) scheduler: Scheduler,
    pub(super) clock: SimClock,
    pub(super) disk: Arc<Mutex<Disk>>,
    pub(super) record: Arc<Mutex<Record>>,
    pub(super) bus: Arc<Mutex<Bus>>,
    /// The house's rules, if they are not drawn anew for each life.
    pub(super) rules: Option<Rules>,
    processes: Arc<Mutex<[Option<Process>; 2]>>,
    /// Whether what happens is printed.
    is_told: bool,
    dice: Arc<Mutex<Dice>>,
    faults: Arc<Mutex<Faults>>,
}

impl World {
    pub(super) fn new(dice: Dice, faults: Faults, is_told: bool) -> Self {
        let scheduler = Scheduler::new();
        Self {
            clock: SimClock::new(scheduler.clone()),
            scheduler,
            disk: Arc::default(),
            record: Arc::default(),
            bus: Arc::default(),
            rules: None,
            processes: Arc::default(),
            is_told,
            dice: Arc::new(Mutex::new(dice)),
            faults: Arc::new(Mutex::new(faults)),
        }
    }

    /// Prints what happens, if somebody wants to know.
    pub(super) fn say(&self, what: impl FnOnce() -> String) {
        if self.is_told {
            println!("{:>12.6} {}", self.scheduler.now().as_secs_f64(), what());
        }
    }

    /// Draws by the dice.
    pub(super) fn draw<T>(&self, draw: impl FnOnce(&mut Dice) -> T) -> T {
        draw(&mut self.dice.lock())
    }

    /// Whether something goes wrong that does so often in a thousand times.
    pub(super) fn fails(&self, per_mille: impl FnOnce(&Faults) -> u64) -> bool {
        let per_mille = per_mille(&self.faults.lock());
        self.draw(|dice| dice.chance(per_mille))
    }

    pub(super) fn faults(&self) -> Faults {
        self.faults.lock().clone()
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.faults.lock().has(bug)
    }

    pub(super) fn cease_faults(&self) {
        self.faults.lock().cease();
    }

    /// The way to the database, or back.
    pub(super) async fn travel(&self) {
        let stalls = self.faults.lock().storage_stalls;
        let latency = self.draw(|dice| latency(dice, stalls));
        self.scheduler.pause(latency).await;
    }

    pub(super) async fn pause_ms(&self, least: u64, most: u64) {
        let millis = self.draw(|dice| dice.between(least, most));
        self.scheduler.pause(Duration::from_millis(millis)).await;
    }

    /// Any process that runs, rather one that trades.
    pub(super) fn some_process(&self) -> Option<Process> {
        let processes = self.processes();
        let trading: Vec<_> = processes
            .iter()
            .filter(|process| process.engine.is_trading())
            .collect();
        if trading.is_empty() || self.draw(|dice| dice.chance(100)) {
            let index = self.draw(|dice| dice.index(processes.len().max(1)));
            return processes.get(index).cloned();
        }
        let index = self.draw(|dice| dice.index(trading.len()));
        trading.get(index).map(|process| (*process).clone())
    }

    /// All that run.
    pub(super) fn processes(&self) -> Vec<Process> {
        self.processes.lock().iter().flatten().cloned().collect()
    }

    pub(super) fn set_process(&self, slot: usize, process: Option<Process>) {
        let before = std::mem::replace(&mut self.processes.lock()[slot], process);
        drop(before);
    }

    /// A process has ended: by itself, or killed.
    pub(super) fn bury(&self, life: Life, slot: usize, ended: Option<Ended>) {
        self.scheduler.note(slot as u64);
        self.say(|| format!("process {slot} ends: {ended:?}"));
        let is_server = self.faults().disk_is_server;
        {
            let mut disk = self.disk.lock();
            self.draw(|dice| disk.crash(&holder(slot), dice));
            if !is_server {
                disk.free_lease_of(&holder(slot));
            }
        }
        let mut record = self.record.lock();
        let statistics = &mut record.statistics;
        match ended {
            None => statistics.crashes += 1,
            Some(Ended::Well) => {}
            Some(Ended::Fenced) => statistics.fenced += 1,
            Some(Ended::Outage(why)) => {
                statistics.outages += 1;
                if !why.contains("Damaged") && !why.contains("Unavailable") {
                    self.scheduler
                        .violate(format!("{life:?} ended by itself: {why}"));
                }
            }
        }
    }

    /// Damage is reported.
    pub(super) fn call_operator(&self) {
        let world = self.clone();
        self.scheduler.spawn(super::scheduler::OUTSIDE, async move {
            world.scheduler.pause(REPAIR).await;
            world.disk.lock().repair();
        });
    }

    /// Runs something in a process; it is dropped when the process dies.
    pub(super) fn spawn_in<T: Send + 'static>(
        &self,
        life: Life,
        work: impl Future<Output = T> + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (tell, ended) = oneshot::channel();
        self.scheduler.spawn(life, async move {
            drop(tell.send(work.await));
        });
        ended
    }

    /// Somebody has this state at this position.
    pub(super) fn compare(&self, position: u64, hash: StateHash) {
        let compared = self
            .record
            .lock()
            .compare(&self.disk.lock(), position, hash);
        self.check(compared);
    }

    /// A client is told this.
    pub(super) fn tell(&self, told: Told) {
        let checked = self.record.lock().tell(&self.disk.lock(), told);
        self.check(checked);
    }

    pub(super) fn check(&self, checked: Result<(), String>) {
        if let Err(violation) = checked {
            self.scheduler.violate(violation);
        }
    }
}
