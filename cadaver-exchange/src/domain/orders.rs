//! All orders that can be looked up. Open ones are in an arena, with the intrusive lists that the books and the cats thread
//! through it; what closes moves to an archive, so that the arena stays small and warm.

use super::{
    numbers::Numbers,
    order::{LISTING_PREFIX, Order, OrderNumber},
};
use rustc_hash::FxHashMap;
use shared_events::id::OrderId;

/// The mark of places in the archive.
const ARCHIVED: u32 = 1 << 31;
/// No place.
const NONE: u32 = u32::MAX;

/// A place in the arena or in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(u32);

/// Which of its two lists an order is looked at in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Thread {
    /// The orders of one price level, first come first.
    Level = 0,
    /// The open orders of one cat, market and sort, first come first.
    Owner = 1,
}

/// The ends of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct List {
    head: u32,
    tail: u32,
}

impl Default for List {
    fn default() -> Self {
        Self {
            head: NONE,
            tail: NONE,
        }
    }
}

impl List {
    pub(crate) fn head(self) -> Option<Slot> {
        (self.head != NONE).then_some(Slot(self.head))
    }

    pub(crate) fn tail(self) -> Option<Slot> {
        (self.tail != NONE).then_some(Slot(self.tail))
    }
}

#[derive(Debug, Clone, Copy)]
struct Links {
    before: u32,
    after: u32,
}

const UNLINKED: Links = Links {
    before: NONE,
    after: NONE,
};

#[derive(Debug, Clone)]
#[repr(C)] // the links first, beside what matching reads
struct Node {
    links: [Links; 2],
    order: Order,
}

/// The arena and the archive.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders {
    open: Vec<Node>,
    free: Vec<u32>,
    archive: Vec<Order>,
    free_archive: Vec<u32>,
    by_number: Numbers,
    by_id: FxHashMap<OrderId, u64>,
}

impl Orders {
    /// Takes an open order in.
    pub(crate) fn insert(&mut self, order: Order) -> Slot {
        let number = order.number.0;
        if let Some(id) = &order.id {
            self.by_id.insert(id.clone(), number);
        }
        let links = [UNLINKED; 2];
        let place = match self.free.pop() {
            Some(place) => {
                self.open[place as usize] = Node { links, order };
                place
            }
            None => {
                self.open.push(Node { links, order });
                last_place(self.open.len())
            }
        };
        self.by_number.set(number, place);
        Slot(place)
    }

    /// Takes a closed order in, as a snapshot has it.
    pub(crate) fn insert_closed(&mut self, order: Order) -> Slot {
        let number = order.number.0;
        if let Some(id) = &order.id {
            self.by_id.insert(id.clone(), number);
        }
        let place = self.put_away(order);
        self.by_number.set(number, place);
        Slot(place)
    }

    /// Moves an order that has closed, and is in no list any more, to the archive.
    pub(crate) fn archive(&mut self, slot: Slot) -> Slot {
        let order = self.vacate(slot);
        let number = order.number.0;
        let place = self.put_away(order);
        self.by_number.set(number, place);
        Slot(place)
    }

    /// Forgets an order that is in no list any more.
    pub(crate) fn remove(&mut self, slot: Slot) -> Order {
        let order = if slot.0 & ARCHIVED == 0 {
            self.vacate(slot)
        } else {
            let place = slot.0 & !ARCHIVED;
            self.free_archive.push(place);
            std::mem::replace(&mut self.archive[place as usize], Order::nobody())
        };
        self.by_number.remove(order.number.0);
        if let Some(id) = &order.id {
            self.by_id.remove(id);
        }
        order
    }

    fn vacate(&mut self, slot: Slot) -> Order {
        self.free.push(slot.0);
        std::mem::replace(&mut self.open[slot.0 as usize].order, Order::nobody())
    }

    fn put_away(&mut self, order: Order) -> u32 {
        let place = match self.free_archive.pop() {
            Some(place) => {
                self.archive[place as usize] = order;
                place
            }
            None => {
                self.archive.push(order);
                last_place(self.archive.len())
            }
        };
        place | ARCHIVED
    }

    pub(crate) fn get(&self, slot: Slot) -> &Order {
        if slot.0 & ARCHIVED == 0 {
            &self.open[slot.0 as usize].order
        } else {
            &self.archive[(slot.0 & !ARCHIVED) as usize]
        }
    }

    /// An open order.
    pub(crate) fn get_mut(&mut self, slot: Slot) -> &mut Order {
        &mut self.open[slot.0 as usize].order
    }

    pub(crate) fn find(&self, number: OrderNumber) -> Option<Slot> {
        self.by_number.get(number.0).map(Slot)
    }

    /// Finds by the public id, which for a listing holds its number.
    pub(crate) fn find_by_id(&self, id: &OrderId) -> Option<Slot> {
        match id.as_str().strip_prefix(LISTING_PREFIX) {
            Some(number) => {
                let found = self.find(OrderNumber(number.parse().ok()?));
                found.filter(|slot| self.get(*slot).id.is_none())
            }
            None => self.find(OrderNumber(*self.by_id.get(id)?)),
        }
    }

    /// All orders, by number.
    pub(crate) fn in_order(&self) -> Vec<&Order> {
        let open = self.open.iter().map(|node| &node.order);
        let mut orders: Vec<&Order> = open
            .chain(&self.archive)
            .filter(|order| !order.is_nobody())
            .collect();
        orders.sort_unstable_by_key(|order| order.number);
        orders
    }

    /// How many are kept.
    pub(crate) const fn len(&self) -> usize {
        self.by_number.len()
    }

    pub(crate) fn push_back(&mut self, list: &mut List, thread: Thread, slot: Slot) {
        let before = std::mem::replace(&mut list.tail, slot.0);
        self.open[slot.0 as usize].links[thread as usize] = Links {
            before,
            after: NONE,
        };
        match before {
            NONE => list.head = slot.0,
            last => self.open[last as usize].links[thread as usize].after = slot.0,
        }
    }

    pub(crate) fn unlink(&mut self, list: &mut List, thread: Thread, slot: Slot) {
        let links = &mut self.open[slot.0 as usize].links[thread as usize];
        let Links { before, after } = std::mem::replace(links, UNLINKED);
        match before {
            NONE => list.head = after,
            before => self.open[before as usize].links[thread as usize].after = after,
        }
        match after {
            NONE => list.tail = before,
            after => self.open[after as usize].links[thread as usize].before = before,
        }
    }

    /// The orders of a list, first come first.
    pub(crate) fn walk(&self, list: List, thread: Thread) -> impl Iterator<Item = &Order> {
        self.walk_slots(list, thread).map(|slot| self.get(slot))
    }

    /// The places of a list's orders, first come first.
    pub(crate) fn walk_slots(&self, list: List, thread: Thread) -> impl Iterator<Item = Slot> {
        std::iter::successors(list.head(), move |slot| {
            let after = self.open[slot.0 as usize].links[thread as usize].after;
            (after != NONE).then_some(Slot(after))
        })
    }
}

fn last_place(len: usize) -> u32 {
    u32::try_from(len - 1)
        .ok()
        .filter(|place| *place < ARCHIVED)
        .expect("fewer orders than memory has room for are kept")
}
