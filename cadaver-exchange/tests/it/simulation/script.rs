//! What the other services tell, what the royal court commands, and what fate does.

use super::{
    client::{ask_once, cat},
    faults::Faults,
    scheduler::Scheduler,
    world::World,
};
use cadaver_exchange::domain::{
    Command, Exchange, Kibbles, Market, Side,
    caps::Caps,
    listing_policy::{ListingPolicy, ListingPrice, OnRegrade},
    session::Auction,
};
use chrono::TimeDelta;
use service_chassis::clock::Clock;
use shared_events::{
    events::{
        RodentKind,
        cat_node::{CatErased, CatRegistered},
        commands::{CancelOrder, PlaceOrder},
        mouse_trap::{CaptureVoided, RodentCaught},
    },
    id::{CaptureId, CatId, CommandId, OrderId, SiteId, TrapId},
};
use std::time::Duration;

/// How often fate looks.
const FATE_LOOKS_MS: (u64, u64) = (20, 160);

/// What is heard of the other services.
pub(super) async fn tell_news(world: World, cats: u64, news: u64) {
    for number in 0..cats {
        let registered_at = world.clock.now();
        let registered = CatRegistered {
            cat: cat(number),
            name: format!("Cat {number}"),
            registered_at,
        };
        world.bus.lock().send(&registered, registered_at);
    }
    let mut caught = 0;
    for number in 0..news {
        world.pause_ms(0, 60).await;
        let hunter = cat(world.draw(|dice| dice.below(cats)));
        match world.draw(|dice| dice.below(20)) {
            0 => erase(&world, cat(cats - 1), number),
            1..=3 => {
                // Perhaps one that was caught already, perhaps one that will be.
                let capture = world.draw(|dice| dice.below(caught + 2));
                void(&world, capture, hunter);
            }
            4..=7 => order_by_bus(&world, number, hunter),
            8 => cancel_by_bus(&world, number, hunter),
            _ => {
                catch(&world, caught, hunter);
                caught += 1;
            }
        }
    }
    // Voids may have gone ahead: what they name is caught at last.
    for number in caught..caught + 2 {
        catch(&world, number, cat(0));
    }
}

fn capture_id(number: u64) -> CaptureId {
    CaptureId::new(format!("capture-{number}")).expect("a name")
}

fn catch(world: &World, number: u64, hunter: CatId) {
    let now = world.clock.now();
    let (kind, age_min, is_poison) = world.draw(|dice| {
        let kind = dice.pick(&[RodentKind::Mouse, RodentKind::Mouse, RodentKind::Rat]);
        (kind, dice.between(0, 500), dice.chance(20))
    });
    let caught_at = now - TimeDelta::minutes(i64::try_from(age_min).expect("small"));
    let capture = capture_id(number);
    let caught = RodentCaught {
        capture: capture.clone(),
        trap: TrapId::new(format!("trap-{}", number % 3)).expect("a name"),
        site: SiteId::new("barn").expect("a name"),
        jurisdiction: "CA".into(),
        position: None,
        hunter,
        kind,
        species: None,
        mass_grams: Some(20.0),
        sex: None,
        caught_at,
        recorded_at: now,
        confidence: 0.9,
    };
    let mut bus = world.bus.lock();
    if is_poison {
        bus.send_poison(&caught, now);
    }
    bus.send(&caught, now);
    world.record.lock().announced.insert(capture.into());
}

fn void(world: &World, number: u64, hunter: CatId) {
    let voided_at = world.clock.now();
    let voided = CaptureVoided {
        capture: capture_id(number),
        trap: TrapId::new(format!("trap-{}", number % 3)).expect("a name"),
        jurisdiction: "CA".into(),
        hunter,
        reason: "it was a leaf".into(),
        voided_at,
    };
    world.bus.lock().send(&voided, voided_at);
}

fn erase(world: &World, cat: CatId, number: u64) {
    // A cat seldom leaves, or there would be none.
    if number.is_multiple_of(3) {
        let erased_at = world.clock.now();
        world
            .bus
            .lock()
            .send(&CatErased { cat, erased_at }, erased_at);
    }
}

fn command_id(number: u64) -> CommandId {
    CommandId::new(format!("command-{number}")).expect("a name")
}

fn order_by_bus(world: &World, number: u64, cat: CatId) {
    let requested_at = world.clock.now();
    let place = world.draw(|dice| PlaceOrder {
        command: command_id(number),
        cat,
        market: Market::ALL[0].name().to_owned(),
        side: dice.pick(&[Side::Buy, Side::Sell]),
        quantity: dice.between(1, 4),
        price: Kibbles(i64::try_from(dice.between(1, 12)).expect("small")),
        client_order_id: None,
        terms: None,
        requested_at,
    });
    world.bus.lock().send(&place, requested_at);
}

