//! Where the plots and stakes of the Portal study stand.

use super::latin1;
use super::utm::northern_utm_to_wgs84;
use crate::domain::position::{Position, PositionError};
use std::collections::HashMap;
use thiserror::Error;

/// The study lies in Arizona's UTM zone.
const UTM_ZONE: u8 = 12;

/// Its weather station (`Portal_UTMCoords.csv`, point 2719), for what the table does not place.
const WEATHER_STATION_M: (f64, f64) = (681_253.87, 3_535_213.96);

/// The positions of `Portal_UTMCoords.csv`.
#[derive(Clone, Debug)]
pub struct StakeMap {
    stakes: HashMap<(u8, u16), Position>,
    plots: HashMap<u8, Position>,
    study: Position,
}

/// The bytes are not the published coordinates.
#[derive(Debug, Error)]
pub enum ReadStakesError {
    /// Not CSV, or a column is absent or not a number.
    #[error(
        "the coordinates are not readable as CSV with the columns plot, type, number, east, north"
    )]
    Csv(#[source] csv::Error),
    /// The metres lie outside the zone.
    #[error("the coordinates hold a point that is not on Earth")]
    OffTheMap(#[from] PositionError),
}

#[derive(serde::Deserialize)]
struct Columns {
    plot: String,
    r#type: String,
    number: String,
    east: f64,
    north: f64,
}

impl StakeMap {
    /// Reads `Portal_UTMCoords.csv`; lines that are neither a corner nor a stake of a plot are passed over.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadStakesError> {
        let text = latin1(bytes);
        let mut stakes = HashMap::new();
        let mut sums: HashMap<u8, (f64, f64, f64)> = HashMap::new();
        for row in csv::Reader::from_reader(text.as_bytes()).deserialize::<Columns>() {
            let row = row.map_err(ReadStakesError::Csv)?;
            let (Ok(plot), Ok(number)) = (row.plot.parse(), row.number.parse()) else {
                continue;
            };
            if row.r#type != "stake" {
                continue;
            }
            stakes
                .entry((plot, number))
                .or_insert(northern_utm_to_wgs84(UTM_ZONE, row.east, row.north)?);
            let sum = sums.entry(plot).or_default();
            *sum = (sum.0 + row.east, sum.1 + row.north, sum.2 + 1.0);
        }
        let plots = sums
            .into_iter()
            .map(|(plot, (east, north, count))| {
                Ok((
                    plot,
                    northern_utm_to_wgs84(UTM_ZONE, east / count, north / count)?,
                ))
            })
            .collect::<Result<_, PositionError>>()?;
        Ok(Self {
            stakes,
            plots,
            ..Self::unmapped()?
        })
    }

    /// A map without plots: everything stands at the weather station.
    pub fn unmapped() -> Result<Self, ReadStakesError> {
        let study = northern_utm_to_wgs84(UTM_ZONE, WEATHER_STATION_M.0, WEATHER_STATION_M.1)?;
        Ok(Self {
            stakes: HashMap::new(),
            plots: HashMap::new(),
            study,
        })
    }

    /// The middle of a plot, or the study's weather station when the plot is unknown.
    #[must_use]
    pub fn plot(&self, plot: Option<u8>) -> Position {
        plot.and_then(|plot| self.plots.get(&plot))
            .copied()
            .unwrap_or(self.study)
    }

    /// A stake of a plot, or the plot's middle when the stake is unknown or not on the plan.
    #[must_use]
    pub fn stake(&self, plot: Option<u8>, stake: Option<u16>) -> Position {
        let known = plot.zip(stake).and_then(|stake| self.stakes.get(&stake));
        known.copied().unwrap_or_else(|| self.plot(plot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COORDS: &[u8] = b"gps_num,plot,type,number,east,north,elev\n\
        1,1,corner,1,681000,3535000,1\n1,1,stake,11,681200,3535200,1\n1,1,stake,12,681202,3535200,1\n\
        2719,weatherstation,weatherstation,1,681253.87,3535213.96,1\n";

    #[test]
    fn falls_back_from_stake_to_plot_to_study() {
        let map = StakeMap::read(COORDS).expect("readable");
        let middle = map.plot(Some(1));
        assert_eq!(map.stake(Some(1), Some(99)), middle);
        assert_eq!(map.stake(Some(1), None), middle);
        assert_ne!(map.stake(Some(1), Some(11)), middle);
        assert_eq!(map.stake(None, Some(11)), map.plot(None));
        assert!((map.plot(Some(9)).latitude() - 31.938_411_6).abs() < 1e-6);
    }

    #[test]
    fn refuses_other_tables() {
        assert!(matches!(
            StakeMap::read(b"a,b\n1,2\n"),
            Err(ReadStakesError::Csv(_))
        ));
    }
}
