//! Every event and command that crosses a service's border, version 1.
//!
//! The JSON of a published version is only ever added to: a field may appear, none may change or go.
//! Readers ignore fields that they do not know. Each type's recorded JSON is in `fixtures/` and must
//! decode for ever.

pub mod cadaver_exchange;
pub mod cat_node;
pub mod commands;
pub mod mouse_trap;
mod vocabulary;

pub use vocabulary::{Grade, Kibbles, MarketState, Position, RodentKind, Sex, Side, TrapState};

use crate::{Envelope, Topic};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A JSON schema and its name.
pub type NamedSchema = (String, RefOr<Schema>);

/// The data of one type of event.
pub trait EventData: Serialize + DeserializeOwned {
    /// The full type name, `net.miaou.<producer>.<event>.v<N>`.
    const TYPE: &'static str;
    /// The topic that it travels on.
    const TOPIC: Topic;

    /// The thing that it is about; events about one thing arrive in order.
    fn aggregate_id(&self) -> &str;

    /// Where its data may live, when it is bound to a place.
    fn jurisdiction(&self) -> Option<&str> {
        None
    }
}

/// An event that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeEventError {
    /// No event of this name is known here.
    #[error("{0:?} is not a type of event that Catweb knows")]
    UnknownType(String),
    /// The JSON does not fit the type.
    #[error("the data of a {event_type} does not fit its type")]
    InvalidData {
        /// The type that was named.
        event_type: &'static str,
        /// What did not fit.
        #[source]
        source: serde_json::Error,
    },
}

macro_rules! catalogue {
    ($($module:ident :: $name:ident => $topic:ident, $type_name:literal, $aggregate:expr $(, jurisdiction $jurisdiction:expr)?;)+) => {
        $(impl EventData for $module::$name {
            const TYPE: &'static str = $type_name;
            const TOPIC: Topic = Topic::$topic;

            fn aggregate_id(&self) -> &str {
                let aggregate: fn(&Self) -> &str = $aggregate;
                aggregate(self)
            }

            $(fn jurisdiction(&self) -> Option<&str> {
                let jurisdiction: fn(&Self) -> Option<&str> = $jurisdiction;
                jurisdiction(self)
            })?
        })+

        /// Any event or command, decoded.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event {
            $(#[doc = concat!("`", $type_name, "`")] $name($module::$name),)+
        }

        /// Every type name that is known, with its topic.
        pub const CATALOGUE: &[(&str, Topic)] = &[$(($type_name, Topic::$topic),)+];

        /// The short name of each type, in the order of [`CATALOGUE`].
        pub const SHORT_NAMES: &[&str] = &[$(stringify!($name),)+];

        /// The JSON schema of every event and command, by its type's short name (`RodentCaught`).
        #[must_use]
        pub fn schemas() -> Vec<NamedSchema> {
            let mut schemas = Vec::new();
            $(
                schemas.push((<$module::$name as ToSchema>::name().into_owned(), <$module::$name as PartialSchema>::schema()));
                <$module::$name as ToSchema>::schemas(&mut schemas);
            )+
            schemas.sort_by(|a, b| a.0.cmp(&b.0));
            schemas.dedup_by(|a, b| a.0 == b.0);
            schemas
        }

        impl Event {
            /// Reads the event in an envelope.
            ///
            /// # Errors
            /// The type is unknown, or the JSON does not fit it.
            pub fn decode(envelope: &Envelope) -> Result<Self, DecodeEventError> {
                match envelope.event_type.as_str() {
                    $($type_name => serde_json::from_slice(&envelope.data)
                        .map(Self::$name)
                        .map_err(|source| DecodeEventError::InvalidData { event_type: $type_name, source }),)+
                    other => Err(DecodeEventError::UnknownType(other.chars().take(200).collect())),
                }
            }

            /// The JSON of the event, as it would be published.
            ///
            /// # Errors
            /// Those of the serializer; plain data has none.
            pub fn to_json(&self) -> serde_json::Result<serde_json::Value> {
                match self { $(Self::$name(event) => serde_json::to_value(event),)+ }
            }
        }
    };
}

