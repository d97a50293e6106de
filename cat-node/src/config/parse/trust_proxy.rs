//! `trustProxy`: whose `X-Forwarded-For` says where a request comes from.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, de::Error};

use crate::config::IpRange;

/// As Express knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustProxy {
    Everyone,
    /// That many machines in front of this one.
    Hops(usize),
    These(Vec<IpRange>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Truth(bool),
    Hops(usize),
    Text(String),
    List(Vec<String>),
}

impl<'de> Deserialize<'de> for TrustProxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ranges = |items: &mut dyn Iterator<Item = &str>| {
            let mut ranges = Vec::new();
            for item in items.map(str::trim).filter(|item| !item.is_empty()) {
                ranges.extend(ranges_of(item).map_err(D::Error::custom)?);
            }
            Ok(Self::These(ranges))
        };
        match Written::deserialize(deserializer)? {
            Written::Truth(true) => Ok(Self::Everyone),
            Written::Truth(false) => Ok(Self::These(Vec::new())),
            Written::Hops(hops) => Ok(Self::Hops(hops)),
            Written::Text(text) => ranges(&mut text.split(',')),
            Written::List(items) => ranges(&mut items.iter().map(String::as_str)),
        }
    }
}

fn ranges_of(item: &str) -> Result<Vec<IpRange>, String> {
    let named: &[&str] = match item {
        "loopback" => &["127.0.0.1/8", "::1/128"],
        "linklocal" => &["169.254.0.0/16", "fe80::/10"],
        "uniquelocal" => &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
        other => &[other],
    };
    let parse = |range: &&str| {
        range
            .parse()
            .map_err(|error| format!("trustProxy: {error}"))
    };
    named.iter().map(parse).collect()
}

impl TrustProxy {
    fn trusts(&self, address: IpAddr, hop: usize) -> bool {
        match self {
            Self::Everyone => true,
            Self::Hops(hops) => hop < *hops,
            Self::These(ranges) => ranges.iter().any(|range| range.contains(address)),
        }
    }

    /// Where a request comes from: the last address that is not of a trusted machine. `forwarded` is what
    /// `X-Forwarded-For` says.
    pub fn client(&self, peer: IpAddr, forwarded: Option<&str>) -> IpAddr {
        let mut client = peer;
        let said = forwarded.unwrap_or_default().rsplit(',');
        for (hop, address) in said.enumerate() {
            if !self.trusts(client, hop) {
                break;
            }
            match address.trim().parse() {
                Ok(address) => client = address,
                Err(_) => break,
            }
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn client(trust: serde_json::Value, forwarded: &str) -> String {
        let trust: TrustProxy = serde_json::from_value(trust).unwrap();
        trust
            .client("127.0.0.1".parse().unwrap(), Some(forwarded))
            .to_string()
    }

    #[test]
    fn nobody_is_believed_unless_told_so() {
        assert_eq!(client(json!([]), "1.1.1.1"), "127.0.0.1");
        assert_eq!(client(json!(false), "1.1.1.1"), "127.0.0.1");
        assert_eq!(client(json!(true), "1.1.1.1, 2.2.2.2"), "1.1.1.1");
        assert_eq!(client(json!(1), "1.1.1.1, 2.2.2.2"), "2.2.2.2");
        assert_eq!(client(json!("loopback"), "1.1.1.1, 2.2.2.2"), "2.2.2.2");
        assert_eq!(
            client(json!(["loopback", "2.2.2.0/24"]), "1.1.1.1, 2.2.2.2"),
            "1.1.1.1"
        );
        assert_eq!(client(json!(true), "nonsense"), "127.0.0.1");
    }
}
