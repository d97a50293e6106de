//! One side of a book: orders in queues by price, the best price first.

use super::{
    Kibbles,
    orders::{List, Orders, Slot, Thread},
    sorted::Sorted,
};

/// Which price is the best one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Best {
    Highest,
    Lowest,
}

/// A price that has a queue; the best is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rung {
    merit: i64,
    level: u32,
}

/// The queue of one price.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Level {
    pub(crate) price: Kibbles,
    pub(crate) queue: List,
    pub(crate) lots: u64,
    pub(crate) orders: u64,
}

/// The queues of all prices.
#[derive(Debug, Clone)]
pub(crate) struct Ladder {
    best: Best,
    rungs: Sorted<Rung>,
    levels: Vec<Level>,
    free: Vec<u32>,
}

impl Ladder {
    pub(crate) fn new(best: Best) -> Self {
        Self {
            best,
            rungs: Sorted::default(),
            levels: Vec::new(),
            free: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rungs.len() == 0
    }

    /// The price and the order that are served next.
    pub(crate) fn next(&self) -> Option<(Kibbles, Slot)> {
        let level = &self.levels[self.rungs.last()?.level as usize];
        level.queue.head().map(|head| (level.price, head))
    }

    /// Puts an order that shows `lots` at the end of the queue of `price`.
    pub(crate) fn add(&mut self, orders: &mut Orders, slot: Slot, price: Kibbles, lots: u32) {
        let at = self.level_of(price);
        let level = &mut self.levels[at as usize];
        level.lots += u64::from(lots);
        level.orders += 1;
        orders.push_back(&mut level.queue, Thread::Level, slot);
        orders.get_mut(slot).level = at;
    }

    /// Takes an order out that shows `lots`.
    pub(crate) fn take(&mut self, orders: &mut Orders, slot: Slot, lots: u32) {
        let at = orders.get(slot).level;
        let level = &mut self.levels[at as usize];
        level.lots -= u64::from(lots);
        level.orders -= 1;
        orders.unlink(&mut level.queue, Thread::Level, slot);
        if level.orders == 0 {
            let merit = merit(self.best, level.price);
            self.rungs.remove(&Rung { merit, level: at });
            self.free.push(at);
        }
    }

    /// Lets an order show `lots` less.
    pub(crate) fn reduce(&mut self, orders: &Orders, slot: Slot, lots: u32) {
        self.levels[orders.get(slot).level as usize].lots -= u64::from(lots);
    }

    /// The queue of a price, if there is one.
    pub(crate) fn level(&self, price: Kibbles) -> Option<&Level> {
        let merit = merit(self.best, price);
        let found = self.rungs.at_or_after(&Rung { merit, level: 0 })?;
        (found.merit == merit).then(|| &self.levels[found.level as usize])
    }

    /// All queues, the best price first.
    pub(crate) fn levels(&self) -> impl Iterator<Item = &Level> {
        self.rungs
            .iter_back()
            .map(|rung| &self.levels[rung.level as usize])
    }

    fn level_of(&mut self, price: Kibbles) -> u32 {
        let merit = merit(self.best, price);
        let found = self.rungs.at_or_after(&Rung { merit, level: 0 });
        if let Some(rung) = found.filter(|rung| rung.merit == merit) {
            return rung.level;
        }
        let fresh = Level {
            price,
            ..Level::default()
        };
        let level = match self.free.pop() {
            Some(level) => {
                self.levels[level as usize] = fresh;
                level
            }
            None => {
                self.levels.push(fresh);
                u32::try_from(self.levels.len() - 1).expect("fewer prices than orders")
            }
        };
        self.rungs.insert(Rung { merit, level });
        level
    }
}

const fn merit(best: Best, price: Kibbles) -> i64 {
    match best {
        Best::Highest => price.0,
        Best::Lowest => -price.0,
    }
}
