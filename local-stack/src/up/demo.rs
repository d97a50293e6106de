//! The demo: cats with traps and an appetite, who use Catweb from outside as any cat would. All that it needs to go on
//! after a restart lies in the data folder, and whatever fails is tried again.

mod bidding;
mod cast;
mod cat;
mod hunting;
mod memory;
mod persistence;
mod settling;

pub(crate) use memory::renew_demo;

use super::live::NameBook;
use super::outside::Outside;
use super::screen::Screen;
use cat::Cat;
use hunting::Hunter;
use memory::Memory;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A demo at work. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct Demo {
    stage: Stage,
    tasks: JoinSet<()>,
}

/// What all parts of the demo work with.
#[derive(Debug, Clone)]
struct Stage {
    outside: Outside,
    memory: Arc<Memory>,
    names: NameBook,
    screen: Arc<Screen>,
    /// Cats that have an account, in the order of the cast.
    cats: watch::Sender<Vec<Arc<Cat>>>,
    /// Traps that can report.
    hunters: watch::Sender<Vec<Arc<Hunter>>>,
}

impl Demo {
    /// Lets the cats sign up and set their traps, one after the other.
    pub(super) fn start(
        outside: Outside,
        memory: PathBuf,
        names: NameBook,
        screen: Arc<Screen>,
    ) -> anyhow::Result<Self> {
        let stage = Stage {
            outside,
            memory: Arc::new(Memory::open(memory)?),
            names,
            screen,
            cats: watch::Sender::default(),
            hunters: watch::Sender::default(),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(settling::settle(stage.clone()));
        Ok(Self { stage, tasks })
    }

    /// The ids of all cats of the cast, as soon as all have an account.
    pub(super) async fn all_cats(&self) -> Vec<String> {
        let mut cats = self.stage.cats.subscribe();
        match cats.wait_for(|cats| cats.len() == cast::CATS.len()).await {
            Ok(cats) => cats.iter().map(|cat| cat.id().to_owned()).collect(),
            Err(_closed) => Vec::new(),
        }
    }

    /// Lets the traps close and, where there is an exchange, the cats bid, from now on.
    pub(super) fn begin(&mut self, with_exchange: bool) {
        self.tasks.spawn(hunting::hunt(self.stage.clone()));
        if with_exchange {
            self.tasks.spawn(bidding::bid(self.stage.clone()));
        }
    }
}
