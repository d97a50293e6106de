//! A cat's limit order: checked, covered by a hold, matched, and what is left rests in the book.

use super::{Event, Exchange, Outcome, Output, RejectReason};
use crate::domain::{
    CatIx, Kibbles, Market, NewOrder, OrderNumber, Side,
    ledger::{Account, Asset, ChangeReason},
    order::{LISTING_PREFIX, Order, OrderState, Origin},
    rules::{MAX_OPEN_ORDERS, MAX_PRICE, MAX_QUANTITY, worth},
};

/// An order that passed every check and is covered.
struct Admitted {
    cat: CatIx,
    market: Market,
    quantity: u32,
}

impl Exchange {
    pub(super) fn place_order(&mut self, new: &NewOrder, out: &mut Output) -> Outcome {
        if let Some(number) = self.same_order_before(new) {
            return Outcome::OrderRepeated(number);
        }
        match self.admit(new) {
            Ok(admitted) => self.accept(new, &admitted, out),
            Err(reason) => {
                out.events.push(Event::OrderRejected(reason));
                Outcome::OrderRejected(reason)
            }
        }
    }

    fn accept(&mut self, new: &NewOrder, admitted: &Admitted, out: &mut Output) -> Outcome {
        self.last_order += 1;
        let number = OrderNumber(self.last_order);
        out.events.push(Event::OrderAccepted(number));
        if let Some(client_order_id) = &new.client_order_id {
            let ids = &mut self.cats.get_mut(admitted.cat).client_order_ids;
            ids.insert(client_order_id.as_str().into(), number);
        }
        let order = Order {
            number,
            id: Some(new.order.clone()),
            cat: admitted.cat,
            market: admitted.market,
            side: new.side,
            origin: Origin::Cat,
            price: new.price,
            quantity: admitted.quantity,
            remaining: admitted.quantity,
            state: OrderState::Open,
            placed_at: self.now,
            closed_at: None,
            client_order_id: new.client_order_id.as_deref().map(Into::into),
        };
        self.enter(order, out);
        Outcome::OrderPlaced(number)
    }

    /// The order that this one repeats: the same cat asked the same under the same name.
    fn same_order_before(&self, new: &NewOrder) -> Option<OrderNumber> {
        let cat = self.cats.find(&new.cat)?;
        let by_client = || {
            let id = new.client_order_id.as_deref()?;
            let number = self.cats.get(cat).client_order_ids.get(id)?;
            self.orders.find(*number)
        };
        let order = self
            .orders
            .get(self.orders.find_by_id(&new.order).or_else(by_client)?);
        let same = order.cat == cat
            && order.market.name() == new.market
            && order.side == new.side
            && u64::from(order.quantity) == new.quantity
            && order.price == new.price;
        same.then_some(order.number)
    }

    fn admit(&mut self, new: &NewOrder) -> Result<Admitted, RejectReason> {
        let market: Market = new
            .market
            .parse()
            .map_err(|_| RejectReason::UnknownMarket)?;
        if !self.opened {
            return Err(RejectReason::MarketNotOpen);
        }
        let quantity = u32::try_from(new.quantity)
            .ok()
            .filter(|q| (1..=MAX_QUANTITY).contains(q));
        let quantity = quantity.ok_or(RejectReason::InvalidQuantity)?;
        if !(Kibbles(1)..=MAX_PRICE).contains(&new.price) {
            return Err(RejectReason::InvalidPrice);
        }
        let cost = worth(new.price, quantity).ok_or(RejectReason::InvalidPrice)?;
        self.check_names(new)?;
        let cat = self.check_cat(new)?;
        self.hold(cat, new.side, market, quantity, cost)?;
        Ok(Admitted {
            cat,
            market,
            quantity,
        })
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
        if new
            .client_order_id
            .as_deref()
            .is_some_and(|id| cat.client_order_ids.contains_key(id))
        {
            return Err(RejectReason::ClientOrderIdReused);
        }
        if cat.own_open_orders >= MAX_OPEN_ORDERS {
            return Err(RejectReason::TooManyOpenOrders);
        }
        Ok(ix)
    }

    fn hold(
        &mut self,
        cat: CatIx,
        side: Side,
        market: Market,
        lots: u32,
        cost: Kibbles,
    ) -> Result<(), RejectReason> {
        let (free, held) = (Account::Available(cat), Account::Held(cat));
        match side {
            Side::Buy => {
                let paid = self.ledger.pay(free, held, cost, ChangeReason::Hold);
                paid.map_err(|_| RejectReason::InsufficientKibbles)
            }
            Side::Sell => {
                let posted = self
                    .ledger
                    .post(Asset::Lots(market), free, held, i64::from(lots));
                posted.map_err(|_| RejectReason::InsufficientLots)
            }
        }
    }
}
