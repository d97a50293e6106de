//! An exchange that is obviously right and slow: plain lists, scanned whole. The real one must agree with it.

use super::{
    Kibbles, Market, Moment, NewLot, NewOrder, RodentKind, Rules, Side, rules::MAX_QUANTITY,
};
use shared_events::id::{CatId, LotId, OrderId};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
struct NaiveOrder {
    id: Option<OrderId>,
    cat: CatId,
    market: Market,
    side: Side,
    price: i64,
    remaining: u32,
}

/// A trade as both exchanges tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NaiveTrade {
    pub(super) market: Market,
    pub(super) price: i64,
    pub(super) buyer: CatId,
    pub(super) seller: CatId,
    pub(super) lots: Vec<LotId>,
}

/// Fresh lots, welcomes, limit orders and cancellations.
#[derive(Debug, Clone)]
pub(super) struct NaiveExchange {
    rules: Rules,
    /// In the order of arrival.
    orders: Vec<NaiveOrder>,
    kibbles: BTreeMap<CatId, i64>,
    stock: BTreeMap<(CatId, Market), Vec<(Moment, LotId)>>,
}

impl NaiveExchange {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            orders: Vec::new(),
            kibbles: BTreeMap::new(),
            stock: BTreeMap::new(),
        }
    }

    pub(super) fn welcome(&mut self, cat: &CatId) {
        self.kibbles
            .entry(cat.clone())
            .or_insert(self.rules.welcome_grant.0);
    }

    pub(super) fn list(&mut self, new: &NewLot, now: Moment) -> Vec<NaiveTrade> {
        let grade = self.rules.freshness.grade(new.caught_at, now);
        let market = Market::of(new.kind, grade).expect("the flows list fresh lots");
        let stock = self.stock.entry((new.hunter.clone(), market)).or_default();
        stock.push((new.caught_at, new.lot.clone()));
        stock.sort_by_key(|(caught_at, _)| *caught_at);
        let Some(Kibbles(price)) = self.rules.listing_price(market) else {
            return Vec::new();
        };
        let cat = new.hunter.clone();
        self.enter(NaiveOrder {
            id: None,
            cat,
            market,
            side: Side::Sell,
            price,
            remaining: 1,
        })
    }

    /// `None` means refused.
    pub(super) fn place(&mut self, new: &NewOrder) -> Option<Vec<NaiveTrade>> {
        let market: Market = new.market.parse().ok()?;
        let quantity = u32::try_from(new.quantity)
            .ok()
            .filter(|q| (1..=MAX_QUANTITY).contains(q))?;
        let enough = match new.side {
            Side::Buy => self.free_kibbles(&new.cat) >= new.price.0 * i64::from(quantity),
            Side::Sell => self.free_lots(&new.cat, market) >= i64::from(quantity),
        };
        let order = NaiveOrder {
            id: Some(new.order.clone()),
            cat: new.cat.clone(),
            market,
            side: new.side,
            price: new.price.0,
            remaining: quantity,
        };
        (enough && new.price.0 > 0).then(|| self.enter(order))
    }

    pub(super) fn cancel(&mut self, cat: &CatId, id: &OrderId) -> bool {
        let before = self.orders.len();
        self.orders
            .retain(|order| !(order.cat == *cat && order.id.as_ref() == Some(id)));
        self.orders.len() < before
    }

    pub(super) fn free_kibbles(&self, cat: &CatId) -> i64 {
        let bids = self
            .orders
            .iter()
            .filter(|order| order.cat == *cat && order.side == Side::Buy);
        let held: i64 = bids.map(|bid| bid.price * i64::from(bid.remaining)).sum();
        self.kibbles.get(cat).copied().unwrap_or_default() - held
    }

    pub(super) fn free_lots(&self, cat: &CatId, market: Market) -> i64 {
        let asks = self
            .orders
            .iter()
            .filter(|order| order.cat == *cat && order.side == Side::Sell);
        let held: i64 = asks
            .filter(|ask| ask.market == market)
            .map(|ask| i64::from(ask.remaining))
            .sum();
        let stock = self.stock.get(&(cat.clone(), market)).map_or(0, Vec::len);
        i64::try_from(stock).unwrap() - held
    }

    /// Price, lots and orders of each level, best first.
    pub(super) fn depth(&self, market: Market, side: Side) -> Vec<(i64, u64, u64)> {
        let mut levels: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        for order in self
            .orders
            .iter()
            .filter(|order| order.market == market && order.side == side)
        {
            let level = levels.entry(order.price).or_default();
            level.0 += u64::from(order.remaining);
            level.1 += 1;
        }
        let mut levels: Vec<_> = levels
            .into_iter()
            .map(|(price, (lots, orders))| (price, lots, orders))
            .collect();
        if side == Side::Buy {
            levels.reverse();
        }
        levels
    }

    fn enter(&mut self, mut taker: NaiveOrder) -> Vec<NaiveTrade> {
        let mut trades = Vec::new();
        while taker.remaining > 0 {
            let Some(at) = self.best_for(&taker) else {
                self.orders.push(taker);
                break;
            };
            if self.orders[at].cat == taker.cat {
                break;
            }
            trades.push(self.trade(&mut taker, at));
        }
        trades
    }

    fn best_for(&self, taker: &NaiveOrder) -> Option<usize> {
        let candidates = self.orders.iter().enumerate().filter(|(_, maker)| {
            maker.market == taker.market
                && maker.side != taker.side
                && match taker.side {
                    Side::Buy => maker.price <= taker.price,
                    Side::Sell => maker.price >= taker.price,
                }
        });
        let rank = |maker: &NaiveOrder| {
            if taker.side == Side::Buy {
                maker.price
            } else {
                -maker.price
            }
        };
        candidates
            .min_by_key(|(at, maker)| (rank(maker), *at))
            .map(|(at, _)| at)
    }

    fn trade(&mut self, taker: &mut NaiveOrder, at: usize) -> NaiveTrade {
        let maker = &mut self.orders[at];
        let quantity = maker.remaining.min(taker.remaining);
        let (price, market) = (maker.price, maker.market);
        maker.remaining -= quantity;
        taker.remaining -= quantity;
        let (buyer, seller) = match taker.side {
            Side::Buy => (taker.cat.clone(), maker.cat.clone()),
            Side::Sell => (maker.cat.clone(), taker.cat.clone()),
        };
        if maker.remaining == 0 {
            self.orders.remove(at);
        }
        *self.kibbles.entry(buyer.clone()).or_default() -= price * i64::from(quantity);
        *self.kibbles.entry(seller.clone()).or_default() += price * i64::from(quantity);
        let stock = self
            .stock
            .get_mut(&(seller.clone(), market))
            .expect("sellers have stock");
        let handed: Vec<(Moment, LotId)> = stock.drain(..quantity as usize).collect();
        let lots = handed.iter().map(|(_, lot)| lot.clone()).collect();
        let stock = self.stock.entry((buyer.clone(), market)).or_default();
        stock.extend(handed);
        stock.sort_by_key(|(caught_at, _)| *caught_at);
        NaiveTrade {
            market,
            price,
            buyer,
            seller,
            lots,
        }
    }
}

/// A fresh mouse of `hunter`.
pub(super) fn mouse(lot: &str, hunter: &CatId, caught_at: Moment) -> NewLot {
    NewLot {
        lot: LotId::new(lot).unwrap(),
        hunter: hunter.clone(),
        kind: RodentKind::Mouse,
        species: Some("Peromyscus eremicus".to_owned()),
        mass_mg: Some(21_500),
        caught_at,
        jurisdiction: "CA".to_owned(),
    }
}
