//! A line for everything of interest: caught, listed, traded, and seen in the Parse API. The runner has subscriptions
//! of its own for it, as any observer could, which go when it stops.

mod budget;
mod lines;
mod names;
mod seen;
mod subscription;

pub(super) use names::NameBook;

use super::outside::ParseApi;
use super::screen::Screen;
use budget::LineBudget;
use chrono::Local;
use lines::Line;
use parking_lot::Mutex;
use shared_events::bus::Bus;
use std::sync::Arc;
use std::time::Instant;
use subscription::TemporarySubscription;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Captures that wait to be seen; more are passed over.
const MAX_WAITING: usize = 256;

/// The live lines. They end when this is dropped; [`Live::stop`] also takes the subscriptions away.
#[derive(Debug)]
pub(super) struct Live {
    subscriptions: Vec<TemporarySubscription>,
    tasks: JoinSet<()>,
}

/// Where lines go.
#[derive(Debug, Clone)]
struct Feed {
    names: NameBook,
    screen: Arc<Screen>,
    budget: Arc<Mutex<LineBudget>>,
    /// Captures that were caught and are not seen yet.
    caught: mpsc::Sender<String>,
}

impl Live {
    /// Subscribes; from then on every event has its line.
    pub(super) async fn start(
        bus: &Bus,
        parse: Option<ParseApi>,
        names: NameBook,
        screen: Arc<Screen>,
    ) -> anyhow::Result<Self> {
        let (caught, waiting) = mpsc::channel(MAX_WAITING);
        let feed = Feed {
            names,
            screen,
            budget: Arc::default(),
            caught,
        };
        let mut tasks = JoinSet::new();
        if let Some(parse) = parse {
            tasks.spawn(seen::watch(parse, waiting, feed.clone()));
        }
        let mut subscriptions = Vec::new();
        for (topic, events) in lines::OF_INTEREST {
            let subscription = TemporarySubscription::create(bus, topic, events).await?;
            let (reader, feed) = (subscription.reader().await?, feed.clone());
            tasks.spawn(reader.read(move |event| {
                feed.tell(&event);
            }));
            subscriptions.push(subscription);
        }
        Ok(Self {
            subscriptions,
            tasks,
        })
    }

    /// Ends the lines and takes the subscriptions away.
    pub(super) async fn stop(mut self) {
        self.tasks.shutdown().await;
        for subscription in self.subscriptions {
            subscription.delete().await;
        }
    }
}

impl Feed {
    fn tell(&self, event: &shared_events::Event) {
        let Some(line) = lines::of(event, &self.names) else {
            return;
        };
        if let Some(capture) = &line.caught {
            let _passed_over = self.caught.try_send(capture.clone());
        }
        self.say(&line);
    }

    fn say(&self, line: &Line) {
        let spent = self.budget.lock().spend(Instant::now());
        if let Some(passed_over) = spent.passed_over_before {
            self.screen.say(&format!("... and {passed_over} more"));
        }
        if spent.allowed {
            let time = Local::now().format("%H:%M:%S");
            let verb = self.screen.paint(line.paint, &format!("{:<7}", line.verb));
            self.screen.say(&format!("{time} {verb} {}", line.text));
        }
    }
}
