//! Where something stands on the Earth: WGS 84 degrees that cannot be off the map.

use thiserror::Error;

/// A point in WGS 84: latitude in -90..=90 degrees, longitude in -180..=180 degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    latitude: f64,
    longitude: f64,
}

/// Why a pair of numbers is not a position.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum PositionError {
    /// Not a finite number of degrees between the poles.
    #[error("latitude {0} is not within -90 to 90 degrees")]
    Latitude(f64),
    /// Not a finite number of degrees around the globe.
    #[error("longitude {0} is not within -180 to 180 degrees")]
    Longitude(f64),
}

impl Position {
    /// Checks both angles, in degrees.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, PositionError> {
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(PositionError::Latitude(latitude));
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(PositionError::Longitude(longitude));
        }
        Ok(Self {
            latitude,
            longitude,
        })
    }

    /// Degrees north of the equator.
    #[must_use]
    pub const fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east of Greenwich.
    #[must_use]
    pub const fn longitude(self) -> f64 {
        self.longitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_off_the_map() {
        assert!(Position::new(45.5, -73.6).is_ok());
        assert_eq!(Position::new(90.1, 0.0), Err(PositionError::Latitude(90.1)));
        assert_eq!(
            Position::new(0.0, 181.0),
            Err(PositionError::Longitude(181.0))
        );
        assert!(Position::new(f64::NAN, 0.0).is_err());
        assert!(Position::new(0.0, f64::INFINITY).is_err());
    }
}
