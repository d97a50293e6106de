//! Cats and their lots come and go.

use super::{NaiveExchange, NaiveLot, NaiveOrder, sessions::next_fall};
use crate::domain::{
    Grade, Market, Moment, NewLot, Side, exchange::Outcome, lots::LotState, rules::MAX_ISSUED,
    terms::Terms,
};
use shared_events::id::{CatId, LotId};

impl NaiveExchange {
    pub(super) fn welcome(&mut self, id: &CatId) -> Outcome {
        if self
            .cats
            .get(id)
            .is_some_and(|cat| cat.welcomed || cat.erased)
        {
            return Outcome::Unchanged;
        }
        let grant = self.rules().welcome_grant.0;
        let may = self.issued + grant <= MAX_ISSUED.0;
        let cat = self.know(id);
        cat.welcomed = true;
        if may {
            cat.kibbles += grant;
            self.issued += grant;
        }
        Outcome::Done
    }

    pub(super) fn erase(&mut self, id: &CatId) -> Outcome {
        if self.cats.get(id).is_some_and(|cat| cat.erased) {
            return Outcome::Unchanged;
        }
        self.know(id).erased = true;
        self.take_out_all(id);
        let purse = std::mem::take(&mut self.know(id).kibbles);
        self.issued -= purse;
        Outcome::Done
    }

    fn take_out_all(&mut self, id: &CatId) {
        let all = self
            .live()
            .map(|(order, _)| order)
            .filter(|order| order.cat == *id);
        let all: Vec<u64> = all.map(|order| order.number).collect();
        all.into_iter().for_each(|number| self.take_out(number));
    }

    pub(super) fn stop(&mut self, id: Option<&CatId>) -> Outcome {
        match id {
            None if self.stopped => return Outcome::Unchanged,
            None => {
                self.stopped = true;
                for id in self.known.clone() {
                    self.take_out_all(&id);
                }
            }
            Some(id) => {
                if self
                    .cats
                    .get(id)
                    .is_some_and(|cat| cat.stopped || cat.erased)
                {
                    return Outcome::Unchanged;
                }
                self.know(id).stopped = true;
                self.take_out_all(id);
            }
        }
        Outcome::Done
    }

    pub(super) fn allow(&mut self, id: Option<&CatId>) -> Outcome {
        let stopped = match id {
            None => &mut self.stopped,
            Some(id) => match self.cats.get_mut(id) {
                Some(cat) => &mut cat.stopped,
                None => return Outcome::Unchanged,
            },
        };
        if std::mem::take(stopped) {
            Outcome::Done
        } else {
            Outcome::Unchanged
        }
    }

    pub(super) fn list(&mut self, new: &NewLot) -> Outcome {
        if self.lots.iter().any(|lot| lot.id == new.lot) {
            return Outcome::Unchanged;
        }
        let voided = self.voided_ahead.remove(&new.lot);
        let erased = self.know(&new.hunter).erased;
        let arrival = self.rules().freshness.grade(new.caught_at, self.now);
        let state = match arrival {
            _ if voided || erased => LotState::Withdrawn,
            Grade::Spoiled => LotState::Spoiled,
            _ => LotState::Stocked,
        };
        self.lots.push(NaiveLot {
            id: new.lot.clone(),
            hunter: new.hunter.clone(),
            owner: new.hunter.clone(),
            kind: new.kind,
            grade: if arrival == Grade::Spoiled {
                Grade::Salvage
            } else {
                arrival
            },
            state,
            caught_at: new.caught_at.min(self.now),
            paid: None,
        });
        self.offer(self.lots.len() - 1);
        Outcome::Done
    }

    /// Lots out of nowhere, for trying something out.
    pub(super) fn give_lots(&mut self, cat: &CatId, market: Market, lots: u32) {
        for number in 0..lots {
            self.lots.push(NaiveLot {
                id: LotId::new(format!("tried-{number}")).unwrap(),
                hunter: cat.clone(),
                owner: cat.clone(),
                kind: market.kind(),
                grade: market.grade(),
                state: LotState::Stocked,
                caught_at: Moment::default(),
                paid: None,
            });
        }
    }

