//! Who plays, where, and what there is to catch.

use crate::up::outside::{NewSite, Position};

/// The cats.
pub(super) const CATS: [&str; 24] = [
    "biscuit",
    "clover",
    "duchess",
    "ember",
    "figaro",
    "ginger",
    "hazel",
    "indigo",
    "juniper",
    "kiwi",
    "luna",
    "marmalade",
    "nimbus",
    "olive",
    "pepper",
    "quill",
    "rascal",
    "socks",
    "thistle",
    "umber",
    "velvet",
    "whiskers",
    "xena",
    "yarrow",
];

/// The cat that keeps the sites.
pub(super) const STEWARD: &str = "bastet";
/// Its role.
pub(super) const COURT: &str = "royal-court";

/// From this one on, cats are hungrier than they are quick, and buy what others caught.
pub(super) const FIRST_BUYER: usize = 18;

/// Where traps stand; cats take turns.
pub(super) const SITES: [NewSite; 4] = [
    site("demo-barn", "The old barn", 46.8139, -71.2080),
    site("demo-granary", "The granary", 45.5019, -73.5674),
    site("demo-docks", "The fish docks", 44.6488, -63.5752),
    site("demo-kitchen", "The palace kitchen", 45.4215, -75.6972),
];

const fn site(id: &'static str, name: &'static str, latitude: f64, longitude: f64) -> NewSite {
    NewSite {
        id,
        name,
        jurisdiction: "CA",
        position: Position {
            latitude,
            longitude,
        },
    }
}

/// An animal, and its weight in grams at least and at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quarry {
    /// `mouse`, `rat`, or what is no business of the exchange.
    pub(super) animal: &'static str,
    pub(super) species: &'static str,
    pub(super) grams: (f64, f64),
    /// Of a hundred catches, so many.
    pub(super) percent: u32,
}

/// What there is to catch.
pub(super) const QUARRY: [Quarry; 6] = [
    quarry("mouse", "Mus musculus", (12.0, 30.0), 34),
    quarry("mouse", "Peromyscus maniculatus", (10.0, 24.0), 18),
    quarry("mouse", "Zapus hudsonius", (12.0, 28.0), 6),
    quarry("rat", "Rattus norvegicus", (140.0, 500.0), 28),
    quarry("rat", "Neotoma cinerea", (170.0, 580.0), 10),
    quarry("red squirrel", "Tamiasciurus hudsonicus", (200.0, 250.0), 4),
];

const fn quarry(
    animal: &'static str,
    species: &'static str,
    grams: (f64, f64),
    percent: u32,
) -> Quarry {
    Quarry {
        animal,
        species,
        grams,
        percent,
    }
}

/// What a throw of 0 to 99 gives.
pub(super) fn caught_by(throw: u32) -> Quarry {
    let mut below = 0;
    let found = QUARRY.into_iter().find(|quarry| {
        below += quarry.percent;
        throw < below
    });
    found.unwrap_or(QUARRY[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_cast_is_complete() {
        assert_eq!(CATS.iter().collect::<HashSet<_>>().len(), 24);
        assert!(!CATS.contains(&STEWARD) && FIRST_BUYER < CATS.len());
    }

    #[test]
    fn every_throw_catches_something_and_all_quarry_is_caught() {
        assert_eq!(QUARRY.iter().map(|quarry| quarry.percent).sum::<u32>(), 100);
        let caught: HashSet<_> = (0..100).map(|throw| caught_by(throw).species).collect();
        assert_eq!(caught.len(), QUARRY.len());
    }
}
