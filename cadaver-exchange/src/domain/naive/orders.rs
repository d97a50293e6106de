//! Orders come in, are changed and taken back.

use super::{NaiveExchange, NaiveOrder};
use crate::domain::{
    Amendment, CancelOrders, Kibbles, Market, NewOrder, OrderNumber, Phase, Side,
    caps::Caps,
    event::RejectReason as No,
    exchange::{AmendRefusal, Outcome},
    order::listing_id,
    rules::{MAX_EXPIRY_MS, MAX_OPEN_ORDERS, MAX_PRICE, MAX_QUANTITY},
    session::end_of_day,
    terms::{OrderKind, TimeInForce},
};
use shared_events::id::{CatId, OrderId};

impl NaiveOrder {
    fn is_quote(&self) -> bool {
        let id = self.id.as_ref().map(OrderId::as_str);
        id.is_some_and(|id| id.starts_with("quote-"))
    }

    pub(super) fn has_id(&self, id: &OrderId) -> bool {
        self.id
            .clone()
            .unwrap_or_else(|| listing_id(OrderNumber(self.number)))
            == *id
    }
}

impl NaiveExchange {
    pub(super) fn place(&mut self, new: &NewOrder) -> Outcome {
        if let Some(number) = self.repeated(new) {
            return Outcome::OrderRepeated(OrderNumber(number));
        }
        let order = match self.checked(new) {
            Ok(order) => order,
            Err(reason) => return Self::rejected(reason),
        };
        self.last_order += 1;
        let number = self.last_order;
        if let Some(name) = &new.client_order_id {
            self.client_ids
                .insert((new.cat.clone(), name.clone()), number);
        }
        let order = NaiveOrder { number, ..order };
        if order.terms.stop_price.is_some() {
            self.wait(order);
        } else {
            self.meet(order);
        }
        Outcome::OrderPlaced(OrderNumber(number))
    }

    fn repeated(&self, new: &NewOrder) -> Option<u64> {
        let all = || self.live().map(|(order, _)| order).chain(&self.closed);
        let by_client = || {
            let name = (new.cat.clone(), new.client_order_id.clone()?);
            let number = self.client_ids.get(&name)?;
            all().find(|order| order.number == *number)
        };
        let order = all()
            .find(|order| order.has_id(&new.order))
            .or_else(by_client)?;
        let same = order.cat == new.cat
            && order.market.name() == new.market
            && order.side == new.side
            && order.asked == (new.quantity, new.price.0)
            && order.terms == new.terms;
        same.then_some(order.number)
    }

    /// The order, if it may come in; its number is still to be given.
    fn checked(&self, new: &NewOrder) -> Result<NaiveOrder, No> {
        let market: Market = new.market.parse().map_err(|_| No::UnknownMarket)?;
        self.takes_orders(market)?;
        if new.quantity < 1 || new.quantity > u64::from(MAX_QUANTITY) {
            return Err(No::InvalidQuantity);
        }
        let quantity = u32::try_from(new.quantity).unwrap();
        check_terms(new)?;
        let terms = new.terms;
        let due_at = match terms.time_in_force {
            TimeInForce::Gtd { until } => {
                if until <= self.now || until > self.now.plus_millis(MAX_EXPIRY_MS) {
                    return Err(No::InvalidExpiry);
                }
                Some(until)
            }
            TimeInForce::Day => Some(end_of_day(self.rules().schedule.as_ref(), self.now)),
            _ => None,
        };
        let continuous = self.phase(market) == Phase::Continuous;
        if !continuous && !terms.may_rest() && terms.stop_price.is_none() {
            return Err(No::AuctionUnderWay);
        }
        let ids = self.live().map(|(order, _)| order).chain(&self.closed);
        let mut ids = ids.filter(|order| order.has_id(&new.order));
        if new.order.as_str().starts_with("listing-") || ids.next().is_some() {
            return Err(No::OrderIdTaken);
        }
        if new
            .client_order_id
            .as_deref()
            .is_some_and(|id| !shared_events::id::is_valid(id))
        {
            return Err(No::InvalidClientOrderId);
        }
        self.check_cat(new)?;
        let order = NaiveOrder {
            number: 0,
            id: Some(new.order.clone()),
            cat: new.cat.clone(),
            market,
            side: new.side,
            price: new.price.0,
            terms,
            fees: self.rules().fees,
            asked: (new.quantity, new.price.0),
            quantity,
            remaining: quantity,
            shown: 0,
            due_at,
            caught_at: None,
        };
        self.check_prices(&order)?;
        let hold = order.hold(terms.stop_price.is_some());
        self.check_exposure(&order.cat, hold)?;
        if continuous && terms.stop_price.is_none() {
            if terms.post_only && self.would_take(&order) {
                return Err(No::WouldTake);
            }
            if terms.time_in_force == TimeInForce::Fok && !self.can_fill(&order) {
                return Err(No::CannotFill);
            }
        }
        match order.side {
            Side::Buy if self.free_kibbles(&order.cat) < hold => Err(No::InsufficientKibbles),
            Side::Sell if self.free_lots(&order.cat, market) < i64::from(quantity) => {
                Err(No::InsufficientLots)
            }
            _ => Ok(order),
        }
    }

