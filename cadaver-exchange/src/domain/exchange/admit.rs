//! The checks that an order passes before anything happens, and the hold that covers it.

use super::{Exchange, RejectReason, dealing::Wanted, place_order::Request};
use crate::domain::{
    CatIx, Kibbles, Market, Moment, Side,
    caps::Caps,
    ledger::{Account, Asset, ChangeReason},
    order::{LISTING_PREFIX, cover},
    rules::{MAX_EXPIRY_MS, MAX_OPEN_ORDERS, MAX_PRICE, MAX_QUANTITY, worth},
    session::{Phase, end_of_day},
    terms::{OrderKind, Terms, TimeInForce},
};
use shared_events::id::OrderId;

/// An order that passed every check and is covered.
pub(super) struct Admitted {
    pub(super) cat: CatIx,
    pub(super) quantity: u32,
    pub(super) due_at: Option<Moment>,
}

impl Exchange {
    pub(super) fn admit(&mut self, request: &Request<'_>) -> Result<Admitted, RejectReason> {
        let (market, terms) = (request.market, request.terms);
        self.check_phase(market)?;
        let quantity = checked_quantity(request.quantity)?;
        check_terms(terms, request.price, quantity)?;
        let due_at = self.expiry(terms)?;
        let can_wait = terms.may_rest() || terms.stop_price.is_some();
        if self.floor(market).phase != Phase::Continuous && !can_wait {
            return Err(RejectReason::AuctionUnderWay);
        }
        self.check_names(request)?;
        let cat = self.check_cat(request)?;
        let behind = self.check_bounds(cat, request, quantity)?;
        self.check_book(cat, request, quantity)?;
        self.hold(cat, request.side, market, quantity, behind)?;
        Ok(Admitted {
            cat,
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

    fn check_names(&self, request: &Request<'_>) -> Result<(), RejectReason> {
        let is_taken = |id: &OrderId| {
            id.as_str().starts_with(LISTING_PREFIX) || self.orders.number_of(id).is_some()
        };
        if request.id.is_some_and(is_taken) {
            return Err(RejectReason::OrderIdTaken);
        }
        request
            .client_order_id
            .is_none_or(shared_events::id::is_valid)
            .then_some(())
            .ok_or(RejectReason::InvalidClientOrderId)
    }

    fn check_cat(&self, request: &Request<'_>) -> Result<CatIx, RejectReason> {
        let without_account = match request.side {
            Side::Buy => RejectReason::InsufficientKibbles,
            Side::Sell => RejectReason::InsufficientLots,
        };
        let ix = request.cat.ok_or(without_account)?;
        let cat = self.cats.get(ix);
        if cat.erased {
            return Err(RejectReason::AccountClosed);
        }
        if cat.stopped {
            return Err(RejectReason::TradingStopped);
        }
        let is_taken = |id| cat.client_order_ids.contains_key(id);
        if request.client_order_id.is_some_and(is_taken) {
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
        request: &Request<'_>,
        quantity: u32,
    ) -> Result<Kibbles, RejectReason> {
        let own = match request.price.0 {
            0 => request.terms.stop_price,
            _ => Some(request.price),
        };
        let price = own.or_else(|| self.reference(request.market));
        self.check_order(cat, request.market, request.price, price, quantity)?;
        let Some(own) = own.filter(|_| request.side == Side::Buy) else {
            return Ok(Kibbles(0));
        };
        let behind = cover(own, quantity, self.rules.fees.highest());
        let behind = behind.ok_or(RejectReason::InvalidPrice)?;
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
        request: &Request<'_>,
        quantity: u32,
    ) -> Result<(), RejectReason> {
        let terms = request.terms;
        let all_or_nothing = terms.time_in_force == TimeInForce::Fok;
        if !(terms.post_only || all_or_nothing)
            || terms.stop_price.is_some()
            || self.floor(request.market).phase != Phase::Continuous
        {
            return Ok(());
        }
        if terms.post_only && self.would_take(request.market, request.side, request.price) {
            return Err(RejectReason::WouldTake);
        }
        let wanted = Wanted {
            cat,
            market: request.market,
            side: request.side,
            price: request.price,
            terms: *terms,
            taker_bps: self.rules.fees.taker_bps,
            quantity,
        };
        if all_or_nothing && !self.can_fill(&wanted) {
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
