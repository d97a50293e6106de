//! The checks that an order passes before anything happens, and the hold that covers it.

use super::{Exchange, RejectReason};
use crate::domain::{
    CatIx, Kibbles, Market, Moment, NewOrder, Side,
    caps::Caps,
    ledger::{Account, Asset, ChangeReason},
    order::{LISTING_PREFIX, cover},
    rules::{MAX_EXPIRY_MS, MAX_OPEN_ORDERS, MAX_PRICE, MAX_QUANTITY, worth},
    session::{Phase, end_of_day},
    terms::{OrderKind, Terms, TimeInForce},
};

/// An order that passed every check and is covered.
pub(super) struct Admitted {
    pub(super) cat: CatIx,
    pub(super) market: Market,
    pub(super) quantity: u32,
    pub(super) due_at: Option<Moment>,
}

impl Exchange {
    pub(super) fn admit(&mut self, new: &NewOrder) -> Result<Admitted, RejectReason> {
        let market: Market = new
            .market
            .parse()
            .map_err(|_| RejectReason::UnknownMarket)?;
        self.check_phase(market)?;
        let quantity = checked_quantity(new.quantity)?;
        check_terms(&new.terms, new.price, quantity)?;
        let due_at = self.expiry(&new.terms)?;
        let can_wait = new.terms.may_rest() || new.terms.stop_price.is_some();
        if self.floor(market).phase != Phase::Continuous && !can_wait {
            return Err(RejectReason::AuctionUnderWay);
        }
        self.check_names(new)?;
        let cat = self.check_cat(new)?;
        let price = if new.price.0 > 0 {
            Some(new.price)
        } else {
            new.terms.stop_price
        };
        let behind = price.map_or(Some(Kibbles(0)), |price| {
            cover(price, quantity, self.rules.fees.highest())
        });
        let behind = behind.ok_or(RejectReason::InvalidPrice)?;
        let behind = self.check_bounds(cat, market, new, quantity, behind)?;
        self.check_book(cat, market, new, quantity)?;
        self.hold(cat, new.side, market, quantity, behind)?;
        Ok(Admitted {
            cat,
            market,
            quantity,
            due_at,
        })
    }

    /// Whether the market takes orders.
    pub(super) fn check_phase(&self, market: Market) -> Result<(), RejectReason> {
        if self.stopped {
            return Err(RejectReason::TradingStopped);
        }
        match self.floor(market).phase {
            Phase::Closed => Err(RejectReason::MarketNotOpen),
            Phase::Halted => Err(RejectReason::MarketHalted),
            Phase::Uncrossing(_) => Err(RejectReason::AuctionUnderWay),
            Phase::Auction(_) | Phase::Continuous => Ok(()),
        }
    }

    fn expiry(&self, terms: &Terms) -> Result<Option<Moment>, RejectReason> {
        match terms.time_in_force {
            TimeInForce::Gtd { until } => {
                let ahead = self.now < until && until <= self.now.plus_millis(MAX_EXPIRY_MS);
                ahead
                    .then_some(Some(until))
                    .ok_or(RejectReason::InvalidExpiry)
            }
            TimeInForce::Day => Ok(Some(end_of_day(self.rules.schedule.as_ref(), self.now))),
            TimeInForce::Gtc | TimeInForce::Ioc | TimeInForce::Fok => Ok(None),
        }
    }

    fn check_names(&self, new: &NewOrder) -> Result<(), RejectReason> {
        if new.order.as_str().starts_with(LISTING_PREFIX)
            || self.orders.find_by_id(&new.order).is_some()
        {
            return Err(RejectReason::OrderIdTaken);
        }
        let client_id_is_valid = new
            .client_order_id
            .as_deref()
            .is_none_or(shared_events::id::is_valid);
        client_id_is_valid
            .then_some(())
            .ok_or(RejectReason::InvalidClientOrderId)
    }

    fn check_cat(&self, new: &NewOrder) -> Result<CatIx, RejectReason> {
        let without_account = match new.side {
            Side::Buy => RejectReason::InsufficientKibbles,
            Side::Sell => RejectReason::InsufficientLots,
        };
        let ix = self.cats.find(&new.cat).ok_or(without_account)?;
        let cat = self.cats.get(ix);
        if cat.erased {
            return Err(RejectReason::AccountClosed);
        }
        if cat.stopped {
            return Err(RejectReason::TradingStopped);
        }
        if new
            .client_order_id
            .as_deref()
            .is_some_and(|id| cat.client_order_ids.contains_key(id))
        {
            return Err(RejectReason::ClientOrderIdReused);
        }
        let allowed = self.caps(ix).open_orders.unwrap_or(u32::MAX) as usize;
        if cat.own_open_orders >= allowed.min(MAX_OPEN_ORDERS) {
            return Err(RejectReason::TooManyOpenOrders);
        }
        Ok(ix)
    }

    /// The bounds of an account: its own where it has them, else the house's.
    pub(super) fn caps(&self, cat: CatIx) -> Caps {
        let (own, house) = (self.cats.get(cat).caps, self.rules.caps);
        Caps {
            open_orders: own.open_orders.or(house.open_orders),
            order_worth: own.order_worth.or(house.order_worth),
            held_kibbles: own.held_kibbles.or(house.held_kibbles),
        }
    }

