//! The flow of orders that all engines get: the same for every run, and as a file for those that are not written in Rust.
//!
//! The recipe: one market around 10,000; 380 cats rest orders and 20 take. First `resting` limit orders of 1 to 5 lots within
//! 500 of the middle. Then of every 20 commands 9 rest a limit order of 1 to 5 lots within 50 of the middle, 9 cancel one
//! that was placed (a few have traded by then), and 2 take 1 to 8 lots at once (IOC, within 60 of the middle).

use std::io::{self, Write};

pub(crate) const MAKERS: u64 = 380;
pub(crate) const CATS: u64 = 400;
const MIDDLE: i64 = 10_000;

/// One command; orders are numbered from 0.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Rest(Order),
    Take(Order),
    Cancel { order: u32, cat: u32 },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) order: u32,
    pub(crate) cat: u32,
    pub(crate) buys: bool,
    pub(crate) price: i64,
    pub(crate) quantity: u32,
}

/// Orders that fill the book, and what is measured.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) filling: Vec<Step>,
    pub(crate) measured: Vec<Step>,
    pub(crate) orders: usize,
    /// How many orders the book holds when the measured ones come.
    pub(crate) resting: usize,
}

struct Draw {
    state: u64,
    orders: u32,
    placed: Vec<(u32, u32)>,
}

impl Draw {
    fn below(&mut self, below: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % below
    }

    fn small(&mut self, below: u64) -> u32 {
        u32::try_from(self.below(below)).expect("small")
    }

    fn order(&mut self, cat: u32, toward: i64, within: u64, most: u64) -> Order {
        let buys = self.below(2) == 0;
        let away = 1 + i64::from(self.small(within));
        let order = self.orders;
        self.orders += 1;
        Order {
            order,
            cat,
            buys,
            price: MIDDLE + if buys { -away } else { away } * toward,
            quantity: 1 + self.small(most),
        }
    }

    fn rest(&mut self, within: u64) -> Step {
        let cat = self.small(MAKERS);
        let order = self.order(cat, 1, within, 5);
        self.placed.push((order.order, cat));
        Step::Rest(order)
    }

    fn step(&mut self) -> Step {
        match self.below(20) {
            0..9 => self.rest(50),
            9..18 if !self.placed.is_empty() => {
                let place = self.small(self.placed.len() as u64) as usize;
                let (order, cat) = self.placed.swap_remove(place);
                Step::Cancel { order, cat }
            }
            _ => {
                let cat = self.small(CATS - MAKERS) + u32::try_from(MAKERS).expect("small");
                Step::Take(self.order(cat, -1, 60, 8))
            }
        }
    }
}

impl Flow {
    pub(crate) fn draw(resting: usize, commands: usize) -> Self {
        let mut draw = Draw {
            state: 0x2545_f491_4f6c_dd1d,
            orders: 0,
            placed: Vec::new(),
        };
        let filling = (0..resting).map(|_| draw.rest(500)).collect();
        let measured = (0..commands).map(|_| draw.step()).collect();
        Self {
            filling,
            measured,
            orders: draw.orders as usize,
            resting,
        }
    }

    /// Lines for other programs: the numbers of steps, then `R|T order cat B|S price quantity` or `C order cat`.
    pub(crate) fn write(&self, mut to: impl Write) -> io::Result<()> {
        writeln!(
            to,
            "{} {} {}",
            self.filling.len(),
            self.measured.len(),
            self.orders
        )?;
        for step in self.filling.iter().chain(&self.measured) {
            let (word, order) = match step {
                Step::Cancel { order, cat } => {
                    writeln!(to, "C {order} {cat}")?;
                    continue;
                }
                Step::Rest(order) => ("R", order),
                Step::Take(order) => ("T", order),
            };
            let Order {
                order,
                cat,
                buys,
                price,
                quantity,
            } = order;
            let side = if *buys { "B" } else { "S" };
            writeln!(to, "{word} {order} {cat} {side} {price} {quantity}")?;
        }
        Ok(())
    }
}
