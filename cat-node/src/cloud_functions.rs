//! The functions that apps call (`POST /parse/functions/:name`) to act on the other services: each checks its
//! parameters and puts a command into the outbox, durable before the caller hears of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};
use service_chassis::clock::Clock;
use shared_events::events::commands::{ArmTrap, DisarmTrap, LocateTrap};
use shared_events::id::{CommandId, OrderId};
use shared_events::{EventData, EventStamp, OutgoingEvent};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::domain::error::{ErrorCode, ParseError};
use crate::storage::{Storage, StorageError, Transaction};

mod caller;
mod order;
mod order_terms;
mod params;
mod trap;

pub use caller::Caller;
use params::Params;

/// Why a cloud function did nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallFunctionError {
    #[error(transparent)]
    Refused(#[from] ParseError),
    #[error("the command could not be stored")]
    Storage(#[from] StorageError),
}

/// A command that is ready to be stored, and what its caller is told.
struct Prepared {
    event: OutgoingEvent,
    answer: Json,
}

/// The functions that are commands to other services.
#[derive(Debug, Clone)]
pub struct CommandFunctions {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    /// Told when there is a command to publish.
    relay: Arc<Notify>,
}

impl CommandFunctions {
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>, relay: Arc<Notify>) -> Self {
        Self {
            storage,
            clock,
            relay,
        }
    }

    /// Calls a function by its name; `caller` is the logged-in cat. Answers what goes into `result`.
    pub async fn call(
        &self,
        name: &str,
        params: Map<String, Json>,
        caller: Option<Caller>,
    ) -> Result<Json, CallFunctionError> {
        let command = CommandId::new(Uuid::now_v7().to_string()).expect("a UUID is a valid id");
        let prepared = prepare(name, params, caller, command, self.clock.now())?;
        self.storage
            .commit(Transaction::default().event(prepared.event))
            .await?;
        self.relay.notify_one();
        Ok(prepared.answer)
    }
}

/// The table of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    PlaceOrder,
    AmendOrder,
    CancelOrder,
    CancelOrders,
    ArmTrap,
    DisarmTrap,
    LocateTrap,
}

impl Function {
    fn named(name: &str) -> Result<Self, ParseError> {
        Ok(match name {
            "placeOrder" => Self::PlaceOrder,
            "amendOrder" => Self::AmendOrder,
            "cancelOrder" => Self::CancelOrder,
            "cancelOrders" => Self::CancelOrders,
            "armTrap" => Self::ArmTrap,
            "disarmTrap" => Self::DisarmTrap,
            "locateTrap" => Self::LocateTrap,
            _ => {
                let text = format!("Invalid function: \"{name}\"");
                return Err(ParseError::new(ErrorCode::SCRIPT_FAILED, text));
            }
        })
    }
}

fn prepare(
    name: &str,
    params: Map<String, Json>,
    caller: Option<Caller>,
    command: CommandId,
    now: DateTime<Utc>,
) -> Result<Prepared, ParseError> {
    let function = Function::named(name)?;
    let caller = caller.ok_or_else(caller::must_log_in)?;
    let params = Params::new(params);
    let stamp = EventStamp::new(now);
    match function {
        Function::PlaceOrder => {
            let command = order::place_order(params, caller, command, now)?;
            let id = command.command.as_str();
            let answer = json!({"commandId": id, "orderId": id});
            Ok(Prepared {
                event: OutgoingEvent::new(&command, stamp),
                answer,
            })
        }
        Function::AmendOrder => {
            let command = order::amend_order(params, caller, command, now)?;
            Ok(for_order(&command, &command.command, &command.order, stamp))
        }
        Function::CancelOrder => {
            let command = order::cancel_order(params, caller, command, now)?;
            Ok(for_order(&command, &command.command, &command.order, stamp))
        }
        Function::CancelOrders => {
            let command = order::cancel_orders(params, caller, command, now)?;
            let answer = json!({"commandId": command.command.as_str()});
            Ok(Prepared {
                event: OutgoingEvent::new(&command, stamp),
                answer,
            })
        }
        Function::ArmTrap => trap::prepare::<ArmTrap>(params, caller, command, stamp),
        Function::DisarmTrap => trap::prepare::<DisarmTrap>(params, caller, command, stamp),
        Function::LocateTrap => trap::prepare::<LocateTrap>(params, caller, command, stamp),
    }
}

