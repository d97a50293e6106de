//! The functions that act on the other services: a command is durable before its caller hears of it.

use serde_json::json;
use shared_events::Event;

use crate::api::{Actor, TestApp};

#[tokio::test]
async fn an_order_becomes_a_command_in_the_cats_name() {
    let app = TestApp::start().await;
    let (id, tom) = app.sign_up("tom").await;
    let order = json!({"market": "rat-prime", "side": "sell", "quantity": 3, "price": 40, "clientOrderId": "mine"});
    let placed = app.post(&tom, "/functions/placeOrder", order).await;
    assert_eq!(placed.status, 200, "{placed:?}");
    let answer = &placed.body["result"];
    let cancelled = app
        .post(
            &tom,
            "/functions/cancelOrder",
            json!({"orderId": answer["orderId"]}),
        )
        .await;
    assert_eq!(cancelled.status, 200, "{cancelled:?}");

    let events = app.pending_events().await;
    let [.., Event::PlaceOrder(place), Event::CancelOrder(cancel)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(answer["commandId"], place.command.as_str());
    assert_eq!(
        (place.cat.as_str(), place.quantity, place.price.0),
        (id.as_str(), 3, 40)
    );
    assert_eq!(place.client_order_id.as_deref(), Some("mine"));
    assert_eq!(cancel.order.as_str(), place.command.as_str());
    assert_eq!(
        (place.requested_at, cancel.requested_at),
        (app.now(), app.now())
    );
}

#[tokio::test]
async fn a_trap_is_asked_with_the_cats_roles() {
    let app = TestApp::start().await;
    let (id, tom) = app.sign_up("tom").await;
    for name in ["armTrap", "disarmTrap", "locateTrap"] {
        let reply = app
            .post(
                &tom,
                &format!("/functions/{name}"),
                json!({"trapId": "barn-7"}),
            )
            .await;
        assert_eq!(
            (reply.status, &reply.body["result"]["trapId"]),
            (200, &json!("barn-7"))
        );
    }
    let events = app.pending_events().await;
    let [
        ..,
        Event::ArmTrap(arm),
        Event::DisarmTrap(disarm),
        Event::LocateTrap(locate),
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!(
        (arm.cat.as_str(), disarm.trap.as_str(), locate.roles.len()),
        (id.as_str(), "barn-7", 0)
    );
    assert!(arm.expires_at > arm.requested_at);
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_is_sent() {
    let app = TestApp::start().await;
    let (_, tom) = app.sign_up("tom").await;
    let before = app.pending_events().await.len();
    let login = "Validation failed. Please login to continue.";
    app.post(
        &Actor::anonymous(),
        "/functions/armTrap",
        json!({"trapId": "x"}),
    )
    .await
    .refuses(400, 142, login);
    app.post(
        &Actor::master(),
        "/functions/armTrap",
        json!({"trapId": "x"}),
    )
    .await
    .refuses(400, 142, login);
    let missing = "The parameter trapId is required.";
    app.post(&tom, "/functions/armTrap", json!({}))
        .await
        .refuses(400, 142, missing);
    let wrong = "The parameter trapId must be a non-empty string.";
    app.post(&tom, "/functions/armTrap", json!({"trapId": {"$ne": 1}}))
        .await
        .refuses(400, 142, wrong);
    let unknown = "Invalid function: \"__proto__\"";
    app.post(&tom, "/functions/__proto__", json!({}))
        .await
        .refuses(400, 141, unknown);
    assert_eq!(app.pending_events().await.len(), before);
}
