//! Which port each part listens on: looked at before anything starts, so that a busy one is said at once.

use super::args::{Service, UpArgs};
use rand::random_range;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::RangeInclusive;

/// Free ports are taken from here: below those that systems give to outgoing connections, so that a part finds its port
/// free again when it is restarted.
const FREE_PORTS: RangeInclusive<u16> = 20_000..=29_999;
/// So many are tried.
const MAX_TRIES: usize = 200;

/// A port cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChoosePortError {
    #[error(
        "port {port}, which {user} needs, is not free ({source}): stop what uses it, or choose another port with {option} (0 takes a free one)"
    )]
    Busy {
        port: u16,
        user: &'static str,
        option: String,
        source: io::Error,
    },
    #[error("no free port was found for {0}; name one with its option (catweb up --help)")]
    NoneFree(&'static str),
}

/// A port that is ours; held until the part that it is for starts.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) number: u16,
    _held: TcpListener,
}

/// The ports of all parts that are to run.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) broker: Port,
    pub(super) services: Vec<(Service, Port)>,
}

impl Ports {
    /// Takes the ports that the arguments name, or free ones.
    pub(super) fn choose(args: &UpArgs) -> Result<Self, ChoosePortError> {
        let services = Service::ALL
            .into_iter()
            .filter(|service| args.runs(*service))
            .map(|service| {
                let number = match service {
                    Service::CatNode => args.cat_node_port,
                    Service::CadaverExchange => args.cadaver_exchange_port,
                    Service::MouseTrap => args.mouse_trap_port,
                };
                Ok((service, port(service.name(), number)?))
            });
        Ok(Self {
            broker: port("broker", args.broker_port)?,
            services: services.collect::<Result<_, _>>()?,
        })
    }
}

fn port(user: &'static str, number: u16) -> Result<Port, ChoosePortError> {
    if number == 0 {
        return free_port().ok_or(ChoosePortError::NoneFree(user));
    }
    listen(number).map_err(|source| ChoosePortError::Busy {
        port: number,
        user,
        option: format!("--{user}-port"),
        source,
    })
}

/// So many ports that are free now, and are not given to outgoing connections.
pub(crate) fn free_ports<const COUNT: usize>() -> Option<[u16; COUNT]> {
    let held: Vec<Port> = std::iter::from_fn(free_port).take(COUNT).collect();
    let numbers: Vec<u16> = held.iter().map(|port| port.number).collect();
    numbers.try_into().ok()
}

fn free_port() -> Option<Port> {
    (0..MAX_TRIES).find_map(|_| listen(random_range(FREE_PORTS)).ok())
}

fn listen(number: u16) -> io::Result<Port> {
    let held = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, number)))?;
    Ok(Port {
        number,
        _held: held,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_names_its_option() {
        let taken = free_port().expect("a free port");
        let error = port("mouse-trap", taken.number)
            .expect_err("busy")
            .to_string();
        assert!(error.contains("--mouse-trap-port"), "{error}");
        assert!(error.contains(&taken.number.to_string()), "{error}");
    }
}
