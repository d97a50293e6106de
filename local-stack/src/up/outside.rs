//! The services as any client sees them: over HTTP, with what the documentation promises and nothing else.

mod call;
mod exchange;
mod parse;
mod traps;

pub(crate) use call::CallError;
pub(crate) use exchange::{BalanceReport, Exchange, NewOrder};
pub(crate) use parse::{INVALID_SESSION, ParseApi, SignedIn, USERNAME_TAKEN};
pub(crate) use traps::{NewSite, Position, Traps};

use super::args::Service;
use super::keys::Keys;
use super::stack::Addresses;

/// The ways to all services.
#[derive(Debug, Clone)]
pub(crate) struct Outside {
    pub(crate) parse: ParseApi,
    pub(crate) exchange: Exchange,
    pub(crate) traps: Traps,
}

impl Outside {
    pub(super) fn new(http: &reqwest::Client, addresses: &Addresses, keys: &Keys) -> Self {
        Self::at(http, |service| addresses.url(service), keys)
    }

    /// The ways to services whose roots `url` names.
    pub(crate) fn at(http: &reqwest::Client, url: impl Fn(Service) -> String, keys: &Keys) -> Self {
        Self {
            parse: ParseApi::new(http.clone(), url(Service::CatNode), keys.clone()),
            exchange: Exchange::new(http.clone(), url(Service::CadaverExchange)),
            traps: Traps::new(http.clone(), url(Service::MouseTrap)),
        }
    }
}
