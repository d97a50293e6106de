//! One simulation from its seed to its end.

use super::{
    bus, client,
    dice::Dice,
    faults::{Bug, Faults},
    follower, process,
    record::Statistics,
    scheduler::{MAX_POLLS, OUTSIDE},
    script,
    world::World,
};
use cadaver_exchange::domain::Market;
use std::{
    ops::AddAssign,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

/// How long things may take to come to rest when nothing goes wrong any more.
const TO_REST: Duration = Duration::from_secs(20);

/// What happened.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Report {
    pub(super) traces: u64,
    pub(super) statistics: Statistics,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.traces ^= other.traces;
        self.statistics += other.statistics;
    }
}

/// Runs a seed, with a bug in it perhaps.
///
/// # Errors
/// What was wrong: a rule that did not hold, or a panic.
pub(super) fn simulate(seed: u64, planted: Option<Bug>) -> Result<Report, String> {
    simulate_and_tell(seed, planted, false)
}

/// The same, and prints what happens.
///
/// # Errors
/// The same.
pub(super) fn simulate_and_tell(
    seed: u64,
    planted: Option<Bug>,
    is_told: bool,
) -> Result<Report, String> {
    let simulated = catch_unwind(AssertUnwindSafe(|| run(seed, planted, is_told)));
    simulated.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("a panic: {}", text.unwrap_or_default()))
    })
}

fn run(seed: u64, planted: Option<Bug>, is_told: bool) -> Result<Report, String> {
    let mut dice = Dice::of_seed(seed);
    let faults = Faults::drawn(&mut dice, planted);
    let world = World::new(Dice::of_seed(dice.next()), faults.clone(), is_told);
    world.say(|| format!("{faults:?}"));
    let is_done = Arc::new(AtomicBool::new(false));
    let scheduler = world.scheduler.clone();
    for slot in 0..if faults.rival { 2 } else { 1 } {
        scheduler.spawn(OUTSIDE, process::keep_alive(world.clone(), slot));
    }
    scheduler.spawn(OUTSIDE, bus::deliver(world.clone()));
    scheduler.spawn(OUTSIDE, script::be_fateful(world.clone()));
    scheduler.spawn(OUTSIDE, script::audit(world.clone()));
    scheduler.spawn(OUTSIDE, follower::follow(world.clone(), Market::ALL[0]));
    scheduler.spawn(OUTSIDE, direct(world.clone(), is_done.clone()));
    let trace = scheduler.run(&mut dice, MAX_POLLS, || is_done.load(SeqCst))?;
    let record = world.record.lock();
    Ok(Report {
        traces: trace.0,
        statistics: record.statistics,
    })
}

/// Lets everyone do their part, then lets things come to rest, and looks at what is left.
async fn direct(world: World, is_done: Arc<AtomicBool>) {
    let (cats, deeds) = world.draw(|dice| (dice.between(2, 4), dice.between(3, 12)));
    let news = world.draw(|dice| dice.between(5, 30));
    let mut parts = vec![
        world.spawn_in(OUTSIDE, script::tell_news(world.clone(), cats, news)),
        world.spawn_in(OUTSIDE, script::reign(world.clone(), deeds / 2)),
    ];
    for number in 0..cats {
        let client = client::trade(world.clone(), number, deeds);
        parts.push(world.spawn_in(OUTSIDE, client));
    }
    for part in parts {
        part.await
            .expect("what is outside of every process does not die");
    }
    world.cease_faults();
    let deadline = world.scheduler.now() + TO_REST;
    // What is checked then is checked in the very moment in which all is at rest.
    while !(script::look(&world).await && is_at_rest(&world)) {
        if world.scheduler.now() > deadline {
            world.scheduler.violate(what_is_left(&world));
        }
        world.pause_ms(20, 60).await;
    }
    let checked = {
        let bus = world.bus.lock();
        let mut record = world.record.lock();
        record.check_rest(&world.disk.lock(), &bus.published)
    };
    world.check(checked);
    is_done.store(true, SeqCst);
}

/// Whether everything was delivered, and everything told was published.
fn is_at_rest(world: &World) -> bool {
    let disk = world.disk.lock();
    world.bus.lock().waiting() == 0 && disk.published() == disk.last_event()
}

fn what_is_left(world: &World) -> String {
    let disk = world.disk.lock();
    let (lease, bus) = (disk.lease(), world.bus.lock());
    format!(
        "it does not come to rest: events are published up to {} of {}, {} messages wait, {lease:?}",
        disk.published(),
        disk.last_event(),
        bus.waiting()
    )
}
