//! Draws commands over the whole vocabulary: the same seed draws the same ones.

use crate::domain::{
    Amendment, CancelOrders, Command, Kibbles, Market, Moment, NewLot, NewOrder, RodentKind, Rules,
    Side, Terms, Transfer,
    caps::Caps,
    command::Request,
    fees::Fees,
    freshness::Freshness,
    guard::PriceGuard,
    listing_policy::{ListingPolicy, ListingPrice, OnRegrade},
    session::{Auction, Schedule},
    terms::{OrderKind, SelfTrade, TimeInForce},
};
use shared_events::id::{CatId, CommandId, LotId, OrderId};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// The cats of a flow; the last one is never welcomed.
const CATS: u64 = 5;

/// The state of the draw.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) now: Moment,
    random: u64,
    lots: u64,
    placed: Vec<NewOrder>,
}

impl Script {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            now: Moment::from_millis(1_000 * HOUR_MS),
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            lots: 0,
            placed: Vec::new(),
        }
    }

    /// A number below `below`.
    fn draw(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % below
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.draw(many) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let place = usize::try_from(self.draw(of.len() as u64)).unwrap();
        of[place]
    }

    fn cat(&mut self) -> CatId {
        cat(self.draw(CATS))
    }

    fn market(&mut self) -> Market {
        let place = if self.one_in(6) {
            self.draw(6)
        } else {
            self.draw(2)
        };
        Market::ALL[usize::try_from(place).unwrap()]
    }

    fn some_market(&mut self) -> Option<Market> {
        (!self.one_in(3)).then(|| self.market())
    }

    fn price(&mut self) -> Kibbles {
        Kibbles(i64::try_from(self.draw(14)).unwrap() + i64::from(!self.one_in(20)))
    }

    fn later(&mut self, up_to_ms: u64) -> Moment {
        let ahead = i64::try_from(self.draw(up_to_ms)).unwrap();
        self.now.plus_millis(ahead)
    }

    /// What opens a flow: rules, and most cats with kibbles and lots.
    pub(super) fn opening(&mut self) -> Vec<(Moment, Command)> {
        let mut opening = vec![Command::ApplyRules(self.rules())];
        opening.extend((0..CATS - 1).map(|number| Command::WelcomeCat { cat: cat(number) }));
        for _ in 0..self.draw(16) {
            opening.push(self.lot());
        }
        opening
            .into_iter()
            .map(|command| (self.now, command))
            .collect()
    }

    /// The next command and its moment.
    pub(super) fn next(&mut self) -> (Moment, Command) {
        let pause = self.draw(2_000);
        self.now = self.now.plus_millis(i64::try_from(pause).unwrap());
        let command = match self.draw(200) {
            0..90 => Command::PlaceOrder(self.order()),
            90..104 => self.cancel(),
            104..116 => Command::AmendOrder(self.amendment()),
            116..150 => self.lot(),
            150..166 => {
                let longest = self.pick(&[1_000, 5 * MINUTE_MS, 3 * HOUR_MS, 30 * HOUR_MS]);
                self.now = self.later(longest.unsigned_abs());
                Command::AdvanceTime
            }
            166..170 => Command::CancelOrders(self.selection()),
            170..186 => self.of_an_administrator(),
            186..190 => self.policy(),
            190..195 => Command::VoidCapture {
                lot: lot_id(self.draw(self.lots + 2)),
                reason: "it was a leaf".to_owned(),
            },
            195 => Command::EraseCat { cat: self.cat() },
            _ => Command::WelcomeCat { cat: self.cat() },
        };
        let command = if self.one_in(3) {
            self.ask_from_afar(command)
        } else {
            command
        };
        (self.now, command)
    }

    /// The same as a request, where a cat may ask for it so.
    fn ask_from_afar(&mut self, command: Command) -> Command {
        let what = match command {
            Command::AmendOrder(amendment) => Request::AmendOrder(amendment),
            Command::CancelOrder { cat, order } => Request::CancelOrder { cat, order },
            Command::CancelOrders(which) => Request::CancelOrders(which),
            other => return other,
        };
        let id = CommandId::new(format!("request-{}", self.draw(1_000_000))).unwrap();
        Command::Request { id, what }
    }

    fn rules(&mut self) -> Rules {
        let mut rules = Rules {
            freshness: Freshness::default(),
            listing_prices: [None; Market::COUNT],
            welcome_grant: Kibbles(300),
            fees: Fees {
                maker_bps: self.pick(&[0, 0, 100, 1_000]),
                taker_bps: self.pick(&[0, 0, 250, 1_000]),
            },
            caps: Caps {
                open_orders: self.one_in(4).then_some(6),
                order_worth: self.one_in(6).then_some(Kibbles(60)),
                held_kibbles: self.one_in(6).then_some(Kibbles(120)),
            },
            guard: PriceGuard {
                band_bps: self.one_in(5).then_some(6_000),
                jump_bps: self.one_in(3).then_some(3_000),
                auction_ms: 30_000,
            },
            schedule: self.one_in(5).then_some(Schedule {
                opening_ms: 8 * HOUR_MS,
                continuous_ms: 9 * HOUR_MS,
                closing_ms: 16 * HOUR_MS,
                closed_ms: 17 * HOUR_MS,
            }),
        };
        for place in 0..Market::COUNT {
            rules.listing_prices[place] = (!self.one_in(3)).then(|| self.price().max(Kibbles(1)));
        }
        rules
    }

    fn lot(&mut self) -> Command {
        let number = if self.one_in(20) {
            self.draw(self.lots + 1)
        } else {
            self.lots
        };
        self.lots = self.lots.max(number + 1);
        let age_ms = match self.draw(8) {
            0 => self.draw(80) * HOUR_MS.unsigned_abs(),
            _ => self.draw(5 * HOUR_MS.unsigned_abs()),
        };
        Command::ListLot(NewLot {
            lot: lot_id(number),
            hunter: self.cat(),
            kind: if self.one_in(6) {
                RodentKind::Rat
            } else {
                RodentKind::Mouse
            },
            species: Some("Peromyscus eremicus".to_owned()),
            mass_mg: Some(21_500),
            caught_at: self.now.plus_millis(-i64::try_from(age_ms).unwrap()),
            jurisdiction: "CA".to_owned(),
        })
    }

    fn order(&mut self) -> NewOrder {
        if self.one_in(25) && !self.placed.is_empty() {
            return self.earlier();
        }
        let number = self.placed.len();
        let terms = if self.one_in(3) {
            Terms::default()
        } else {
            self.terms()
        };
        let order = NewOrder {
            order: OrderId::new(format!("{}-{number}", self.pick(&["order", "quote"]))).unwrap(),
            cat: self.cat(),
            market: match self.draw(60) {
                0 => "mouse-rotten".to_owned(),
                _ => self.market().name().to_owned(),
            },
            side: self.pick(&[Side::Buy, Side::Sell]),
            quantity: match self.draw(40) {
                0 => 0,
                1 => 10_001,
                _ => 1 + self.draw(6),
            },
            price: if terms.kind == OrderKind::Market && !self.one_in(4) {
                Kibbles(0)
            } else {
                self.price()
            },
            client_order_id: self.one_in(4).then(|| match self.draw(60) {
                0 => "no spaces please".to_owned(),
                number => format!("mine-{number}"),
            }),
            terms,
        };
        self.placed.push(order.clone());
        order
    }

    fn earlier(&mut self) -> NewOrder {
        let place = usize::try_from(self.draw(self.placed.len() as u64)).unwrap();
        let mut order = self.placed[place].clone();
        if self.one_in(3) {
            order.price = self.price();
        }
        if self.one_in(3) {
            order.order = OrderId::new(format!("again-{}", self.draw(9))).unwrap();
        }
        order
    }

    fn terms(&mut self) -> Terms {
        let time_in_force = match self.draw(9) {
            0 | 1 => TimeInForce::Ioc,
            2 | 3 => TimeInForce::Fok,
            4 => TimeInForce::Day,
            5 => TimeInForce::Gtd {
                until: self.later(2 * HOUR_MS.unsigned_abs()),
            },
            _ => TimeInForce::Gtc,
        };
        Terms {
            kind: if self.one_in(4) {
                OrderKind::Market
            } else {
                OrderKind::Limit
            },
            time_in_force,
            post_only: self.one_in(7),
            display_quantity: self.one_in(4).then(|| u32::try_from(self.draw(5)).unwrap()),
            stop_price: self.one_in(4).then(|| self.price()),
            self_trade: self.pick(&[
                SelfTrade::CancelNewest,
                SelfTrade::CancelOldest,
                SelfTrade::CancelBoth,
                SelfTrade::Decrement,
            ]),
        }
    }

    /// The cat and the id of an order placed not long ago, or of a listing.
    fn recent(&mut self) -> (CatId, OrderId) {
        if self.one_in(6) || self.placed.is_empty() {
            let number = self.draw(self.placed.len() as u64 + self.lots + 1);
            return (
                self.cat(),
                OrderId::new(format!("listing-{number}")).unwrap(),
            );
        }
        let back = self.draw(self.placed.len().min(12) as u64);
        let place = self.placed.len() - 1 - usize::try_from(back).unwrap();
        let order = &self.placed[place];
        let (owner, id) = (order.cat.clone(), order.order.clone());
        (if self.one_in(12) { self.cat() } else { owner }, id)
    }

    fn cancel(&mut self) -> Command {
        let (cat, order) = self.recent();
        Command::CancelOrder { cat, order }
    }

    fn amendment(&mut self) -> Amendment {
        let (cat, order) = self.recent();
        Amendment {
            cat,
            order,
            quantity: (!self.one_in(3)).then(|| self.draw(9)),
            price: self.one_in(3).then(|| self.price()),
        }
    }

    fn selection(&mut self) -> CancelOrders {
        CancelOrders {
            cat: self.cat(),
            market: self.one_in(2).then(|| self.market()),
            side: self.one_in(2).then(|| self.pick(&[Side::Buy, Side::Sell])),
            lowest: self.one_in(3).then(|| self.price()),
            highest: self.one_in(3).then(|| self.price()),
            listings: self.one_in(2),
            quotes: self.one_in(4),
        }
    }

    fn of_an_administrator(&mut self) -> Command {
        let market = self.some_market();
        let amount = Kibbles(i64::try_from(self.draw(200)).unwrap());
        let transfer = Transfer {
            cat: self.cat(),
            amount,
            reason: "on paper".to_owned(),
        };
        match self.draw(26) {
            0..4 => Command::OpenMarket { market },
            4 => Command::CloseMarket { market },
            5..8 => Command::CallAuction {
                market,
                auction: self.pick(&[Auction::Opening, Auction::Closing, Auction::Volatility]),
                ends_at: (!self.one_in(3)).then(|| self.later(60_000)),
            },
            8 => Command::Halt { market },
            9..13 => Command::Resume {
                market,
                auction_until: self.one_in(3).then(|| self.later(60_000)),
            },
            13 => Command::StopTrading {
                cat: (!self.one_in(5)).then(|| self.cat()),
            },
            14..18 => Command::AllowTrading {
                cat: (!self.one_in(2)).then(|| self.cat()),
            },
            18 => Command::ApplyRules(self.rules()),
            19 => Command::SetCaps {
                cat: self.cat(),
                caps: Caps {
                    open_orders: self.one_in(2).then_some(4),
                    order_worth: self.one_in(3).then_some(Kibbles(40)),
                    held_kibbles: self.one_in(3).then_some(Kibbles(90)),
                },
            },
            20 => Command::Withdraw(transfer),
            _ => Command::Deposit(transfer),
        }
    }

    fn policy(&mut self) -> Command {
        let price = match self.draw(6) {
            0 => ListingPrice::House,
            1 => ListingPrice::Off,
            2 => ListingPrice::Fixed {
                price: self.price(),
            },
            3 => ListingPrice::Reference {
                bps: self.pick(&[5_000, 11_000]),
            },
            _ => ListingPrice::Decay {
                from: Kibbles(12),
                to: self.price(),
                over_ms: self.pick(&[30 * MINUTE_MS, 10 * HOUR_MS]),
            },
        };
        Command::SetListingPolicy {
            cat: self.cat(),
            market: self.some_market(),
            policy: ListingPolicy {
                price,
                floor: self.one_in(3).then(|| self.price()),
                on_regrade: self.pick(&[OnRegrade::Relist, OnRegrade::Keep]),
            },
        }
    }
}

pub(super) fn cats() -> impl Iterator<Item = CatId> {
    (0..CATS).map(cat)
}

fn cat(number: u64) -> CatId {
    CatId::new(format!("cat-{number}")).unwrap()
}

fn lot_id(number: u64) -> LotId {
    LotId::new(format!("lot-{number}")).unwrap()
}
