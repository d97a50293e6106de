//! Shared events' words as Parse values.

use shared_events::events::{Kibbles, Position};
use shared_events::id::CatId;

use crate::domain::acl::{Acl, Permission};
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::value::{GeoPoint, ParseValue, Pointer};

/// The role that may read what protects the hunters.
pub(super) const ROYAL_COURT: &str = "royal-court";

/// Readable by that cat and the royal court.
pub(super) fn for_cat(cat: &CatId) -> Acl {
    Acl::closed()
        .with(cat.as_str(), Permission::READ)
        .with_role(ROYAL_COURT, Permission::READ)
}

/// Readable by the royal court alone.
pub(super) fn for_court() -> Acl {
    Acl::closed().with_role(ROYAL_COURT, Permission::READ)
}

pub(super) fn for_everyone() -> Acl {
    Acl::public(Permission::READ)
}

pub(super) fn pointer(class: ClassName, id: &str) -> ParseValue {
    ParseValue::Pointer(Pointer {
        class,
        id: ObjectId::new(id),
    })
}

pub(super) fn location(position: Position) -> ParseValue {
    ParseValue::GeoPoint(GeoPoint {
        latitude: position.latitude,
        longitude: position.longitude,
    })
}

/// Parse numbers are doubles: exact for whole numbers up to 2^53, far beyond any amount in one trade.
#[allow(clippy::cast_precision_loss)]
pub(super) fn kibbles(amount: Kibbles) -> ParseValue {
    ParseValue::Number(amount.0 as f64)
}

#[allow(clippy::cast_precision_loss)] // as above
pub(super) fn quantity(lots: u64) -> ParseValue {
    ParseValue::Number(lots as f64)
}
