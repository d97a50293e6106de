//! `renew_all_credentials`, as a breach is answered: no old secret opens anything, and nobody gets one who had none.

use crate::test_app::TestApp;
use mouse_trap::domain::access::Caller;
use mouse_trap::use_cases::renew_all_credentials::{
    RenewAllCredentialsError, Renewed, renew_all_credentials,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use shared_events::id::CatId;
use std::collections::HashMap;
use std::io;

fn operator() -> Caller {
    Caller {
        cat: CatId::new("operator").unwrap(),
        royal_court: true,
    }
}

fn heartbeat(counter: u64) -> Value {
    json!({ "reports": [{ "boot": "1", "counter": counter, "at": "2026-11-24T11:00:00Z", "kind": "heartbeat" }] })
}

#[tokio::test]
async fn every_trap_gets_another_credential_and_the_old_ones_are_refused() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "barn-7").await;
    test.trap("felix", "barn-8").await;
    test.trap("felix", "barn-9").await;
    let queen = test.queen();
    queen.delete("/v1/traps/barn-8/credential").await;
    queen.post("/v1/traps/barn-9/retire", json!({})).await;
    let reports = "/v1/traps/barn-7/reports";
    trap.post(reports, heartbeat(1))
        .await
        .expect(StatusCode::OK);

    let mut handed = HashMap::new();
    let operator = operator();
    let told = renew_all_credentials(&test.app, &operator, |secrets| {
        handed.extend(
            secrets
                .iter()
                .map(|(trap, secret)| (trap.id.to_string(), secret.reveal().to_owned())),
        );
        Ok(())
    });
    let expected = Renewed {
        renewed: 1,
        without: 2,
    };
    assert_eq!(told.await.unwrap(), expected);
    let refused = trap.post(reports, heartbeat(2)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let renewed = test.actor(handed.get("barn-7").cloned());
    let accepted = renewed.post(reports, heartbeat(2)).await;
    accepted.expect(StatusCode::OK);
}

#[tokio::test]
async fn secrets_that_nobody_took_are_not_in_force() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "barn-7").await;
    let full = |_: &_| -> io::Result<()> { Err(io::Error::other("the disk is full")) };
    let refused = renew_all_credentials(&test.app, &operator(), full).await;
    assert!(matches!(
        refused,
        Err(RenewAllCredentialsError::HandOver(_))
    ));
    let accepted = trap.post("/v1/traps/barn-7/reports", heartbeat(1)).await;
    accepted.expect(StatusCode::OK);
}
