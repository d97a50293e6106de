//! What each market does, but for its book and its stops, which are rebuilt from the orders.

use super::{
    reader::{DecodeStateError, Reader},
    rules::{kibbles, optional_moment},
    writer::Writer,
};
use crate::domain::{
    Exchange, Kibbles, Moment,
    session::{Auction, Phase},
    stops::Reached,
};
use DecodeStateError::Impossible;

type Decode<T> = Result<T, DecodeStateError>;

pub(super) fn write(w: &mut Writer, exchange: &Exchange) {
    let price = |w: &mut Writer, price: Kibbles| w.i64(price.0);
    for floor in exchange.floors.iter() {
        w.option(floor.last_price, price);
    }
    for floor in exchange.floors.iter() {
        w.byte(phase_code(floor.phase));
        w.option(floor.auction_ends, |w, at| w.i64(at.millis()));
        w.option(floor.uncross_price, price);
        w.option(floor.scheduled.map(phase_code), Writer::byte);
        w.option(floor.stops.reached, |w, reached| {
            w.i64(reached.lowest.0);
            w.i64(reached.highest.0);
        });
    }
}

pub(super) fn read(r: &mut Reader<'_>, exchange: &mut Exchange) -> Decode<()> {
    for floor in exchange.floors.iter_mut() {
        floor.last_price = r.option(kibbles)?;
    }
    for floor in exchange.floors.iter_mut() {
        if r.form < 2 {
            // Markets had no phases: all were open from the first rules on.
            if exchange.opened {
                floor.phase = Phase::Continuous;
            }
            continue;
        }
        floor.phase = phase(r)?;
        floor.auction_ends = optional_moment(r)?;
        floor.uncross_price = r.option(kibbles)?;
        floor.scheduled = r.option(phase)?;
        floor.stops.reached = r.option(|r| {
            Ok(Reached {
                lowest: kibbles(r)?,
                highest: kibbles(r)?,
            })
        })?;
    }
    let mut floors = exchange.floors.iter();
    exchange.stops_reached = floors.any(|floor| floor.stops.reached.is_some());
    Ok(())
}

const fn phase_code(phase: Phase) -> u8 {
    match phase {
        Phase::Closed => 0,
        Phase::Continuous => 1,
        Phase::Halted => 2,
        Phase::Auction(auction) => 10 + auction_code(auction),
        Phase::Uncrossing(auction) => 20 + auction_code(auction),
    }
}

const fn auction_code(auction: Auction) -> u8 {
    match auction {
        Auction::Opening => 0,
        Auction::Closing => 1,
        Auction::Volatility => 2,
    }
}

fn phase(r: &mut Reader<'_>) -> Decode<Phase> {
    let code = r.byte()?;
    let auction = || match code % 10 {
        0 => Ok(Auction::Opening),
        1 => Ok(Auction::Closing),
        2 => Ok(Auction::Volatility),
        _ => Err(Impossible("auction")),
    };
    match code {
        0 => Ok(Phase::Closed),
        1 => Ok(Phase::Continuous),
        2 => Ok(Phase::Halted),
        10..20 => auction().map(Phase::Auction),
        20..30 => auction().map(Phase::Uncrossing),
        _ => Err(Impossible("phase")),
    }
}

pub(super) fn moment(r: &mut Reader<'_>) -> Decode<Moment> {
    r.i64().map(Moment::from_millis)
}
