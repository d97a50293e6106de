//! Addresses that may use a key: one address, or a range as `10.0.0.0/8`.

use std::net::IpAddr;
use std::str::FromStr;

/// A network, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpRange {
    network: IpAddr,
    prefix_bits: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address and no range like 10.0.0.0/8")]
pub struct InvalidIpRange(String);

impl FromStr for IpRange {
    type Err = InvalidIpRange;

    fn from_str(text: &str) -> Result<Self, InvalidIpRange> {
        let invalid = || InvalidIpRange(text.chars().take(60).collect());
        // parse-server writes "every IPv6 address" so.
        let text = if text == "::0" { "::/0" } else { text };
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().map_err(|_| invalid())?;
        let all_bits = if network.is_ipv4() { 32 } else { 128 };
        let prefix_bits = bits
            .map_or(Ok(all_bits), str::parse)
            .map_err(|_| invalid())?;
        if prefix_bits > all_bits {
            return Err(invalid());
        }
        Ok(Self {
            network,
            prefix_bits,
        })
    }
}

impl IpRange {
    /// Whether it holds every address of its kind.
    pub fn is_everything(self) -> bool {
        self.prefix_bits == 0 || self.network.is_unspecified()
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        let shared = match (self.network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros()
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros()
            }
            _ => return false,
        };
        shared >= self.prefix_bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_they_say() {
        let holds = |range: &str, address: &str| {
            range
                .parse::<IpRange>()
                .unwrap()
                .contains(address.parse().unwrap())
        };
        assert!(holds("127.0.0.1", "127.0.0.1") && !holds("127.0.0.1", "127.0.0.2"));
        assert!(holds("10.0.0.0/8", "10.9.8.7") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.0.0.1"));
        assert!(holds("0.0.0.0/0", "1.2.3.4") && !holds("0.0.0.0/0", "::2"));
        assert!(holds("::0", "fe80::1"));
        assert!(
            "localhost".parse::<IpRange>().is_err() && "10.0.0.0/33".parse::<IpRange>().is_err()
        );
    }
}
