//! What was really caught, replayed through the exchange: the same state whatever becomes of its processes.
//!
//! The Portal Project's records are looked for beside the checkout. A process is killed at points drawn by a seed, again and again, while the
//! days of the records go by; each delivery is repeated until it is dealt with, as the bus would.

use super::{
    bus::hand_over, dice::Dice, faults::Faults, process, scheduler::OUTSIDE, world::World,
};
use cadaver_exchange::domain::{Kibbles, Market, Moment, Rules, Side};
use chrono::{DateTime, NaiveDate, Utc};
use parking_lot::Mutex;
use service_chassis::clock::Clock;
use shared_events::{
    EventData, EventStamp, OutgoingEvent,
    bus::{Delivery, Verdict},
    events::{RodentKind, cat_node::CatRegistered, commands::PlaceOrder, mouse_trap::RodentCaught},
    id::{CaptureId, CatId, CommandId, SiteId, TrapId},
};
use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/portal");
/// Deliveries at a time.
const BATCH: usize = 48;
/// Polls of a life between two kills, at most.
const MOST_POLLS: u64 = 200;

/// Polls of a replay before it counts as one that does not end.
const MAX_POLLS: u64 = 40_000_000;

/// One row with a mouse or a rat in it.
#[derive(Debug, Clone)]
pub(super) struct Capture {
    record: String,
    caught_at: DateTime<Utc>,
    plot: String,
    stake: String,
    kind: RodentKind,
    species: String,
    grams: Option<f64>,
}

/// The first captures of the records; nothing, and a word about it, where they are not.
pub(super) fn captures(limit: usize) -> Option<Vec<Capture>> {
    let read = |name| std::fs::read_to_string(Path::new(FOLDER).join(name)).ok();
    let (Some(species), Some(rows)) =
        (read("Portal_rodent_species.csv"), read("Portal_rodent.csv"))
    else {
        println!("skipped: the Portal records are not in {FOLDER}");
        return None;
    };
    let names: HashMap<&str, (&str, RodentKind)> = species.lines().filter_map(kind).collect();
    let rows = rows.lines().skip(1);
    let all = rows.filter_map(|row| capture(row, &names));
    Some(all.take(limit).collect())
}

fn kind(line: &str) -> Option<(&str, (&str, RodentKind))> {
    let mut fields = line.split(',');
    let (code, name, common) = (fields.next()?, fields.next()?, fields.nth(1)?);
    let common = common.to_lowercase();
    let kind = if common.contains("mouse") {
        RodentKind::Mouse
    } else if common.contains("rat") && !common.contains("rattlesnake") {
        RodentKind::Rat
    } else {
        return None;
    };
    Some((code, (name, kind)))
}

fn capture(row: &str, names: &HashMap<&str, (&str, RodentKind)>) -> Option<Capture> {
    let fields: Vec<&str> = row.split(',').collect();
    let (name, kind) = names.get(fields.get(8)?)?;
    let date = NaiveDate::from_ymd_opt(
        fields[3].parse().ok()?,
        fields[1].parse().ok()?,
        fields[2].parse().ok()?,
    )?;
    Some(Capture {
        record: fields[0].to_owned(),
        caught_at: date.and_hms_opt(6, 0, 0)?.and_utc(),
        plot: fields[5].to_owned(),
        stake: fields[7].to_owned(),
        kind: *kind,
        species: (*name).to_owned(),
        grams: fields.get(18)?.parse().ok().filter(|grams| *grams > 0.0),
    })
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replayed {
    pub(super) hash: String,
    pub(super) lots: usize,
    pub(super) trades: u64,
}

/// Replays captures; with a seed, its kills come in between. Tells how many lives it took as well.
///
/// # Errors
/// What was wrong.
pub(super) fn replay(captures: &[Capture], kills: Option<u64>) -> Result<(Replayed, u64), String> {
    let mut dice = Dice::of_seed(kills.unwrap_or_default());
    let mut world = World::new(Dice::of_seed(dice.next()), Faults::none(), false);
    world.rules = Some(Rules {
        listing_prices: Market::ALL.map(|_| Some(Kibbles(5))),
        welcome_grant: Kibbles(1_000_000),
        ..Rules::default()
    });
    let (is_done, replayed) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(None)));
    let batches = batches(captures);
    if let Some((at, _)) = batches.first() {
        world.clock.stop_at(*at);
    }
    let scheduler = world.scheduler.clone();
    scheduler.spawn(OUTSIDE, process::keep_alive(world.clone(), 0));
    if kills.is_some() {
        scheduler.spawn(
            OUTSIDE,
            kill_again_and_again(world.clone(), is_done.clone()),
        );
    }
    let (done, result) = (is_done.clone(), replayed.clone());
    scheduler.spawn(OUTSIDE, async move {
        for (at, batch) in batches {
            take_in(&world, at, batch).await;
        }
        *result.lock() = Some(look_at_the_end(&world).await);
        done.store(true, SeqCst);
    });
    scheduler.run(&mut dice, MAX_POLLS, || is_done.load(SeqCst))?;
    let replayed = replayed.lock().take();
    replayed.ok_or_else(|| "it did not come to its end".to_owned())
}

