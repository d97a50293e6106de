//! All orders that can be looked up, in one arena, with the intrusive lists that the books and the cats thread through it.

use super::order::{LISTING_PREFIX, Order, OrderNumber};
use rustc_hash::FxHashMap;
use shared_events::id::OrderId;
use std::collections::HashMap;

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) head: Option<Slot>,
    pub(crate) tail: Option<Slot>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Links {
    before: Option<Slot>,
    after: Option<Slot>,
}

#[derive(Debug, Clone)]
struct Node {
    order: Order,
    links: [Links; 2],
}

/// The arena.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders {
    nodes: Vec<Option<Node>>,
    free: Vec<Slot>,
    by_number: FxHashMap<u64, Slot>,
    by_id: HashMap<OrderId, Slot>,
}

impl Orders {
    pub(crate) fn insert(&mut self, order: Order) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            let next = u32::try_from(self.nodes.len())
                .expect("fewer orders than memory has room for are kept");
            self.nodes.push(None);
            Slot(next)
        });
        self.by_number.insert(order.number.0, slot);
        if let Some(id) = &order.id {
            self.by_id.insert(id.clone(), slot);
        }
        self.nodes[slot.0 as usize] = Some(Node {
            order,
            links: [Links::default(); 2],
        });
        slot
    }

    pub(crate) fn remove(&mut self, slot: Slot) -> Order {
        let node = self.nodes[slot.0 as usize]
            .take()
            .expect("a slot that is handed out is filled");
        self.by_number.remove(&node.order.number.0);
        if let Some(id) = &node.order.id {
            self.by_id.remove(id);
        }
        self.free.push(slot);
        node.order
    }

    pub(crate) fn get(&self, slot: Slot) -> &Order {
        &self.node(slot).order
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> &mut Order {
        &mut self.node_mut(slot).order
    }

    pub(crate) fn find(&self, number: OrderNumber) -> Option<Slot> {
        self.by_number.get(&number.0).copied()
    }

    /// Finds by the public id, which for a listing holds its number.
    pub(crate) fn find_by_id(&self, id: &OrderId) -> Option<Slot> {
        match id.as_str().strip_prefix(LISTING_PREFIX) {
            Some(number) => {
                let found = self.find(OrderNumber(number.parse().ok()?));
                found.filter(|slot| self.get(*slot).id.is_none())
            }
            None => self.by_id.get(id).copied(),
        }
    }

    /// All orders, by number.
    pub(crate) fn in_order(&self) -> Vec<&Order> {
        let mut orders: Vec<&Order> = self
            .nodes
            .iter()
            .flatten()
            .map(|node| &node.order)
            .collect();
        orders.sort_unstable_by_key(|order| order.number);
        orders
    }

    pub(crate) fn push_back(&mut self, list: &mut List, thread: Thread, slot: Slot) {
        let before = list.tail;
        self.node_mut(slot).links[thread as usize] = Links {
            before,
            after: None,
        };
        match before {
            Some(last) => self.node_mut(last).links[thread as usize].after = Some(slot),
            None => list.head = Some(slot),
        }
        list.tail = Some(slot);
    }

    pub(crate) fn unlink(&mut self, list: &mut List, thread: Thread, slot: Slot) {
        let Links { before, after } =
            std::mem::take(&mut self.node_mut(slot).links[thread as usize]);
        match before {
            Some(before) => self.node_mut(before).links[thread as usize].after = after,
            None => list.head = after,
        }
        match after {
            Some(after) => self.node_mut(after).links[thread as usize].before = before,
            None => list.tail = before,
        }
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// The orders of a list, first come first.
    pub(crate) fn walk(&self, list: List, thread: Thread) -> impl Iterator<Item = &Order> {
        self.walk_slots(list, thread).map(|slot| self.get(slot))
    }

    /// The places of a list's orders, first come first.
    pub(crate) fn walk_slots(&self, list: List, thread: Thread) -> impl Iterator<Item = Slot> {
        std::iter::successors(list.head, move |slot| {
            self.node(*slot).links[thread as usize].after
        })
    }

    fn node(&self, slot: Slot) -> &Node {
        self.nodes[slot.0 as usize]
            .as_ref()
            .expect("a slot that is handed out is filled")
    }

    fn node_mut(&mut self, slot: Slot) -> &mut Node {
        self.nodes[slot.0 as usize]
            .as_mut()
            .expect("a slot that is handed out is filled")
    }
}
