//! All open orders, in one arena, with the intrusive lists that the books and the cats thread through it; and the names of
//! those that have closed, which their cats keep for a while.

use super::{
    CatIx,
    order::{LISTING_PREFIX, Order, OrderNumber},
};
use rustc_hash::FxHashMap;
use shared_events::id::OrderId;

/// The number of no order.
const NOBODY: OrderNumber = OrderNumber(0);
/// No place.
const NONE: u32 = u32::MAX;

/// A place in the arena.
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
#[repr(C, align(64))] // the links and what matching reads, on one cache line
struct Node {
    links: [Links; 2],
    order: Order,
}

/// The arena and the names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders {
    open: Vec<Node>,
    free: Vec<u32>,
    by_number: FxHashMap<OrderNumber, u32>,
    /// The numbers of all that have a name, open or closed.
    by_id: FxHashMap<OrderId, OrderNumber>,
    /// Whose the closed ones with a name are.
    closed: FxHashMap<OrderNumber, CatIx>,
}

impl Orders {
    /// Takes an open order in.
    pub(crate) fn insert(&mut self, mut order: Order) -> Slot {
        let number = order.number;
        order.is_named = order.id.is_some();
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
                u32::try_from(self.open.len() - 1)
                    .expect("fewer orders than memory has room for are open")
            }
        };
        self.by_number.insert(number, place);
        Slot(place)
    }

    /// Gives out an order that has closed, and is in no list any more, for its cat to keep.
    pub(crate) fn remove(&mut self, slot: Slot) -> Order {
        let place = &mut self.open[slot.0 as usize].order;
        let order = std::mem::replace(place, Order::nobody());
        self.free.push(slot.0);
        self.by_number.remove(&order.number);
        if order.id.is_some() {
            self.closed.insert(order.number, order.cat);
        }
        order
    }

    /// Forgets an order without a name that has closed and is in no list any more.
    pub(crate) fn discard(&mut self, slot: Slot) {
        let order = &mut self.open[slot.0 as usize].order;
        self.by_number.remove(&order.number);
        order.number = NOBODY;
        self.free.push(slot.0);
    }

    /// Takes note of a closed order that its cat keeps, as a snapshot has it.
    pub(crate) fn note_closed(&mut self, order: &Order) {
        if let Some(id) = &order.id {
            self.by_id.insert(id.clone(), order.number);
            self.closed.insert(order.number, order.cat);
        }
    }

    /// Forgets the name of a closed order that its cat keeps no longer.
    pub(crate) fn forget(&mut self, order: &Order) {
        if let Some(id) = &order.id {
            self.by_id.remove(id);
            self.closed.remove(&order.number);
        }
    }

    pub(crate) fn get(&self, slot: Slot) -> &Order {
        &self.open[slot.0 as usize].order
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> &mut Order {
        &mut self.open[slot.0 as usize].order
    }

    /// An open order.
    pub(crate) fn find(&self, number: OrderNumber) -> Option<Slot> {
        self.by_number.get(&number).copied().map(Slot)
    }

    /// The number of the order with this public id, which for a listing holds it; closed listings are forgotten.
    pub(crate) fn number_of(&self, id: &OrderId) -> Option<OrderNumber> {
        let Some(number) = id.as_str().strip_prefix(LISTING_PREFIX) else {
            return self.by_id.get(id).copied();
        };
        let number = OrderNumber(number.parse().ok()?);
        let slot = self.find(number)?;
        self.get(slot).id.is_none().then_some(number)
    }

    /// Whose a closed order is that has a name.
    pub(crate) fn closed_by(&self, number: OrderNumber) -> Option<CatIx> {
        self.closed.get(&number).copied()
    }

    /// All open orders.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Order> {
        let orders = self.open.iter().map(|node| &node.order);
        orders.filter(|order| !order.is_nobody())
    }

    /// How many are open.
    pub(crate) fn len(&self) -> usize {
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