fn cancel_by_bus(world: &World, number: u64, cat: CatId) {
    let requested_at = world.clock.now();
    let order = world.draw(|dice| dice.below(number + 1));
    let cancel = CancelOrder {
        command: command_id(number),
        cat,
        order: OrderId::new(format!("command-{order}")).expect("a name"),
        requested_at,
    };
    world.bus.lock().send(&cancel, requested_at);
}

/// What the royal court commands now and then; in the end, all may trade.
pub(super) async fn reign(world: World, decrees: u64) {
    for _ in 0..decrees {
        world.pause_ms(50, 400).await;
        ask_once(&world, decree(&world).into()).await;
    }
}

fn decree(world: &World) -> Command {
    world.draw(|dice| {
        let market = dice.pick(&[None, Some(Market::ALL[0]), Some(Market::ALL[1])]);
        let subject = cat(dice.below(3));
        match dice.below(14) {
            0 => Command::Halt { market },
            1..=2 => Command::Resume {
                market,
                auction_until: None,
            },
            3 => Command::CallAuction {
                market,
                auction: dice.pick(&[Auction::Opening, Auction::Volatility]),
                ends_at: None,
            },
            4..=7 => Command::OpenMarket { market },
            8 => Command::StopTrading {
                cat: dice.chance(800).then_some(subject),
            },
            9..=10 => Command::AllowTrading { cat: None },
            11 => Command::SetCaps {
                cat: subject,
                caps: Caps {
                    open_orders: Some(6),
                    ..Caps::default()
                },
            },
            _ => Command::SetListingPolicy {
                cat: subject,
                market,
                policy: ListingPolicy {
                    price: dice.pick(&[
                        ListingPrice::House,
                        ListingPrice::Off,
                        ListingPrice::Fixed { price: Kibbles(6) },
                        ListingPrice::Reference { bps: 9_000 },
                        ListingPrice::Decay {
                            from: Kibbles(11),
                            to: Kibbles(2),
                            over_ms: 7_200_000,
                        },
                    ]),
                    floor: dice.pick(&[None, Some(Kibbles(3))]),
                    on_regrade: dice.pick(&[OnRegrade::Relist, OnRegrade::Keep]),
                },
            },
        }
    })
}

/// Crashes, stops, jumps of the time of day, and damage.
pub(super) async fn be_fateful(world: World) {
    loop {
        world.pause_ms(FATE_LOOKS_MS.0, FATE_LOOKS_MS.1).await;
        let happens = |what: fn(&Faults) -> u64| world.fails(what);
        if happens(|faults| faults.crash) {
            crash(&world, &world.scheduler);
        }
        if happens(|faults| faults.sleep)
            && let Some(process) = world.some_process()
        {
            let millis = world.draw(|dice| dice.between(1, 700));
            world
                .scheduler
                .put_to_sleep(process.life, Duration::from_millis(millis));
        }
        if happens(|faults| faults.jump) {
            let minutes = world.draw(|dice| dice.between(1, 600));
            let minutes = i64::try_from(minutes).expect("small");
            let back = world.draw(|dice| dice.chance(150));
            let by = TimeDelta::minutes(if back { -minutes / 10 } else { minutes });
            world.clock.jump(by);
        }
        if happens(|faults| faults.damage) {
            damage(&world);
        }
    }
}

fn crash(world: &World, scheduler: &Scheduler) {
    let Some(process) = world.some_process() else {
        return;
    };
    match world.draw(|dice| dice.below(10)) {
        0 => process.stop.cancel(),
        1..=2 => scheduler.kill(process.life),
        _ => {
            let polls = world.draw(|dice| dice.below(60));
            scheduler.kill_after(process.life, polls);
        }
    }
}

/// Damage is found when a process starts anew, so it comes with a crash.
fn damage(world: &World) {
    let mut disk = world.disk.lock();
    if world.draw(|dice| dice.chance(600)) {
        world.draw(|dice| disk.tear_snapshot(dice));
    } else if world.draw(|dice| disk.damage_entry(dice)).is_some() {
        world.record.lock().statistics.damaged += 1;
    }
    for process in world.processes() {
        world.scheduler.kill(process.life);
    }
}

/// Looks at the engine's state now and then, and compares it.
pub(super) async fn audit(world: World) {
    loop {
        world.pause_ms(20, 200).await;
        look(&world).await;
    }
}

/// Whether a look at a trading process succeeded.
pub(super) async fn look(world: &World) -> bool {
    let Some(process) = world.some_process() else {
        return false;
    };
    let (engine, eyes) = (process.engine, world.clone());
    let seen_before = world.record.lock().position();
    let seen = world.spawn_in(process.life, async move {
        let look =
            |exchange: &Exchange, position| (position, exchange.audit(), exchange.state_hash());
        let Ok((position, audit, hash)) = engine.look(look).await else {
            return false;
        };
        if position < seen_before {
            let wrong = format!("a look shows entry {position}, {seen_before} was seen before it");
            eyes.scheduler.violate(wrong);
        }
        eyes.check(audit);
        eyes.compare(position, hash);
        true
    });
    seen.await.unwrap_or(false)
}