    fn takes_orders(&self, market: Market) -> Result<(), No> {
        if self.stopped {
            return Err(No::TradingStopped);
        }
        match self.phase(market) {
            Phase::Closed => Err(No::MarketNotOpen),
            Phase::Halted => Err(No::MarketHalted),
            Phase::Uncrossing(_) => Err(No::AuctionUnderWay),
            _ => Ok(()),
        }
    }

    fn check_cat(&self, new: &NewOrder) -> Result<(), No> {
        let stranger = match new.side {
            Side::Buy => No::InsufficientKibbles,
            Side::Sell => No::InsufficientLots,
        };
        let cat = self.cats.get(&new.cat).ok_or(stranger)?;
        if cat.erased {
            return Err(No::AccountClosed);
        }
        if cat.stopped {
            return Err(No::TradingStopped);
        }
        let name = new.client_order_id.clone().map(|id| (new.cat.clone(), id));
        if name.is_some_and(|name| self.client_ids.contains_key(&name)) {
            return Err(No::ClientOrderIdReused);
        }
        let open = self
            .live()
            .filter(|(order, _)| order.cat == new.cat && !order.is_listing());
        let allowed = self
            .caps(&new.cat)
            .open_orders
            .map_or(MAX_OPEN_ORDERS, |cap| cap as usize);
        if open.count() >= allowed.min(MAX_OPEN_ORDERS) {
            return Err(No::TooManyOpenOrders);
        }
        Ok(())
    }

    fn caps(&self, cat: &CatId) -> Caps {
        let (own, house) = (
            self.cats.get(cat).map(|cat| cat.caps).unwrap_or_default(),
            self.rules().caps,
        );
        Caps {
            open_orders: own.open_orders.or(house.open_orders),
            order_worth: own.order_worth.or(house.order_worth),
            held_kibbles: own.held_kibbles.or(house.held_kibbles),
        }
    }

    /// The price band, and the cap on one order's worth.
    fn check_prices(&self, order: &NaiveOrder) -> Result<(), No> {
        let reference = self.reference(order.market);
        let limit = Kibbles(order.price);
        if order.price > 0 && self.rules().guard.is_outside_band(limit, reference) {
            return Err(No::PriceOutsideBand);
        }
        let price = if order.price > 0 {
            order.price
        } else {
            order.terms.stop_price.or(reference).unwrap_or_default().0
        };
        let most = self.caps(&order.cat).order_worth;
        let worth = i128::from(price) * i128::from(order.quantity);
        if most.is_some_and(|most| worth > i128::from(most.0)) {
            return Err(No::OrderTooLarge);
        }
        Ok(())
    }

    fn check_exposure(&self, cat: &CatId, more: i64) -> Result<(), No> {
        let most = self.caps(cat).held_kibbles;
        if more > 0 && most.is_some_and(|most| self.held_kibbles(cat) + more > most.0) {
            return Err(No::ExposureTooLarge);
        }
        Ok(())
    }