catalogue! {
    mouse_trap::TrapRegistered => MouseTrap, "net.miaou.mouse-trap.trap-registered.v1", |e| e.trap.as_str(), jurisdiction |e| Some(&e.jurisdiction);
    mouse_trap::TrapStateChanged => MouseTrap, "net.miaou.mouse-trap.trap-state-changed.v1", |e| e.trap.as_str(), jurisdiction |e| Some(&e.jurisdiction);
    mouse_trap::RodentCaught => MouseTrap, "net.miaou.mouse-trap.rodent-caught.v1", |e| e.trap.as_str(), jurisdiction |e| Some(&e.jurisdiction);
    mouse_trap::CaptureVoided => MouseTrap, "net.miaou.mouse-trap.capture-voided.v1", |e| e.trap.as_str(), jurisdiction |e| Some(&e.jurisdiction);
    mouse_trap::CommandSettled => MouseTrap, "net.miaou.mouse-trap.command-settled.v1", |e| e.trap.as_str(), jurisdiction |e| Some(&e.jurisdiction);
    cadaver_exchange::LotListed => CadaverExchange, "net.miaou.cadaver-exchange.lot-listed.v1", |e| e.lot.as_str(), jurisdiction |e| Some(&e.jurisdiction);
    cadaver_exchange::LotRegraded => CadaverExchange, "net.miaou.cadaver-exchange.lot-regraded.v1", |e| e.lot.as_str();
    cadaver_exchange::LotSpoiled => CadaverExchange, "net.miaou.cadaver-exchange.lot-spoiled.v1", |e| e.lot.as_str();
    cadaver_exchange::LotWithdrawn => CadaverExchange, "net.miaou.cadaver-exchange.lot-withdrawn.v1", |e| e.lot.as_str();
    cadaver_exchange::OrderAccepted => CadaverExchange, "net.miaou.cadaver-exchange.order-accepted.v1", |e| e.order.as_str();
    cadaver_exchange::OrderRejected => CadaverExchange, "net.miaou.cadaver-exchange.order-rejected.v1", |e| e.order.as_str();
    cadaver_exchange::OrderAmended => CadaverExchange, "net.miaou.cadaver-exchange.order-amended.v1", |e| e.order.as_str();
    cadaver_exchange::OrderTriggered => CadaverExchange, "net.miaou.cadaver-exchange.order-triggered.v1", |e| e.order.as_str();
    cadaver_exchange::OrderCancelled => CadaverExchange, "net.miaou.cadaver-exchange.order-cancelled.v1", |e| e.order.as_str();
    cadaver_exchange::CommandRefused => CadaverExchange, "net.miaou.cadaver-exchange.command-refused.v1", |e| e.order.as_str();
    cadaver_exchange::TradeExecuted => CadaverExchange, "net.miaou.cadaver-exchange.trade-executed.v1", |e| e.market.as_str();
    cadaver_exchange::AccountChanged => CadaverExchange, "net.miaou.cadaver-exchange.account-changed.v1", |e| e.cat.as_str();
    cadaver_exchange::MarketStateChanged => CadaverExchange, "net.miaou.cadaver-exchange.market-state-changed.v1", |e| e.market.as_str();
    cat_node::CatRegistered => CatNode, "net.miaou.cat-node.cat-registered.v1", |e| e.cat.as_str();
    cat_node::CatUpdated => CatNode, "net.miaou.cat-node.cat-updated.v1", |e| e.cat.as_str();
    cat_node::CatErased => CatNode, "net.miaou.cat-node.cat-erased.v1", |e| e.cat.as_str();
    cat_node::SessionRevoked => CatNode, "net.miaou.cat-node.session-revoked.v1", |e| e.cat.as_str();
    cat_node::KeysPublished => CatNode, "net.miaou.cat-node.keys-published.v1", |_| "keys";
    commands::PlaceOrder => CadaverExchangeCommands, "net.miaou.commands.place-order.v1", |e| e.cat.as_str();
    commands::CancelOrder => CadaverExchangeCommands, "net.miaou.commands.cancel-order.v1", |e| e.cat.as_str();
    commands::AmendOrder => CadaverExchangeCommands, "net.miaou.commands.amend-order.v1", |e| e.cat.as_str();
    commands::CancelOrders => CadaverExchangeCommands, "net.miaou.commands.cancel-orders.v1", |e| e.cat.as_str();
    commands::ArmTrap => MouseTrapCommands, "net.miaou.commands.arm-trap.v1", |e| e.trap.as_str();
    commands::DisarmTrap => MouseTrapCommands, "net.miaou.commands.disarm-trap.v1", |e| e.trap.as_str();
    commands::LocateTrap => MouseTrapCommands, "net.miaou.commands.locate-trap.v1", |e| e.trap.as_str();
}
