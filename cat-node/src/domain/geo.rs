//! Distances and shapes on the globe, as the geo operators mean them.

use super::value::GeoPoint;

/// Kilometres in a radian of the globe, as Parse counts them.
pub const EARTH_RADIUS_KILOMETERS: f64 = 6371.0;
/// Miles in a radian of the globe, as Parse counts them.
pub const EARTH_RADIUS_MILES: f64 = 3959.0;

impl GeoPoint {
    /// The great-circle distance (haversine).
    pub fn radians_to(&self, other: &Self) -> f64 {
        let (lat_a, lat_b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_lat = (lat_b - lat_a) / 2.0;
        let half_lon = (other.longitude - self.longitude).to_radians() / 2.0;
        let a = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
        2.0 * a.sqrt().min(1.0).asin()
    }

    pub fn is_valid(&self) -> bool {
        (-90.0..=90.0).contains(&self.latitude) && (-180.0..=180.0).contains(&self.longitude)
    }
}

pub fn in_box(point: &GeoPoint, south_west: &GeoPoint, north_east: &GeoPoint) -> bool {
    (south_west.latitude..=north_east.latitude).contains(&point.latitude)
        && (south_west.longitude..=north_east.longitude).contains(&point.longitude)
}

/// Whether the ring holds the point; its edges count as inside.
pub fn in_polygon(point: &GeoPoint, ring: &[GeoPoint]) -> bool {
    let mut inside = false;
    for edge in ring.windows(2) {
        let (a, b) = (&edge[0], &edge[1]);
        if on_segment(point, a, b) {
            return true;
        }
        if (a.latitude > point.latitude) != (b.latitude > point.latitude) {
            let share = (point.latitude - a.latitude) / (b.latitude - a.latitude);
            if point.longitude < a.longitude + share * (b.longitude - a.longitude) {
                inside = !inside;
            }
        }
    }
    inside
}

fn on_segment(point: &GeoPoint, a: &GeoPoint, b: &GeoPoint) -> bool {
    let cross = (b.longitude - a.longitude) * (point.latitude - a.latitude)
        - (b.latitude - a.latitude) * (point.longitude - a.longitude);
    cross.abs() < 1e-12
        && (a.latitude.min(b.latitude)..=a.latitude.max(b.latitude)).contains(&point.latitude)
        && (a.longitude.min(b.longitude)..=a.longitude.max(b.longitude)).contains(&point.longitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> GeoPoint {
        GeoPoint {
            latitude,
            longitude,
        }
    }

    #[test]
    fn montreal_to_toronto_is_about_504_km() {
        let km = at(45.5017, -73.5673).radians_to(&at(43.6532, -79.3832)) * EARTH_RADIUS_KILOMETERS;
        assert!((500.0..508.0).contains(&km), "{km}");
    }

    #[test]
    fn a_ring_holds_its_inside_and_its_edges() {
        let ring = [
            at(0.0, 0.0),
            at(0.0, 2.0),
            at(2.0, 2.0),
            at(2.0, 0.0),
            at(0.0, 0.0),
        ];
        assert!(in_polygon(&at(1.0, 1.0), &ring));
        assert!(in_polygon(&at(0.0, 1.0), &ring));
        assert!(!in_polygon(&at(3.0, 1.0), &ring));
    }
}