    pub(super) fn amend(&mut self, amendment: &Amendment) -> Outcome {
        let own = |order: &NaiveOrder| order.cat == amendment.cat && order.has_id(&amendment.order);
        let Some((order, waits)) = self.live().find(|(order, _)| own(order)) else {
            return Outcome::AmendRefused(if self.closed.iter().any(own) {
                AmendRefusal::Closed
            } else {
                AmendRefusal::NotFound
            });
        };
        if order.is_listing() {
            return Outcome::AmendRefused(AmendRefusal::Listing);
        }
        let order = order.clone();
        let quantity = amendment.quantity.unwrap_or(u64::from(order.quantity));
        let price = amendment.price.unwrap_or(Kibbles(order.price)).0;
        if quantity < 1 || quantity > u64::from(MAX_QUANTITY) {
            return Self::amend_refused(No::InvalidQuantity);
        }
        let is_price = (1..=MAX_PRICE.0).contains(&price);
        if price != order.price && (order.pays_as_it_goes() || !is_price) {
            return Self::amend_refused(No::InvalidPrice);
        }
        let quantity = u32::try_from(quantity).unwrap();
        let traded = order.quantity - order.remaining;
        if quantity <= traded {
            return Self::amend_refused(No::InvalidQuantity);
        }
        if quantity == order.quantity && price == order.price {
            return Outcome::Unchanged;
        }
        let wanted = NaiveOrder {
            quantity,
            remaining: quantity - traded,
            price,
            ..order.clone()
        };
        if price == order.price && wanted.remaining < order.remaining {
            let list = if waits {
                &mut self.waiting
            } else {
                &mut self.book
            };
            let at = list.iter().position(own).unwrap();
            list[at].quantity = quantity;
            list[at].remaining = wanted.remaining;
            list[at].shown = list[at].shown.min(wanted.remaining);
            return Outcome::OrderAmended(OrderNumber(order.number));
        }
        if let Err(reason) = self.may_become(&order, &wanted, waits) {
            return Self::amend_refused(reason);
        }
        if waits {
            let at = self.waiting.iter().position(own).unwrap();
            self.waiting[at] = wanted;
        } else {
            self.book.retain(|order| !own(order));
            self.meet(NaiveOrder { shown: 0, ..wanted });
        }
        Outcome::OrderAmended(OrderNumber(order.number))
    }

    fn may_become(&self, order: &NaiveOrder, wanted: &NaiveOrder, waits: bool) -> Result<(), No> {
        self.takes_orders(order.market)?;
        if self.cats[&order.cat].stopped {
            return Err(No::TradingStopped);
        }
        self.check_prices(wanted)?;
        let continuous = self.phase(order.market) == Phase::Continuous;
        if continuous && !waits && wanted.terms.post_only && self.would_take(wanted) {
            return Err(No::WouldTake);
        }
        match order.side {
            Side::Buy => {
                let more = wanted.hold(waits) - order.hold(waits);
                self.check_exposure(&order.cat, more)?;
                if self.free_kibbles(&order.cat) < more {
                    return Err(No::InsufficientKibbles);
                }
            }
            Side::Sell => {
                let more = i64::from(wanted.remaining) - i64::from(order.remaining);
                if self.free_lots(&order.cat, order.market) < more {
                    return Err(No::InsufficientLots);
                }
            }
        }
        Ok(())
    }

    pub(super) fn cancel_many(&mut self, which: &CancelOrders) -> Outcome {
        let fits = |order: &NaiveOrder| {
            order.cat == which.cat
                && which.market.is_none_or(|market| order.market == market)
                && which.side.is_none_or(|side| order.side == side)
                && which.lowest.is_none_or(|lowest| order.price >= lowest.0)
                && which.highest.is_none_or(|highest| order.price <= highest.0)
                && (which.listings || !order.is_listing())
                && (!which.quotes || order.is_quote())
        };
        let chosen = self
            .live()
            .map(|(order, _)| order)
            .filter(|order| fits(order));
        let chosen: Vec<u64> = chosen.map(|order| order.number).collect();
        if chosen.is_empty() {
            return Outcome::Unchanged;
        }
        chosen.iter().for_each(|number| self.take_out(*number));
        Outcome::OrdersCancelled(u32::try_from(chosen.len()).unwrap())
    }
}

fn check_terms(new: &NewOrder) -> Result<(), No> {
    let (terms, price) = (new.terms, new.price.0);
    let is_price = |price: i64| (1..=MAX_PRICE.0).contains(&price);
    let is_market = terms.kind == OrderKind::Market;
    let is_stop = terms.stop_price.is_some();
    let rests = !is_market && !matches!(terms.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
    let pays_as_it_goes = is_market && price == 0;
    if !(is_price(price) || pays_as_it_goes) {
        return Err(No::InvalidPrice);
    }
    let stays = matches!(
        terms.time_in_force,
        TimeInForce::Gtd { .. } | TimeInForce::Day
    );
    if is_market && stays && !is_stop {
        return Err(No::InvalidTimeInForce);
    }
    if terms.stop_price.is_some_and(|stop| !is_price(stop.0)) {
        return Err(No::InvalidStopPrice);
    }
    if terms.post_only && (!rests || is_stop) {
        return Err(No::InvalidPostOnly);
    }
    let shows = |display: u32| rests && display >= 1 && u64::from(display) <= new.quantity;
    if terms
        .display_quantity
        .is_some_and(|display| !shows(display))
    {
        return Err(No::InvalidDisplayQuantity);
    }
    Ok(())
}
