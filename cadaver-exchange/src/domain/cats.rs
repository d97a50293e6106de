//! The cats that have dealt with the exchange: their names, what they keep and what they have ordered.

use super::{
    Market, OrderNumber, Side,
    caps::Caps,
    closed::Closed,
    listing_policy::ListingPolicy,
    order::{Order, Origin},
    orders::List,
    stock::Stock,
};
use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};
use shared_events::id::CatId;

/// A cat, as a small number that never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CatIx(u32);

impl CatIx {
    pub(crate) const fn new(index: u32) -> Self {
        Self(index)
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn get(self) -> u32 {
        self.0
    }
}

/// The sorts of open orders that a cat's lists keep apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Bid = 0,
    Ask = 1,
    Listing = 2,
}

impl Sort {
    pub(crate) const ALL: [Self; 3] = [Self::Bid, Self::Ask, Self::Listing];

    pub(crate) fn of(order: &Order) -> Self {
        match (order.side, order.origin) {
            (Side::Buy, _) => Self::Bid,
            (Side::Sell, Origin::Cat) => Self::Ask,
            (Side::Sell, Origin::Listing) => Self::Listing,
        }
    }
}

/// What the exchange knows of one cat, but for its balances.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cat {
    pub(crate) welcomed: bool,
    pub(crate) erased: bool,
    /// Its kill switch.
    pub(crate) stopped: bool,
    /// Its own bounds.
    pub(crate) caps: Caps,
    /// How its lots are offered, by market; the house's way if it never said.
    pub(crate) policies: Option<Box<[ListingPolicy; Market::COUNT]>>,
    /// How many orders of its own are open; listings do not count.
    pub(crate) own_open_orders: usize,
    /// Open orders by market and sort.
    pub(crate) open: [[List; 3]; Market::COUNT],
    /// Its own closed orders that can still be looked up.
    pub(crate) closed: Closed,
    pub(crate) client_order_ids: FxHashMap<Box<str>, OrderNumber>,
    /// Its lots by market, oldest first.
    pub(crate) stock: [Stock; Market::COUNT],
}

impl Cat {
    /// How its lots are offered in a market.
    pub(crate) fn policy(&self, market: Market) -> ListingPolicy {
        self.policies
            .as_ref()
            .map_or_else(ListingPolicy::default, |all| all[market.index()])
    }
}

/// All cats.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cats {
    ids: IndexSet<CatId, FxBuildHasher>,
    cats: Vec<Cat>,
}

impl Cats {
    pub(crate) fn find(&self, id: &CatId) -> Option<CatIx> {
        self.ids.get_index_of(id).map(ix)
    }

    /// Adds a cat that is not there yet.
    pub(crate) fn add(&mut self, id: CatId) -> CatIx {
        let (index, _) = self.ids.insert_full(id);
        self.cats.resize_with(self.ids.len(), Cat::default);
        ix(index)
    }

    pub(crate) fn id(&self, cat: CatIx) -> &CatId {
        self.ids
            .get_index(cat.index())
            .expect("a cat's number is given out with its name")
    }

    pub(crate) fn get(&self, cat: CatIx) -> &Cat {
        &self.cats[cat.index()]
    }

    pub(crate) fn get_mut(&mut self, cat: CatIx) -> &mut Cat {
        &mut self.cats[cat.index()]
    }

    pub(crate) fn len(&self) -> usize {
        self.cats.len()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = CatIx> + use<> {
        (0..self.cats.len()).map(ix)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&CatId, &Cat)> {
        self.ids.iter().zip(&self.cats)
    }
}

fn ix(index: usize) -> CatIx {
    CatIx(u32::try_from(index).expect("there are fewer than four billion cats"))
}
