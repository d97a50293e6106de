//! An exchange that is obviously right and slow: plain lists, scanned whole, holds worked out anew from the open orders
//! each time. The real one must agree with it, command by command.

mod lots;
mod matching;
mod orders;
mod sessions;

use super::{
    Command, Grade, Kibbles, Market, Moment, OrderNumber, Rules, Side,
    caps::Caps,
    command::Request,
    event::RejectReason,
    exchange::{AmendRefusal, CancelRefusal, Outcome, Refusal, RequestRefusal},
    fees::Fees,
    listing_policy::ListingPolicy,
    lots::LotState,
    order::cover,
    rules::{MAX_ISSUED, MAX_TRANSFER},
    session::Phase,
    terms::{OrderKind, Terms},
};
use shared_events::id::{CatId, LotId, OrderId};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NaiveOrder {
    pub(super) number: u64,
    pub(super) id: Option<OrderId>,
    pub(super) cat: CatId,
    pub(super) market: Market,
    pub(super) side: Side,
    pub(super) price: i64,
    pub(super) terms: Terms,
    pub(super) fees: Fees,
    pub(super) asked: (u64, i64),
    pub(super) quantity: u32,
    pub(super) remaining: u32,
    /// What everyone sees of it: nothing while it waits.
    pub(super) shown: u32,
    pub(super) due_at: Option<Moment>,
    pub(super) caught_at: Option<Moment>,
}

impl NaiveOrder {
    pub(super) fn is_listing(&self) -> bool {
        self.id.is_none()
    }

    fn pays_as_it_goes(&self) -> bool {
        self.terms.kind == OrderKind::Market && self.price == 0
    }

    fn limit(&self) -> i64 {
        match (self.side, self.pays_as_it_goes()) {
            (Side::Buy, true) => i64::MAX,
            _ => self.price,
        }
    }

    fn hold(&self, waits: bool) -> i64 {
        let price = match (self.side, self.pays_as_it_goes(), waits) {
            (Side::Sell, _, _) | (Side::Buy, true, false) => return 0,
            (Side::Buy, true, true) => self.terms.stop_price.unwrap(),
            (Side::Buy, false, _) => Kibbles(self.price),
        };
        cover(price, self.remaining, self.fees.highest()).unwrap().0
    }
}

#[derive(Debug, Clone, Default)]
struct NaiveCat {
    kibbles: i64,
    welcomed: bool,
    erased: bool,
    stopped: bool,
    caps: Caps,
    policies: BTreeMap<Market, ListingPolicy>,
}

#[derive(Debug, Clone)]
struct NaiveLot {
    id: LotId,
    hunter: CatId,
    owner: CatId,
    kind: super::RodentKind,
    grade: Grade,
    state: LotState,
    caught_at: Moment,
    paid: Option<(i64, i64)>,
}

#[derive(Debug, Clone, Default)]
struct NaiveFloor {
    phase: Phase,
    auction_ends: Option<Moment>,
    scheduled: Option<Phase>,
    last: Option<i64>,
    /// Prices of trades since all stops that they reach were triggered.
    reached: Vec<i64>,
}

/// A trade as both exchanges tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NaiveTrade {
    pub(super) market: Market,
    pub(super) price: i64,
    pub(super) buyer: CatId,
    pub(super) seller: CatId,
    pub(super) fees: (i64, i64),
    pub(super) lots: Vec<LotId>,
}

/// The whole exchange, but for what others are told.
#[derive(Debug, Clone, Default)]
pub(super) struct NaiveExchange {
    rules: Option<Rules>,
    now: Moment,
    stopped: bool,
    cats: BTreeMap<CatId, NaiveCat>,
    /// In the order in which cats became known.
    known: Vec<CatId>,
    lots: Vec<NaiveLot>,
    voided_ahead: BTreeSet<LotId>,
    /// Those in the books and those that wait, in the order in which they came to their queues.
    pub(super) book: Vec<NaiveOrder>,
    pub(super) waiting: Vec<NaiveOrder>,
    /// Own orders that have closed.
    closed: Vec<NaiveOrder>,
    client_ids: BTreeMap<(CatId, String), u64>,
    floors: BTreeMap<Market, NaiveFloor>,
    last_order: u64,
    issued: i64,
    trades: Vec<NaiveTrade>,
}

