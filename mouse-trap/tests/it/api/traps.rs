//! `/v1/traps` and their credentials.

use crate::test_app::TestApp;
use chrono::TimeDelta;
use mouse_trap::use_cases::mark_silent_traps::mark_silent_traps;
use reqwest::StatusCode;
use serde_json::{Value, json};
use shared_events::events::TrapState;
use shared_events::events::mouse_trap::{TrapRegistered, TrapStateChanged};

fn heartbeat(counter: u64) -> Value {
    json!({ "reports": [{ "boot": "1", "counter": counter, "at": "2026-11-24T11:00:00Z", "kind": "heartbeat" }] })
}

#[tokio::test]
async fn a_cat_registers_its_trap_and_the_world_hears() {
    let test = TestApp::start().await;
    test.barn().await;
    let issued = test
        .cat("tom")
        .post("/v1/traps", json!({ "id": "barn-7", "site": "barn" }))
        .await;
    let issued = issued.expect(StatusCode::CREATED);
    assert!(issued["credential"].as_str().unwrap().starts_with("mt_"));
    let trap = test
        .cat("tom")
        .get("/v1/traps/barn-7")
        .await
        .expect(StatusCode::OK);
    assert_eq!(trap, issued["trap"]);
    assert_eq!(
        (
            &trap["owner"],
            &trap["state"],
            &trap["position"]["latitude"]
        ),
        (&json!("tom"), &Value::Null, &json!(46.8139))
    );
    let heard = test.pending::<TrapRegistered>().await;
    assert_eq!(
        (
            heard.len(),
            heard[0].owner.as_str(),
            heard[0].jurisdiction.as_str()
        ),
        (1, "tom", "CA")
    );
    let generated = test
        .cat("tom")
        .post("/v1/traps", json!({ "site": "barn" }))
        .await
        .expect(StatusCode::CREATED);
    assert!(
        generated["trap"]["id"]
            .as_str()
            .unwrap()
            .starts_with("trap-")
    );
}

#[tokio::test]
async fn traps_are_seen_by_their_owner_and_the_court() {
    let test = TestApp::start().await;
    test.barn().await;
    test.trap("tom", "a").await;
    test.trap("jerry", "b").await;
    let ids = |body: Value| {
        body["traps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|trap| trap["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids(test
            .cat("tom")
            .get("/v1/traps")
            .await
            .expect(StatusCode::OK)),
        ["a"]
    );
    assert_eq!(
        ids(test.queen().get("/v1/traps").await.expect(StatusCode::OK)),
        ["a", "b"]
    );
    assert_eq!(
        ids(test
            .queen()
            .get("/v1/traps?owner=jerry&site=barn")
            .await
            .expect(StatusCode::OK)),
        ["b"]
    );
    for path in ["/v1/traps?owner=jerry", "/v1/traps/b"] {
        assert_eq!(
            test.cat("tom")
                .get(path)
                .await
                .problem(StatusCode::FORBIDDEN)
                .0,
            "forbidden"
        );
    }
}

#[tokio::test]
async fn only_the_court_registers_for_others() {
    let test = TestApp::start().await;
    test.barn().await;
    let for_jerry = json!({ "id": "a", "site": "barn", "owner": "jerry" });
    assert_eq!(
        test.cat("tom")
            .post("/v1/traps", for_jerry.clone())
            .await
            .problem(StatusCode::FORBIDDEN)
            .0,
        "forbidden"
    );
    let issued = test
        .queen()
        .post("/v1/traps", for_jerry.clone())
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(issued["trap"]["owner"], "jerry");
    assert_eq!(
        test.queen()
            .post("/v1/traps", for_jerry)
            .await
            .problem(StatusCode::CONFLICT)
            .0,
        "trap-exists"
    );
    let nowhere = json!({ "id": "b", "site": "nowhere" });
    let problem = test
        .cat("tom")
        .post("/v1/traps", nowhere)
        .await
        .problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem, ("invalid-value".into(), vec!["/site".into()]));
}

