//! An upgrade under load: the program of before and the one of now side by side on one bus and one database, one service
//! after the other replaced while clients go on, and two of them replaced back. No request may fail, no event may be lost.
//!
//! Clients speak to a small balancer that does what every balancer does: it sends requests to whoever says that it is
//! ready. The previous program is what `scripts/previous-catweb.sh` builds.

mod balancer;
mod clients;
mod process;
mod rolling;