impl NaiveExchange {
    /// Carries out a command; tells what became of it, and the trades.
    pub(super) fn execute(&mut self, at: Moment, command: &Command) -> (Outcome, Vec<NaiveTrade>) {
        let before = self.now;
        self.now = self.now.max(at);
        let outcome = self.carry_out(command);
        if outcome.belongs_in_journal() {
            self.trigger_stops();
        } else {
            self.now = before;
        }
        (outcome, std::mem::take(&mut self.trades))
    }

    fn carry_out(&mut self, command: &Command) -> Outcome {
        match command {
            Command::BeginEpoch { .. } => Outcome::Done,
            Command::ApplyRules(rules) => self.apply_rules(rules),
            Command::WelcomeCat { cat } => self.welcome(cat),
            Command::EraseCat { cat } => self.erase(cat),
            Command::ListLot(lot) => self.list(lot),
            Command::VoidCapture { lot, .. } => self.void(lot),
            Command::PlaceOrder(order) => self.place(order),
            Command::AmendOrder(amendment) => self.amend(amendment),
            Command::CancelOrder { cat, order } => self.cancel_one(cat, order),
            Command::CancelOrders(which) => self.cancel_many(which),
            Command::Request { what, .. } => self.deal_with(what),
            Command::AdvanceTime => self.advance_time(),
            Command::OpenMarket { market } => self.phases(*market, Self::open),
            Command::CloseMarket { market } => self.phases(*market, Self::close),
            Command::CallAuction {
                market,
                auction,
                ends_at,
            } => self.checked_phases(*market, *ends_at, |naive, market| {
                naive.call(market, *auction, *ends_at);
            }),
            Command::Halt { market } => self.phases(*market, Self::halt),
            Command::Resume {
                market,
                auction_until,
            } => self.checked_phases(*market, *auction_until, |naive, market| {
                naive.resume(market, *auction_until);
            }),
            Command::StopTrading { cat } => self.stop(cat.as_ref()),
            Command::AllowTrading { cat } => self.allow(cat.as_ref()),
            Command::SetCaps { cat, caps } => {
                self.for_open_account(cat, |cat| std::mem::replace(&mut cat.caps, *caps) != *caps)
            }
            Command::SetListingPolicy {
                cat,
                market,
                policy,
            } => {
                if !policy.is_valid() {
                    return Outcome::Refused(Refusal::InvalidPolicy);
                }
                self.for_open_account(cat, |cat| {
                    let mut changed = false;
                    for one in Market::ALL
                        .into_iter()
                        .filter(|one| market.is_none_or(|m| m == *one))
                    {
                        changed |= cat.policies.insert(one, *policy).unwrap_or_default() != *policy;
                    }
                    changed
                })
            }
            Command::Deposit(transfer) => self.transfer(&transfer.cat, transfer.amount.0, true),
            Command::Withdraw(transfer) => self.transfer(&transfer.cat, transfer.amount.0, false),
        }
    }

    /// Changes an account that has not been closed; a new one is kept only if something changed.
    fn for_open_account(
        &mut self,
        id: &CatId,
        change: impl FnOnce(&mut NaiveCat) -> bool,
    ) -> Outcome {
        if self.cats.get(id).is_some_and(|cat| cat.erased) {
            return Outcome::Refused(Refusal::AccountClosed);
        }
        let mut cat = self.cats.get(id).cloned().unwrap_or_default();
        let is_new = !self.cats.contains_key(id);
        // The real one opens the account of a stranger even if what is set is what holds for all.
        if !change(&mut cat) && !is_new {
            return Outcome::Unchanged;
        }
        self.know(id);
        self.cats.insert(id.clone(), cat);
        Outcome::Done
    }

    fn transfer(&mut self, id: &CatId, amount: i64, gives: bool) -> Outcome {
        if !(1..=MAX_TRANSFER.0).contains(&amount) {
            return Outcome::Refused(Refusal::InvalidAmount);
        }
        if self.cats.get(id).is_some_and(|cat| cat.erased) {
            return Outcome::Refused(Refusal::AccountClosed);
        }
        if gives {
            if self.issued + amount > MAX_ISSUED.0 {
                return Outcome::Refused(Refusal::TreasuryEmpty);
            }
            self.know(id).kibbles += amount;
            self.issued += amount;
            return Outcome::Done;
        }
        if !self.cats.contains_key(id) || self.free_kibbles(id) < amount {
            return Outcome::Refused(Refusal::InsufficientKibbles);
        }
        self.know(id).kibbles -= amount;
        self.issued -= amount;
        Outcome::Done
    }

