//! The projected classes and the types of their fields: what apps can rely on before the first event has come.

use std::collections::BTreeMap;

use crate::domain::names::ClassName;
use crate::domain::schema::FieldType;
use crate::storage::{Storage, StorageError};

pub const TRAP: ClassName = ClassName::internal("Trap");
pub const CAPTURE: ClassName = ClassName::internal("Capture");
pub const LOT: ClassName = ClassName::internal("Lot");
pub const TRADE: ClassName = ClassName::internal("Trade");
pub const ORDER: ClassName = ClassName::internal("Order");
pub const MARKET: ClassName = ClassName::internal("Market");

const ALL: [ClassName; 6] = [TRAP, CAPTURE, LOT, TRADE, ORDER, MARKET];

/// Whether only events may write the class: a client that tries is refused (119), with the master key too.
pub fn is_projected(class: &ClassName) -> bool {
    ALL.contains(class)
}

/// Every projected class with its fields, to be recorded when the service starts.
pub fn schemas() -> [(ClassName, BTreeMap<String, FieldType>); 6] {
    [
        (TRAP, trap()),
        (CAPTURE, capture()),
        (LOT, lot()),
        (TRADE, trade()),
        (ORDER, order()),
        (MARKET, market()),
    ]
}

/// Records the projected classes, so that apps find their fields before the first event has come. Refused when a class
/// of one of these names has fields of other types.
pub async fn declare(storage: &dyn Storage) -> Result<(), StorageError> {
    for (class, fields) in schemas() {
        storage.extend_schema(&class, fields).await?;
    }
    Ok(())
}

fn trap() -> BTreeMap<String, FieldType> {
    fields([
        ("siteId", FieldType::String),
        ("jurisdiction", FieldType::String),
        ("hunter", FieldType::Pointer(ClassName::USER)),
        ("location", FieldType::GeoPoint),
        ("registeredAt", FieldType::Date),
        ("state", FieldType::String),
        ("stateChangedAt", FieldType::Date),
        ("online", FieldType::Boolean),
        ("onlineChangedAt", FieldType::Date),
        ("batteryPercent", FieldType::Number),
        ("batteryLowAt", FieldType::Date),
        ("tamperedAt", FieldType::Date),
        ("lastCommand", FieldType::Object),
    ])
}

fn capture() -> BTreeMap<String, FieldType> {
    fields([
        ("trap", FieldType::Pointer(TRAP)),
        ("siteId", FieldType::String),
        ("jurisdiction", FieldType::String),
        ("location", FieldType::GeoPoint),
        ("hunter", FieldType::Pointer(ClassName::USER)),
        ("kind", FieldType::String),
        ("species", FieldType::String),
        ("massGrams", FieldType::Number),
        ("sex", FieldType::String),
        ("caughtAt", FieldType::Date),
        ("recordedAt", FieldType::Date),
        ("confidence", FieldType::Number),
        ("voidedAt", FieldType::Date),
        ("voidReason", FieldType::String),
    ])
}

fn lot() -> BTreeMap<String, FieldType> {
    fields([
        ("capture", FieldType::Pointer(CAPTURE)),
        ("jurisdiction", FieldType::String),
        ("kind", FieldType::String),
        ("species", FieldType::String),
        ("massGrams", FieldType::Number),
        ("caughtAt", FieldType::Date),
        ("listedAt", FieldType::Date),
        ("grade", FieldType::String),
        ("market", FieldType::Pointer(MARKET)),
        ("state", FieldType::String),
        ("ask", FieldType::Number),
        ("lastTrade", FieldType::Pointer(TRADE)),
        ("soldPrice", FieldType::Number),
        ("soldAt", FieldType::Date),
        ("withdrawnAt", FieldType::Date),
        ("withdrawReason", FieldType::String),
    ])
}

fn trade() -> BTreeMap<String, FieldType> {
    fields([
        ("market", FieldType::Pointer(MARKET)),
        ("price", FieldType::Number),
        ("quantity", FieldType::Number),
        ("lots", FieldType::Array),
        ("taker", FieldType::String),
        ("executedAt", FieldType::Date),
    ])
}

fn order() -> BTreeMap<String, FieldType> {
    fields([
        ("cat", FieldType::Pointer(ClassName::USER)),
        ("market", FieldType::Pointer(MARKET)),
        ("side", FieldType::String),
        ("quantity", FieldType::Number),
        ("price", FieldType::Number),
        ("clientOrderId", FieldType::String),
        ("type", FieldType::String),
        ("timeInForce", FieldType::String),
        ("expiresAt", FieldType::Date),
        ("postOnly", FieldType::Boolean),
        ("displayQuantity", FieldType::Number),
        ("stopPrice", FieldType::Number),
        ("selfTrade", FieldType::String),
        ("placedAt", FieldType::Date),
        ("status", FieldType::String),
        ("remaining", FieldType::Number),
        ("lastTrade", FieldType::Pointer(TRADE)),
        ("closedAt", FieldType::Date),
        ("reasonCode", FieldType::String),
        ("reason", FieldType::String),
        ("lastRefusal", FieldType::Object),
    ])
}

fn market() -> BTreeMap<String, FieldType> {
    fields([
        ("kind", FieldType::String),
        ("grade", FieldType::String),
        ("state", FieldType::String),
        ("stateChangedAt", FieldType::Date),
        ("lastTrade", FieldType::Pointer(TRADE)),
        ("lastPrice", FieldType::Number),
        ("lastTradeAt", FieldType::Date),
    ])
}

fn fields<const N: usize>(columns: [(&str, FieldType); N]) -> BTreeMap<String, FieldType> {
    columns
        .map(|(name, field_type)| (name.to_owned(), field_type))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projected_classes_are_those_of_the_design() {
        let names = schemas().map(|(class, _)| class.as_str().to_owned());
        assert_eq!(
            names,
            ["Trap", "Capture", "Lot", "Trade", "Order", "Market"]
        );
        assert!(schemas().iter().all(|(class, _)| is_projected(class)));
        assert!(is_projected(&LOT));
        assert!(!is_projected(&ClassName::USER));
    }
}