#[tokio::test]
async fn a_rotated_or_revoked_credential_opens_nothing() {
    let test = TestApp::start().await;
    test.barn().await;
    let old = test.trap("tom", "a").await;
    let reports = "/v1/traps/a/reports";
    old.post(reports, heartbeat(1)).await.expect(StatusCode::OK);
    assert_eq!(
        test.cat("jerry")
            .post("/v1/traps/a/credential", json!({}))
            .await
            .problem(StatusCode::FORBIDDEN)
            .0,
        "forbidden"
    );
    let issued = test
        .cat("tom")
        .post("/v1/traps/a/credential", json!({}))
        .await
        .expect(StatusCode::OK);
    let new = test.actor(issued["credential"].as_str().map(str::to_owned));
    assert_eq!(
        old.post(reports, heartbeat(2))
            .await
            .problem(StatusCode::UNAUTHORIZED)
            .0,
        "unauthorized"
    );
    new.post(reports, heartbeat(2)).await.expect(StatusCode::OK);
    test.cat("tom")
        .delete("/v1/traps/a/credential")
        .await
        .expect(StatusCode::NO_CONTENT);
    assert_eq!(
        new.post(reports, heartbeat(3))
            .await
            .problem(StatusCode::UNAUTHORIZED)
            .0,
        "unauthorized"
    );
    assert_eq!(
        new.get("/v1/traps/a/commands")
            .await
            .problem(StatusCode::UNAUTHORIZED)
            .0,
        "unauthorized"
    );
}

#[tokio::test]
async fn a_retired_trap_stays_retired() {
    let test = TestApp::start().await;
    test.barn().await;
    test.trap("tom", "a").await;
    assert_eq!(
        test.cat("jerry")
            .post("/v1/traps/a/retire", json!({}))
            .await
            .problem(StatusCode::FORBIDDEN)
            .0,
        "forbidden"
    );
    assert_eq!(
        test.cat("tom")
            .post("/v1/traps/b/retire", json!({}))
            .await
            .problem(StatusCode::NOT_FOUND)
            .0,
        "unknown-trap"
    );
    let trap = test
        .cat("tom")
        .post("/v1/traps/a/retire", json!({}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(trap["state"], "retired");
    test.clock.advance(TimeDelta::hours(1));
    assert_eq!(
        test.queen()
            .post("/v1/traps/a/retire", json!({}))
            .await
            .expect(StatusCode::OK),
        trap
    );
    let heard = test.pending::<TrapStateChanged>().await;
    assert_eq!(
        heard.iter().map(|change| change.state).collect::<Vec<_>>(),
        [TrapState::Retired]
    );
    let again = test.queen().post("/v1/traps/a/credential", json!({})).await;
    assert_eq!(again.problem(StatusCode::CONFLICT).0, "trap-retired");
}

#[tokio::test]
async fn a_silent_trap_goes_offline_and_comes_back() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    trap.post("/v1/traps/a/reports", heartbeat(1))
        .await
        .expect(StatusCode::OK);
    let silence = TimeDelta::hours(2);
    assert_eq!(mark_silent_traps(&test.app, silence).await.unwrap(), 0);
    test.clock.advance(silence + TimeDelta::seconds(1));
    assert_eq!(mark_silent_traps(&test.app, silence).await.unwrap(), 1);
    assert_eq!(mark_silent_traps(&test.app, silence).await.unwrap(), 0);
    assert_eq!(
        test.cat("tom")
            .get("/v1/traps/a")
            .await
            .expect(StatusCode::OK)["online"],
        false
    );
    trap.post("/v1/traps/a/reports", heartbeat(2))
        .await
        .expect(StatusCode::OK);
    let heard = test.pending::<TrapStateChanged>().await;
    let states: Vec<_> = heard.iter().map(|change| change.state).collect();
    assert_eq!(
        states,
        [TrapState::Online, TrapState::Offline, TrapState::Online]
    );
}