    fn know(&mut self, id: &CatId) -> &mut NaiveCat {
        if !self.cats.contains_key(id) {
            self.known.push(id.clone());
        }
        self.cats.entry(id.clone()).or_default()
    }

    pub(super) fn live(&self) -> impl Iterator<Item = (&NaiveOrder, bool)> {
        let book = self.book.iter().map(|order| (order, false));
        book.chain(self.waiting.iter().map(|order| (order, true)))
    }

    pub(super) fn held_kibbles(&self, cat: &CatId) -> i64 {
        let own = self.live().filter(|(order, _)| order.cat == *cat);
        own.map(|(order, waits)| order.hold(waits)).sum()
    }

    pub(super) fn free_kibbles(&self, cat: &CatId) -> i64 {
        self.cats.get(cat).map_or(0, |cat| cat.kibbles) - self.held_kibbles(cat)
    }

    pub(super) fn free_lots(&self, cat: &CatId, market: Market) -> i64 {
        let asks = self.live().filter(|(order, _)| {
            order.cat == *cat && order.side == Side::Sell && order.market == market
        });
        let held: i64 = asks.map(|(ask, _)| i64::from(ask.remaining)).sum();
        i64::try_from(self.stock(cat, market).len()).unwrap() - held
    }

    /// The places of a cat's lots in a market, oldest first.
    fn stock(&self, cat: &CatId, market: Market) -> Vec<usize> {
        let mut stock: Vec<usize> = (0..self.lots.len())
            .filter(|place| {
                let lot = &self.lots[*place];
                lot.state == LotState::Stocked
                    && lot.owner == *cat
                    && Market::of(lot.kind, lot.grade) == Some(market)
            })
            .collect();
        stock.sort_by_key(|place| (self.lots[*place].caught_at, *place));
        stock
    }

    pub(super) fn phase(&self, market: Market) -> Phase {
        self.floors
            .get(&market)
            .map(|floor| floor.phase)
            .unwrap_or_default()
    }

    fn floor(&mut self, market: Market) -> &mut NaiveFloor {
        self.floors.entry(market).or_default()
    }

    fn rules(&self) -> Rules {
        self.rules.clone().unwrap_or_default()
    }

    fn last(&self, market: Market) -> Option<Kibbles> {
        self.floors
            .get(&market)
            .and_then(|floor| floor.last)
            .map(Kibbles)
    }

    fn reference(&self, market: Market) -> Option<Kibbles> {
        self.last(market).or(self.rules().listing_price(market))
    }

    fn rejected(reason: RejectReason) -> Outcome {
        Outcome::OrderRejected(reason)
    }

    fn deal_with(&mut self, request: &Request) -> Outcome {
        let outcome = match request {
            Request::AmendOrder(amendment) => self.amend(amendment),
            Request::CancelOrder { cat, order } => self.cancel_one(cat, order),
            Request::CancelOrders(which) => self.cancel_many(which),
        };
        match outcome {
            Outcome::AmendRefused(why) => Outcome::RequestRefused(RequestRefusal::Amend(why)),
            Outcome::CancelRefused(why) => Outcome::RequestRefused(RequestRefusal::Cancel(why)),
            Outcome::Unchanged => Outcome::Done,
            done => done,
        }
    }

    fn cancel_one(&mut self, cat: &CatId, id: &OrderId) -> Outcome {
        let found = self
            .live()
            .map(|(order, _)| order)
            .find(|order| order.has_id(id) && order.cat == *cat);
        if let Some(number) = found.map(|order| order.number) {
            self.take_out(number);
            return Outcome::OrderCancelled(OrderNumber(number));
        }
        let was = self
            .closed
            .iter()
            .any(|order| order.has_id(id) && order.cat == *cat);
        Outcome::CancelRefused(if was {
            CancelRefusal::Closed
        } else {
            CancelRefusal::NotFound
        })
    }

    /// Takes a live order out and remembers it.
    fn take_out(&mut self, number: u64) {
        for list in [&mut self.book, &mut self.waiting] {
            if let Some(at) = list.iter().position(|order| order.number == number) {
                let order = list.remove(at);
                if !order.is_listing() {
                    self.closed.push(order);
                }
                return;
            }
        }
        panic!("{number} is not live");
    }

    const fn amend_refused(reason: RejectReason) -> Outcome {
        Outcome::AmendRefused(AmendRefusal::Rejected(reason))
    }
}