    /// Offers a lot by its owner's policy.
    fn offer(&mut self, place: usize) {
        let lot = self.lots[place].clone();
        let stopped = self.stopped || self.cats[&lot.owner].stopped;
        let Some(market) =
            Market::of(lot.kind, lot.grade).filter(|_| lot.state == LotState::Stocked && !stopped)
        else {
            return;
        };
        let Some(price) = self.policy_price(&lot.owner, market, lot.caught_at) else {
            return;
        };
        let policy = self.cats[&lot.owner]
            .policies
            .get(&market)
            .copied()
            .unwrap_or_default();
        self.last_order += 1;
        self.meet(NaiveOrder {
            number: self.last_order,
            id: None,
            cat: lot.owner.clone(),
            market,
            side: Side::Sell,
            price,
            terms: Terms::default(),
            fees: self.rules().fees,
            asked: (1, price),
            quantity: 1,
            remaining: 1,
            shown: 0,
            due_at: policy.decays().then(|| next_fall(lot.caught_at, self.now)),
            caught_at: policy.decays().then_some(lot.caught_at),
        });
    }

    /// A lot is about to leave its market: if all of its owner's lots there are offered, an ask gives way. Tells whether
    /// it was a listing.
    fn free_one(&mut self, owner: &CatId, market: Market) -> bool {
        if self.free_lots(owner, market) > 0 {
            return false;
        }
        let asks = || {
            self.live().map(|(order, _)| order).filter(|order| {
                order.cat == *owner && order.market == market && order.side == Side::Sell
            })
        };
        let listing = asks()
            .filter(|ask| ask.is_listing())
            .map(|ask| ask.number)
            .min();
        let youngest = asks()
            .filter(|ask| !ask.is_listing())
            .map(|ask| ask.number)
            .max();
        self.take_out(listing.or(youngest).unwrap());
        listing.is_some()
    }

    pub(super) fn void(&mut self, id: &LotId) -> Outcome {
        let Some(place) = self.lots.iter().position(|lot| lot.id == *id) else {
            let new = self.voided_ahead.insert(id.clone());
            return if new {
                Outcome::Done
            } else {
                Outcome::Unchanged
            };
        };
        let lot = self.lots[place].clone();
        match lot.state {
            LotState::Withdrawn => return Outcome::Unchanged,
            LotState::Stocked => {
                self.free_one(&lot.owner, Market::of(lot.kind, lot.grade).unwrap());
            }
            LotState::Spoiled => {}
        }
        self.lots[place].state = LotState::Withdrawn;
        if let Some((price, fee)) = lot.paid.filter(|_| !self.cats[&lot.owner].erased) {
            let from_hunter = price.min(self.free_kibbles(&lot.hunter));
            self.cats.get_mut(&lot.hunter).unwrap().kibbles -= from_hunter;
            self.cats.get_mut(&lot.owner).unwrap().kibbles += price + fee;
        }
        Outcome::Done
    }

    /// The lots of cats that have left leave too.
    pub(super) fn let_lots_leave(&mut self) -> bool {
        let mut any = false;
        for lot in &mut self.lots {
            if lot.state == LotState::Stocked && self.cats[&lot.owner].erased {
                lot.state = LotState::Withdrawn;
                any = true;
            }
        }
        any
    }

    /// Lots move to the next market, or spoil, in the order in which they were due.
    pub(super) fn age_lots(&mut self) -> bool {
        let freshness = self.rules().freshness;
        let mut due: Vec<(Moment, usize)> = (0..self.lots.len())
            .filter(|place| self.lots[*place].state == LotState::Stocked)
            .filter_map(|place| {
                let lot = &self.lots[place];
                let end = freshness.end_of(lot.grade, lot.caught_at)?;
                (end <= self.now).then_some((end, place))
            })
            .collect();
        due.sort_unstable();
        for (_, place) in &due {
            let lot = self.lots[*place].clone();
            let grade = freshness.grade(lot.caught_at, self.now);
            let was_listed = self.free_one(&lot.owner, Market::of(lot.kind, lot.grade).unwrap());
            match Market::of(lot.kind, grade) {
                None => self.lots[*place].state = LotState::Spoiled,
                Some(to) => {
                    self.lots[*place].grade = grade;
                    let policy = self.cats[&lot.owner]
                        .policies
                        .get(&to)
                        .copied()
                        .unwrap_or_default();
                    if was_listed && policy.relists() {
                        self.offer(*place);
                    }
                }
            }
        }
        !due.is_empty()
    }
}
