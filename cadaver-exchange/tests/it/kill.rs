//! The real process, killed at any moment: what it has answered it still knows.

use crate::{process::Process, test_app::TestApp};
use serde_json::{Value, json};

const ROUNDS: usize = 5;
const ORDERS_BEFORE_THE_KILL: usize = 15;

async fn orders(process: &Process, token: &str) -> Vec<Value> {
    let request = reqwest::Client::new()
        .get(format!("{}/v1/orders?limit=1000", process.url))
        .bearer_auth(token);
    let body: Value =
        serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap();
    body["orders"].as_array().unwrap().clone()
}

/// Places orders until the process is gone; gives those that were answered.
async fn place_until_killed(process: Process, token: &str, round: usize) -> Vec<String> {
    let (http, url) = (reqwest::Client::new(), format!("{}/v1/orders", process.url));
    let (mut answered, mut process) = (Vec::new(), Some(process));
    loop {
        let name = format!("order-{round}-{}", answered.len());
        let body = json!({"market": "rat-prime", "side": "buy", "quantity": 1, "price": 1, "client_order_id": name});
        let request = http.post(&url).bearer_auth(token).json(&body).send();
        match request.await {
            Ok(response) => {
                assert_eq!(response.status().as_u16(), 201);
                answered.push(name);
            }
            Err(_) => return answered,
        }
        if answered.len() == ORDERS_BEFORE_THE_KILL {
            // From another thread, so that the kill falls anywhere into the next orders.
            let process = process.take().unwrap();
            std::thread::spawn(move || process.kill());
        }
    }
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let mut app = TestApp::start().await;
    app.welcome("kitty").await;
    app.stop().await;
    let token = app.token_now("kitty");
    let mut answered = Vec::new();
    for round in 0..ROUNDS {
        answered.extend(place_until_killed(Process::start(&app.database()), &token, round).await);
    }
    let process = Process::start(&app.database());
    let kept: Vec<String> = orders(&process, &token)
        .await
        .iter()
        .map(|order| order["client_order_id"].as_str().unwrap().to_owned())
        .collect();
    process.kill();
    assert!(answered.len() >= ROUNDS * ORDERS_BEFORE_THE_KILL);
    assert!(
        answered.iter().all(|order| kept.contains(order)),
        "{answered:?} but {kept:?}"
    );
    // The one under way at each kill may have been written without being answered.
    assert!(
        kept.len() <= answered.len() + ROUNDS,
        "{} answered, {} kept",
        answered.len(),
        kept.len()
    );
}
