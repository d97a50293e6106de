//! Lists in settings: a list in a file, comma-separated text in the environment.

use serde::{Deserialize, Deserializer, de::Error};

use super::IpRange;

#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    Joined(String),
    Listed(Vec<String>),
}

pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Texts::deserialize(deserializer)? {
        Texts::Listed(list) => list,
        Texts::Joined(text) => text
            .split(',')
            .map(|item| item.trim().to_owned())
            .filter(|item| !item.is_empty())
            .collect(),
    })
}

pub(super) fn ip_ranges<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<IpRange>, D::Error> {
    let ranges = texts(deserializer)?;
    let ranges = ranges.iter().map(|text| {
        text.parse()
            .map_err(|error| format!("master_key_ips: {error}"))
    });
    ranges.collect::<Result<_, _>>().map_err(D::Error::custom)
}
