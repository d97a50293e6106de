//! A client of the feed: it keeps one market's book from what it is told, whoever tells it, loses some of that, and proves what it has.

use super::{disk::Disk, process::Process, world::World};
use crate::book_client::{Book, Reaction};
use cadaver_exchange::{
    domain::Market,
    feed::{Feed, FeedSettings, Reader},
};
use service_chassis::clock::Clock;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::sync::CancellationToken;

const SETTINGS: FeedSettings = FeedSettings {
    max_connections: 4,
    conflate_above: 3,
    heartbeat_ms: 150,
    idle_timeout_ms: 1_000,
};
/// Texts under way.
const ROOM: usize = 16;
/// Levels that are compared.
const LEVELS: usize = 20;

/// The feed of a process.
pub(super) fn feed_of(process: &Process) -> Arc<Feed> {
    Arc::new(Feed::new(
        process.hub.clone(),
        process.engine.clone(),
        Disk::JOURNAL_ID,
        SETTINGS,
        CancellationToken::new(),
    ))
}

/// Follows the market for ever, over one connection after the other.
pub(super) async fn follow(world: World, market: Market) {
    let mut book = Book::of(market.name());
    loop {
        if let Some(process) = world.some_process() {
            let (to_client, texts) = channel(ROOM);
            let (asks, from_client) = channel(ROOM);
            let reader = Reader::new(feed_of(&process));
            let serving = serve(
                world.clone(),
                reader,
                process.clone(),
                to_client,
                from_client,
            );
            world.scheduler.spawn(process.life, serving);
            read(&world, market, &mut book, texts, asks).await;
        }
        world.pause_ms(5, 60).await;
    }
}

/// The process's end of a connection, until there is no engine to ask or nobody to tell.
async fn serve(
    world: World,
    mut reader: Reader,
    process: Process,
    to_client: Sender<String>,
    mut from_client: Receiver<String>,
) {
    let mut texts = vec![reader.hello()];
    let mut news = process.hub.news();
    loop {
        for text in texts {
            if to_client.send(text).await.is_err() {
                return;
            }
        }
        let heard = tokio::select! {
            biased;
            ask = from_client.recv() => match ask {
                Some(ask) => reader.hear(&ask).await,
                None => return,
            },
            changed = news.changed() => match changed {
                Ok(()) => Ok(Vec::new()),
                Err(_) => return,
            },
            () = world.clock.pause(Duration::from_millis(SETTINGS.heartbeat_ms)) => Ok(vec![reader.heartbeat()]),
        };
        let (Ok(mut heard), Ok(told)) = (heard, reader.tell().await) else {
            return;
        };
        heard.extend(told);
        texts = heard;
    }
}

/// The client's end: what it does not get it must find out by itself.
async fn read(
    world: &World,
    market: Market,
    book: &mut Book,
    mut texts: Receiver<String>,
    asks: Sender<String>,
) {
    while let Some(text) = texts.recv().await {
        world.pause_ms(0, 6).await;
        if text.contains("\"delta\"") && world.fails(|faults| faults.message_lost / 4) {
            continue;
        }
        match book.take(&text) {
            Reaction::Nothing => {}
            Reaction::Say(ask) => {
                if asks.send(ask).await.is_err() {
                    return;
                }
            }
            Reaction::Proven => {
                let checked = compare(world, market, book);
                world.check(checked);
            }
        }
        if world.fails(|faults| faults.message_lost / 20) {
            return;
        }
    }
}

/// What the client has must be what the journal gives at that position, if nobody has seen more of it yet.
fn compare(world: &World, market: Market, book: &Book) -> Result<(), String> {
    let seq = book.seq().unwrap_or_default();
    let mut record = world.record.lock();
    record.catch_up(&world.disk.lock(), seq)?;
    record.statistics.proven += 1;
    if record.position() != seq {
        return Ok(());
    }
    let (has, is) = (book.top(LEVELS), record.levels(market, LEVELS));
    if has == is {
        return Ok(());
    }
    Err(format!(
        "a client has proven {has:?} in {market} at {seq}, the journal gives {is:?}"
    ))
}