    /// Checks price bands and caps; tells what a bid has to set aside.
    fn check_bounds(
        &self,
        cat: CatIx,
        market: Market,
        new: &NewOrder,
        quantity: u32,
        behind: Kibbles,
    ) -> Result<Kibbles, RejectReason> {
        let price = [
            Some(new.price),
            new.terms.stop_price,
            self.reference(market),
        ]
        .into_iter()
        .flatten()
        .find(|price| price.0 > 0);
        self.check_order(cat, market, new.price, price, quantity)?;
        let behind = match new.side {
            Side::Buy => behind,
            Side::Sell => Kibbles(0),
        };
        let held = self.ledger.held(cat, Asset::Kibbles);
        self.check_exposure(cat, held, behind)?;
        Ok(behind)
    }

    /// Whether an order's limit is within the band, and its worth within the cap.
    pub(super) fn check_order(
        &self,
        cat: CatIx,
        market: Market,
        limit: Kibbles,
        price: Option<Kibbles>,
        quantity: u32,
    ) -> Result<(), RejectReason> {
        let guard = &self.rules.guard;
        if limit.0 > 0 && guard.is_outside_band(limit, self.reference(market)) {
            return Err(RejectReason::PriceOutsideBand);
        }
        let most = self.caps(cat).order_worth.unwrap_or(Kibbles(i64::MAX));
        let worth = price.map_or(Some(Kibbles(0)), |price| worth(price, quantity));
        if worth.is_none_or(|worth| worth > most) {
            return Err(RejectReason::OrderTooLarge);
        }
        Ok(())
    }

    /// Whether the cat may set `more` aside on top of `held`.
    pub(super) fn check_exposure(
        &self,
        cat: CatIx,
        held: i64,
        more: Kibbles,
    ) -> Result<(), RejectReason> {
        let most = self.caps(cat).held_kibbles.unwrap_or(Kibbles(i64::MAX));
        let fits = held.checked_add(more.0).is_some_and(|all| all <= most.0);
        (more.0 <= 0 || fits)
            .then_some(())
            .ok_or(RejectReason::ExposureTooLarge)
    }

    /// Post-only orders must not take, and fill-or-kill ones must find all that they want.
    fn check_book(
        &self,
        cat: CatIx,
        market: Market,
        new: &NewOrder,
        quantity: u32,
    ) -> Result<(), RejectReason> {
        if self.floor(market).phase != Phase::Continuous || new.terms.stop_price.is_some() {
            return Ok(());
        }
        if new.terms.post_only && self.would_take(market, new.side, new.price) {
            return Err(RejectReason::WouldTake);
        }
        let wanted = super::dealing::Wanted {
            cat,
            market,
            side: new.side,
            price: new.price,
            terms: new.terms,
            taker_bps: self.rules.fees.taker_bps,
            quantity,
        };
        if new.terms.time_in_force == TimeInForce::Fok && !self.can_fill(&wanted) {
            return Err(RejectReason::CannotFill);
        }
        Ok(())
    }

    /// Sets aside what an order may cost.
    pub(super) fn hold(
        &mut self,
        cat: CatIx,
        side: Side,
        market: Market,
        lots: u32,
        behind: Kibbles,
    ) -> Result<(), RejectReason> {
        let (free, held) = (Account::Available(cat), Account::Held(cat));
        match side {
            Side::Buy => {
                let paid = self.ledger.pay(free, held, behind, ChangeReason::Hold);
                paid.map_err(|_| RejectReason::InsufficientKibbles)
            }
            Side::Sell => {
                let posted = self.ledger.post(
                    Asset::Lots(market),
                    free,
                    held,
                    i64::from(lots),
                    ChangeReason::Hold,
                );
                posted.map_err(|_| RejectReason::InsufficientLots)
            }
        }
    }
}

pub(super) fn checked_quantity(quantity: u64) -> Result<u32, RejectReason> {
    u32::try_from(quantity)
        .ok()
        .filter(|quantity| (1..=MAX_QUANTITY).contains(quantity))
        .ok_or(RejectReason::InvalidQuantity)
}

fn is_price(price: Kibbles) -> bool {
    (Kibbles(1)..=MAX_PRICE).contains(&price)
}

fn check_terms(terms: &Terms, price: Kibbles, quantity: u32) -> Result<(), RejectReason> {
    let is_market = terms.kind == OrderKind::Market;
    let pays_as_it_goes = is_market && price.0 == 0;
    if !(is_price(price) || pays_as_it_goes) {
        return Err(RejectReason::InvalidPrice);
    }
    let stays = matches!(
        terms.time_in_force,
        TimeInForce::Gtd { .. } | TimeInForce::Day
    );
    if is_market && stays && terms.stop_price.is_none() {
        return Err(RejectReason::InvalidTimeInForce);
    }
    if terms.stop_price.is_some_and(|stop| !is_price(stop)) {
        return Err(RejectReason::InvalidStopPrice);
    }
    if terms.post_only && (!terms.may_rest() || terms.stop_price.is_some()) {
        return Err(RejectReason::InvalidPostOnly);
    }
    let shows = |display| terms.may_rest() && (1..=quantity).contains(&display);
    if terms
        .display_quantity
        .is_some_and(|display| !shows(display))
    {
        return Err(RejectReason::InvalidDisplayQuantity);
    }
    Ok(())
}