/// A command about one order that there is.
fn for_order<C: EventData>(
    command: &C,
    id: &CommandId,
    order: &OrderId,
    stamp: EventStamp,
) -> Prepared {
    Prepared {
        event: OutgoingEvent::new(command, stamp),
        answer: json!({"commandId": id.as_str(), "orderId": order.as_str()}),
    }
}

#[cfg(test)]
mod tests {
    use shared_events::id::CatId;

    use super::*;

    fn call(name: &str, params: &Json) -> Result<Prepared, ParseError> {
        let caller = Caller {
            cat: CatId::new("tom").unwrap(),
            roles: vec!["royal-court".into()],
        };
        let command = CommandId::new("c1").unwrap();
        let params = params.as_object().unwrap().clone();
        prepare(name, params, Some(caller), command, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_good_order_becomes_a_command_in_the_cats_name() {
        let params = json!({"market": "mouse-prime", "side": "buy", "quantity": 2.0, "price": 30});
        let prepared = call("placeOrder", &params).unwrap();
        assert_eq!(prepared.answer, json!({"commandId": "c1", "orderId": "c1"}));
        assert_eq!(
            prepared.event.event_type,
            "net.miaou.commands.place-order.v1"
        );
        let data: Json = serde_json::from_str(&prepared.event.data).unwrap();
        assert_eq!(
            (&data["cat"], &data["quantity"]),
            (&json!("tom"), &json!(2))
        );
    }

    #[test]
    fn an_order_carries_all_its_terms() {
        let params = json!({"market": "mouse-prime", "side": "buy", "quantity": 4, "price": 30, "type": "limit",
            "timeInForce": "gtd", "expiresAt": {"__type": "Date", "iso": "1970-01-02T00:00:00.000Z"},
            "postOnly": true, "displayQuantity": 2, "selfTrade": "cancel-oldest"});
        let prepared = call("placeOrder", &params).unwrap();
        let data: Json = serde_json::from_str(&prepared.event.data).unwrap();
        assert_eq!(
            data["terms"],
            json!({"kind": "limit", "time_in_force": "gtd", "expires_at": "1970-01-02T00:00:00.000Z",
                "post_only": true, "display_quantity": 2, "stop_price": null, "self_trade": "cancel-oldest"})
        );
        let market =
            json!({"market": "mouse-prime", "side": "buy", "quantity": 4, "type": "market"});
        let prepared = call("placeOrder", &market).unwrap();
        let data: Json = serde_json::from_str(&prepared.event.data).unwrap();
        let terms = &data["terms"];
        assert_eq!(
            (&data["price"], &terms["kind"]),
            (&json!(0), &json!("market"))
        );
        assert_eq!(terms["time_in_force"], "ioc");
    }

    #[test]
    fn an_amendment_and_a_mass_cancel_become_commands() {
        let amend = call("amendOrder", &json!({"orderId": "o1", "quantity": 2})).unwrap();
        assert_eq!(amend.answer, json!({"commandId": "c1", "orderId": "o1"}));
        let data: Json = serde_json::from_str(&amend.event.data).unwrap();
        assert_eq!(
            (&data["quantity"], &data["price"]),
            (&json!(2), &json!(null))
        );
        let nothing = call("amendOrder", &json!({"orderId": "o1"})).err().unwrap();
        assert!(
            nothing.message.contains("quantity or price"),
            "{}",
            nothing.message
        );

        let cancel = json!({"market": "mouse-prime", "side": "sell", "lowest": 10, "highest": 20, "listings": true});
        let cancel = call("cancelOrders", &cancel).unwrap();
        assert_eq!(cancel.answer, json!({"commandId": "c1"}));
        assert_eq!(
            cancel.event.event_type,
            "net.miaou.commands.cancel-orders.v1"
        );
        let data: Json = serde_json::from_str(&cancel.event.data).unwrap();
        assert_eq!(
            (&data["side"], &data["lowest"], &data["listings"]),
            (&json!("sell"), &json!(10), &json!(true))
        );
        let all = call("cancelOrders", &json!({})).unwrap();
        let data: Json = serde_json::from_str(&all.event.data).unwrap();
        assert_eq!(
            (&data["cat"], &data["market"]),
            (&json!("tom"), &json!(null))
        );
    }

    #[test]
    fn each_trap_function_has_its_command() {
        for (name, kind) in [
            ("armTrap", "arm"),
            ("disarmTrap", "disarm"),
            ("locateTrap", "locate"),
        ] {
            let prepared =
                call(name, &json!({"trapId": "barn-7", "expiresInSeconds": 60})).unwrap();
            assert_eq!(
                prepared.event.event_type,
                format!("net.miaou.commands.{kind}-trap.v1")
            );
            assert_eq!(
                prepared.answer["expiresAt"]["iso"],
                "1970-01-01T00:01:00.000Z"
            );
        }
    }

    #[test]
    fn bad_parameters_are_named() {
        let good = json!({"market": "mouse-prime", "side": "buy", "quantity": 1, "price": 30});
        for (name, value, text) in [
            ("market", json!(null), "The parameter market is required."),
            ("market", json!("a b"), "\"a b\" is not a valid market id"),
            ("side", json!("hold"), "side must be \"buy\" or \"sell\""),
            ("quantity", json!(0), "quantity must be a whole number"),
            ("quantity", json!(1.5), "quantity must be a whole number"),
            ("price", json!("3"), "price must be a whole number"),
            ("price", json!(1e300), "price must be a whole number"),
            (
                "clientOrderId",
                json!("x".repeat(65)),
                "64 characters at most",
            ),
            ("leverage", json!(2), "The parameter leverage is not known."),
            ("type", json!("guess"), "type must be one of limit, market"),
            (
                "timeInForce",
                json!("soon"),
                "timeInForce must be one of gtc,",
            ),
            ("timeInForce", json!("gtd"), "a gtd order needs expiresAt"),
            ("expiresAt", json!(7), "expiresAt must be a Date"),
            ("postOnly", json!("yes"), "postOnly must be true or false"),
            (
                "displayQuantity",
                json!(0),
                "displayQuantity must be a whole",
            ),
            ("stopPrice", json!(-1), "stopPrice must be a whole number"),
            (
                "selfTrade",
                json!("never"),
                "selfTrade must be one of cancel-newest,",
            ),
        ] {
            let mut params = good.clone();
            params[name] = value;
            let error = call("placeOrder", &params).err().expect(text);
            assert_eq!(error.code, ErrorCode::VALIDATION_ERROR);
            assert!(
                error.message.contains(text),
                "{} does not say {text}",
                error.message
            );
        }
    }

    #[test]
    fn strangers_and_unknown_functions_are_refused() {
        let command = || CommandId::new("c1").unwrap();
        let now = DateTime::UNIX_EPOCH;
        let stranger = prepare("armTrap", Map::new(), None, command(), now)
            .err()
            .unwrap();
        assert_eq!(stranger.code, ErrorCode::VALIDATION_ERROR);
        let unknown = call("constructor", &json!({})).err().unwrap();
        assert_eq!(
            (unknown.code, unknown.message.as_str()),
            (
                ErrorCode::SCRIPT_FAILED,
                "Invalid function: \"constructor\""
            )
        );
    }
}
