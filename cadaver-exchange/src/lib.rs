//! cadaver-exchange: the market in rat and mouse cadavers.

pub mod domain;
