//! Positions in bodies.

use super::problems::field;
use crate::domain::position::Position;
use serde::{Deserialize, Serialize};
use service_chassis::http::FieldProblem;
use utoipa::ToSchema;

/// A point in WGS 84, in degrees.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Position, example = json!({ "latitude": 46.8139, "longitude": -71.208 }))]
pub(crate) struct PositionBody {
    /// North of the equator, -90 to 90.
    latitude: f64,
    /// East of Greenwich, -180 to 180.
    longitude: f64,
}

impl PositionBody {
    /// Checks the angles of the body's part `pointer`.
    pub(super) fn checked(self, pointer: &str) -> Result<Position, FieldProblem> {
        Position::new(self.latitude, self.longitude).map_err(|error| field(pointer, error))
    }
}

impl From<Position> for PositionBody {
    fn from(position: Position) -> Self {
        Self {
            latitude: position.latitude(),
            longitude: position.longitude(),
        }
    }
}