/// Deliveries by their days: whom there is, what was caught, and a bid now and then.
fn batches(captures: &[Capture]) -> Vec<(DateTime<Utc>, Vec<Delivery>)> {
    let mut batches: Vec<(DateTime<Utc>, Vec<Delivery>)> = Vec::new();
    let mut newest = DateTime::<Utc>::MIN_UTC;
    for (number, capture) in captures.iter().enumerate() {
        // The records are in order of their days, but for a few.
        newest = newest.max(capture.caught_at);
        let is_room =
            |(at, batch): &(DateTime<Utc>, Vec<Delivery>)| *at == newest && batch.len() < BATCH;
        if !batches.last().is_some_and(is_room) {
            batches.push((newest, Vec::new()));
        }
        let (at, batch) = batches.last_mut().expect("one was pushed");
        if number == 0 {
            batch.push(delivery(&newcomer(*at), *at, "buyer"));
        }
        batch.push(delivery(&caught(capture), *at, &capture.record));
        if number.is_multiple_of(5) {
            batch.push(delivery(&bid(number, *at), *at, &format!("bid-{number}")));
        }
    }
    batches
}

fn newcomer(registered_at: DateTime<Utc>) -> CatRegistered {
    CatRegistered {
        cat: CatId::new("buyer").expect("a name"),
        name: "The buyer".to_owned(),
        registered_at,
    }
}

fn caught(capture: &Capture) -> RodentCaught {
    let (plot, stake) = (&capture.plot, capture.stake.as_str());
    let stake = if stake.is_empty() { "0" } else { stake };
    RodentCaught {
        capture: CaptureId::new(format!("portal-{}", capture.record)).expect("a name"),
        trap: TrapId::new(format!("plot-{plot}-stake-{stake}")).expect("a name"),
        site: SiteId::new("portal").expect("a name"),
        jurisdiction: "US".into(),
        position: None,
        hunter: CatId::new(format!("cat-of-plot-{plot}")).expect("a name"),
        kind: capture.kind,
        species: Some(capture.species.clone()),
        mass_grams: capture.grams,
        sex: None,
        caught_at: capture.caught_at,
        recorded_at: capture.caught_at,
        confidence: 1.0,
    }
}

fn bid(number: usize, requested_at: DateTime<Utc>) -> PlaceOrder {
    PlaceOrder {
        command: CommandId::new(format!("bid-{number}")).expect("a name"),
        cat: CatId::new("buyer").expect("a name"),
        market: Market::ALL[number % 2 * 3].name().to_owned(),
        side: Side::Buy,
        quantity: 2,
        price: Kibbles(6),
        client_order_id: None,
        terms: None,
        requested_at,
    }
}

fn delivery<E: EventData>(event: &E, time: DateTime<Utc>, id: &str) -> Delivery {
    let stamp = EventStamp {
        id: id.to_owned(),
        time,
        sequence: None,
        traceparent: None,
    };
    Delivery {
        envelope: OutgoingEvent::new(event, stamp).into_envelope(E::TOPIC.producer()),
        attempt: None,
    }
}

/// The day comes, what is due is done, and then the batch is delivered until it is dealt with.
async fn take_in(world: &World, at: DateTime<Utc>, batch: Vec<Delivery>) {
    world.clock.stop_at(at);
    until_nothing_is_due(world).await;
    loop {
        match hand_over(world, batch.clone()).await {
            Some(verdicts) if verdicts.iter().all(|verdict| *verdict == Verdict::Done) => return,
            Some(verdicts)
                if verdicts
                    .iter()
                    .any(|verdict| matches!(verdict, Verdict::Poison(_))) =>
            {
                world.scheduler.violate(format!("{verdicts:?}"));
            }
            _ => {}
        }
        world.pause_ms(5, 20).await;
    }
}

async fn until_nothing_is_due(world: &World) {
    loop {
        if let Some(process) = world.some_process() {
            let (engine, now) = (process.engine, Moment::from(world.clock.now()));
            let looking = async move { engine.look(move |exchange, _| exchange.is_due(now)).await };
            if let Ok(Ok(false)) = world.spawn_in(process.life, looking).await {
                return;
            }
        }
        world.pause_ms(5, 20).await;
    }
}

async fn kill_again_and_again(world: World, is_done: Arc<AtomicBool>) {
    while !is_done.load(SeqCst) {
        world.pause_ms(20, 400).await;
        if let Some(process) = world.some_process() {
            let polls = world.draw(|dice| dice.below(MOST_POLLS));
            world.scheduler.kill_after(process.life, polls);
        }
    }
}

/// The state in the end, which is also the one that the journal gives.
async fn look_at_the_end(world: &World) -> (Replayed, u64) {
    loop {
        if let Some(process) = world.some_process() {
            let (engine, eyes) = (process.engine, world.clone());
            let looking = async move {
                let look = engine.look(|exchange, position| {
                    let audit = exchange.audit();
                    (position, audit, exchange.state_hash(), exchange.lot_count())
                });
                let (position, audit, hash, lots) = look.await.ok()?;
                eyes.compare(position, hash);
                eyes.check(audit);
                Some((hash.to_string(), lots))
            };
            if let Ok(Some((hash, lots))) = world.spawn_in(process.life, looking).await {
                let statistics = world.record.lock().statistics;
                let trades = statistics.trades;
                return (Replayed { hash, lots, trades }, statistics.lives);
            }
        }
        world.pause_ms(5, 20).await;
    }
}
