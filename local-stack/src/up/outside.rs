//! The services as any client sees them: over HTTP, with what the documentation promises and nothing else.

mod call;
mod exchange;
mod parse;
mod traps;

pub(super) use call::CallError;
pub(super) use exchange::{BalanceReport, Exchange, NewOrder};
pub(super) use parse::{INVALID_SESSION, ParseApi, SignedIn, USERNAME_TAKEN};
pub(super) use traps::{NewSite, Position, Traps};

use super::args::Service;
use super::keys::Keys;
use super::stack::Addresses;

/// The ways to all services.
#[derive(Debug, Clone)]
pub(super) struct Outside {
    pub(super) parse: ParseApi,
    pub(super) exchange: Exchange,
    pub(super) traps: Traps,
}

impl Outside {
    pub(super) fn new(http: &reqwest::Client, addresses: &Addresses, keys: &Keys) -> Self {
        let url = |service| addresses.url(service);
        Self {
            parse: ParseApi::new(http.clone(), url(Service::CatNode), keys.clone()),
            exchange: Exchange::new(http.clone(), url(Service::CadaverExchange)),
            traps: Traps::new(http.clone(), url(Service::MouseTrap)),
        }
    }
}
