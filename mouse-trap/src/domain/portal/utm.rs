//! UTM metres to WGS 84 degrees.
//!
//! Krüger's series to the third order in the third flattening, as given in "Universal Transverse Mercator coordinate
//! system" (Wikipedia, after Kawase 2011, "A General Formula for Calculating Meridian Arc Length and its Application to
//! Coordinate Conversion in the Gauss-Krüger Projection"): good to a millimetre inside a zone.

use crate::domain::position::{Position, PositionError};

const EQUATORIAL_RADIUS_M: f64 = 6_378_137.0;
const FLATTENING: f64 = 1.0 / 298.257_223_563;
const POINT_SCALE: f64 = 0.9996;
const FALSE_EASTING_M: f64 = 500_000.0;

/// A point of the northern half of a UTM zone (1 to 60), in metres.
pub fn northern_utm_to_wgs84(
    zone: u8,
    east_m: f64,
    north_m: f64,
) -> Result<Position, PositionError> {
    let n = FLATTENING / (2.0 - FLATTENING);
    let rectifying_radius =
        EQUATORIAL_RADIUS_M / (1.0 + n) * (1.0 + n.powi(2) / 4.0 + n.powi(4) / 64.0);
    let beta = [
        n / 2.0 - 2.0 / 3.0 * n.powi(2) + 37.0 / 96.0 * n.powi(3),
        n.powi(2) / 48.0 + n.powi(3) / 15.0,
        17.0 / 480.0 * n.powi(3),
    ];
    let delta = [
        2.0 * n - 2.0 / 3.0 * n.powi(2) - 2.0 * n.powi(3),
        7.0 / 3.0 * n.powi(2) - 8.0 / 5.0 * n.powi(3),
        56.0 / 15.0 * n.powi(3),
    ];
    let xi = north_m / (POINT_SCALE * rectifying_radius);
    let eta = (east_m - FALSE_EASTING_M) / (POINT_SCALE * rectifying_radius);
    let (mut xi_prime, mut eta_prime) = (xi, eta);
    for (order, beta) in (1_u8..).zip(beta) {
        let k = 2.0 * f64::from(order);
        xi_prime -= beta * (k * xi).sin() * (k * eta).cosh();
        eta_prime -= beta * (k * xi).cos() * (k * eta).sinh();
    }
    let conformal_latitude = (xi_prime.sin() / eta_prime.cosh()).asin();
    let mut latitude = conformal_latitude;
    for (order, delta) in (1_u8..).zip(delta) {
        latitude += delta * (2.0 * f64::from(order) * conformal_latitude).sin();
    }
    let central_meridian_degrees = f64::from(zone) * 6.0 - 183.0;
    let longitude =
        (eta_prime.sinh() / xi_prime.cos()).atan().to_degrees() + central_meridian_degrees;
    Position::new(latitude.to_degrees(), longitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from PROJ 9 (EPSG:326zz to EPSG:4326).
    #[test]
    fn agrees_with_proj_to_a_tenth_of_a_microdegree() {
        for (zone, east, north, latitude, longitude) in KNOWN {
            let position =
                northern_utm_to_wgs84(zone, east, north).expect("a point inside the zone");
            assert!(
                (position.latitude() - latitude).abs() < 1e-7,
                "{position:?} {latitude}"
            );
            assert!(
                (position.longitude() - longitude).abs() < 1e-7,
                "{position:?} {longitude}"
            );
        }
    }

    const KNOWN: [(u8, f64, f64, f64, f64); 3] = [
        (12, 681253.87, 3535213.96, 31.938411647, -109.082502417),
        (12, 681200.786, 3535287.252, 31.939080985, -109.083050006),
        (18, 611748.0, 5041000.0, 45.513574093, -73.569312308),
    ];
}
