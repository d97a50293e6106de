//! The rules of the house, and the bounds and policies of cats.

use super::{
    floors::moment,
    reader::{DecodeStateError, Reader},
    writer::Writer,
};
use crate::domain::{
    Kibbles, Market, Rules,
    caps::Caps,
    fees::Fees,
    freshness::Freshness,
    guard::PriceGuard,
    listing_policy::{ListingPolicy, ListingPrice, OnRegrade},
    session::Schedule,
};
use DecodeStateError::Impossible;

type Decode<T> = Result<T, DecodeStateError>;

pub(super) fn write(w: &mut Writer, rules: &Rules) {
    w.i64(rules.freshness.prime_until_ms);
    w.i64(rules.freshness.standard_until_ms);
    w.i64(rules.freshness.salvage_until_ms);
    for price in rules.listing_prices {
        w.option(price, |w, price| w.i64(price.0));
    }
    w.i64(rules.welcome_grant.0);
    write_fees(w, rules.fees);
    write_caps(w, rules.caps);
    w.option(rules.guard.band_bps, Writer::u32);
    w.option(rules.guard.jump_bps, Writer::u32);
    w.i64(rules.guard.auction_ms);
    w.option(rules.schedule, |w, schedule| {
        for time in [
            schedule.opening_ms,
            schedule.continuous_ms,
            schedule.closing_ms,
            schedule.closed_ms,
        ] {
            w.i64(time);
        }
    });
}

pub(super) fn read(r: &mut Reader<'_>) -> Decode<Rules> {
    let freshness = Freshness {
        prime_until_ms: r.i64()?,
        standard_until_ms: r.i64()?,
        salvage_until_ms: r.i64()?,
    };
    let mut listing_prices = [None; Market::COUNT];
    for price in &mut listing_prices {
        *price = r.option(kibbles)?;
    }
    let welcome_grant = kibbles(r)?;
    let first = Rules {
        freshness,
        listing_prices,
        welcome_grant,
        ..Rules::default()
    };
    if r.form < 2 {
        return Ok(first);
    }
    Ok(Rules {
        fees: read_fees(r)?,
        caps: read_caps(r)?,
        guard: PriceGuard {
            band_bps: r.option(Reader::u32)?,
            jump_bps: r.option(Reader::u32)?,
            auction_ms: r.i64()?,
        },
        schedule: r.option(|r| {
            Ok(Schedule {
                opening_ms: r.i64()?,
                continuous_ms: r.i64()?,
                closing_ms: r.i64()?,
                closed_ms: r.i64()?,
            })
        })?,
        ..first
    })
}

pub(super) fn write_fees(w: &mut Writer, fees: Fees) {
    w.u32(u32::from(fees.maker_bps));
    w.u32(u32::from(fees.taker_bps));
}

pub(super) fn read_fees(r: &mut Reader<'_>) -> Decode<Fees> {
    let mut bps = || u16::try_from(r.u32()?).map_err(|_| Impossible("fee"));
    let fees = Fees {
        maker_bps: bps()?,
        taker_bps: bps()?,
    };
    fees.checked().map_err(|_| Impossible("fee"))
}

pub(super) fn write_caps(w: &mut Writer, caps: Caps) {
    w.option(caps.open_orders, Writer::u32);
    w.option(caps.order_worth, |w, worth| w.i64(worth.0));
    w.option(caps.held_kibbles, |w, held| w.i64(held.0));
}

pub(super) fn read_caps(r: &mut Reader<'_>) -> Decode<Caps> {
    Ok(Caps {
        open_orders: r.option(Reader::u32)?,
        order_worth: r.option(kibbles)?,
        held_kibbles: r.option(kibbles)?,
    })
}

pub(super) fn write_policy(w: &mut Writer, policy: &ListingPolicy) {
    match policy.price {
        ListingPrice::House => w.byte(0),
        ListingPrice::Off => w.byte(1),
        ListingPrice::Fixed { price } => {
            w.byte(2);
            w.i64(price.0);
        }
        ListingPrice::Reference { bps } => {
            w.byte(3);
            w.u32(bps);
        }
        ListingPrice::Decay { from, to, over_ms } => {
            w.byte(4);
            w.i64(from.0);
            w.i64(to.0);
            w.i64(over_ms);
        }
    }
    w.option(policy.floor, |w, floor| w.i64(floor.0));
    w.flag(policy.on_regrade == OnRegrade::Relist);
}

pub(super) fn read_policy(r: &mut Reader<'_>) -> Decode<ListingPolicy> {
    let price = match r.byte()? {
        0 => ListingPrice::House,
        1 => ListingPrice::Off,
        2 => ListingPrice::Fixed { price: kibbles(r)? },
        3 => ListingPrice::Reference { bps: r.u32()? },
        4 => ListingPrice::Decay {
            from: kibbles(r)?,
            to: kibbles(r)?,
            over_ms: r.i64()?,
        },
        _ => return Err(Impossible("listing policy")),
    };
    let policy = ListingPolicy {
        price,
        floor: r.option(kibbles)?,
        on_regrade: if r.flag()? {
            OnRegrade::Relist
        } else {
            OnRegrade::Keep
        },
    };
    let valid = policy.is_valid().then_some(policy);
    valid.ok_or(Impossible("listing policy"))
}

pub(super) fn kibbles(r: &mut Reader<'_>) -> Decode<Kibbles> {
    r.i64().map(Kibbles)
}

/// A moment that may be none.
pub(super) fn optional_moment(r: &mut Reader<'_>) -> Decode<Option<crate::domain::Moment>> {
    r.option(moment)
}
