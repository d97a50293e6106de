//! Commands: from the bus to the trap and back.

use crate::test_app::TestApp;
use chrono::TimeDelta;
use mouse_trap::use_cases::expire_commands::expire_commands;
use reqwest::StatusCode;
use serde_json::{Value, json};
use service_chassis::clock::Clock as _;
use shared_events::bus::Verdict;
use shared_events::events::commands::{ArmTrap, LocateTrap};
use shared_events::events::mouse_trap::{CommandOutcome, CommandSettled, TrapAction};
use shared_events::id::{CatId, CommandId, TrapId};

fn arm(test: &TestApp, command: &str, cat: &str, trap: &str) -> ArmTrap {
    let now = test.clock.now();
    ArmTrap {
        command: CommandId::new(command).unwrap(),
        cat: CatId::new(cat).unwrap(),
        roles: Vec::new(),
        trap: TrapId::new(trap).unwrap(),
        requested_at: now,
        expires_at: now + TimeDelta::minutes(10),
    }
}

fn ids(body: &Value) -> Vec<&str> {
    body["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|command| command["id"].as_str().unwrap())
        .collect()
}

async fn ends(test: &TestApp) -> Vec<(String, CommandOutcome)> {
    let heard = test.pending::<CommandSettled>().await;
    heard
        .into_iter()
        .map(|end| (end.command.into_string(), end.outcome))
        .collect()
}

#[tokio::test]
async fn a_trap_fetches_does_and_shows_it() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    let asked = arm(&test, "c-1", "tom", "a");
    assert_eq!(test.deliver(&asked).await, Verdict::Done);
    assert_eq!(test.deliver(&asked).await, Verdict::Done, "a repeat");
    let fetched = trap
        .get("/v1/traps/a/commands")
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (ids(&fetched), &fetched["commands"][0]["action"]),
        (vec!["c-1"], &json!("arm"))
    );
    assert_eq!(
        ids(&trap
            .get("/v1/traps/a/commands")
            .await
            .expect(StatusCode::OK)),
        ["c-1"],
        "until it is settled"
    );
    let armed = json!({ "boot": "1", "counter": 1, "at": "2026-11-24T12:00:00Z", "kind": "state", "state": "armed" });
    trap.post("/v1/traps/a/reports", json!({ "reports": [armed] }))
        .await
        .expect(StatusCode::OK);
    assert!(
        ids(&trap
            .get("/v1/traps/a/commands")
            .await
            .expect(StatusCode::OK))
        .is_empty()
    );
    assert_eq!(ends(&test).await, [("c-1".into(), CommandOutcome::Done)]);
}

#[tokio::test]
async fn a_trap_answers_in_words() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    let ArmTrap {
        command,
        cat,
        roles,
        trap: id,
        requested_at,
        expires_at,
    } = arm(&test, "c-1", "tom", "a");
    let locate = LocateTrap {
        command,
        cat,
        roles,
        trap: id,
        requested_at,
        expires_at,
    };
    assert_eq!(test.deliver(&locate).await, Verdict::Done);
    let answer = json!({ "boot": "1", "counter": 1, "at": "2026-11-24T12:00:00Z", "kind": "command-answer",
        "command": "c-1", "done": false, "detail": "no buzzer" });
    trap.post("/v1/traps/a/reports", json!({ "reports": [answer] }))
        .await
        .expect(StatusCode::OK);
    let heard = test.pending::<CommandSettled>().await;
    assert_eq!(
        (heard[0].action, heard[0].outcome),
        (TrapAction::Locate, CommandOutcome::Refused)
    );
    assert_eq!(heard[0].detail.as_deref(), Some("no buzzer"));
}

#[tokio::test]
async fn what_must_not_be_is_refused_at_once() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    assert_eq!(
        test.deliver(&arm(&test, "c-1", "jerry", "a")).await,
        Verdict::Done
    );
    assert_eq!(
        test.deliver(&arm(&test, "c-2", "tom", "nobody")).await,
        Verdict::Done
    );
    let late = ArmTrap {
        expires_at: test.clock.now(),
        ..arm(&test, "c-3", "tom", "a")
    };
    assert_eq!(test.deliver(&late).await, Verdict::Done);
    let court = ArmTrap {
        roles: vec!["royal-court".into()],
        ..arm(&test, "c-4", "queen", "a")
    };
    assert_eq!(test.deliver(&court).await, Verdict::Done);
    let refused = |id: &str| (id.to_owned(), CommandOutcome::Refused);
    assert_eq!(
        ends(&test).await,
        [
            refused("c-1"),
            refused("c-2"),
            ("c-3".into(), CommandOutcome::Expired)
        ]
    );
    assert_eq!(
        ids(&trap
            .get("/v1/traps/a/commands")
            .await
            .expect(StatusCode::OK)),
        ["c-4"]
    );
}

#[tokio::test]
async fn what_nobody_does_in_time_expires() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    assert_eq!(
        test.deliver(&arm(&test, "c-1", "tom", "a")).await,
        Verdict::Done
    );
    assert_eq!(expire_commands(&test.app).await.unwrap(), 0);
    test.clock.advance(TimeDelta::minutes(10));
    assert!(
        ids(&trap
            .get("/v1/traps/a/commands")
            .await
            .expect(StatusCode::OK))
        .is_empty()
    );
    // The service's own sweep may come first.
    expire_commands(&test.app).await.unwrap();
    expire_commands(&test.app).await.unwrap();
    assert_eq!(ends(&test).await, [("c-1".into(), CommandOutcome::Expired)]);
}

#[tokio::test]
async fn what_is_no_command_is_poison() {
    let test = TestApp::start().await;
    let order = shared_events::events::commands::CancelOrder {
        command: CommandId::new("c").unwrap(),
        cat: CatId::new("tom").unwrap(),
        order: shared_events::id::OrderId::new("o").unwrap(),
        requested_at: test.clock.now(),
    };
    assert!(matches!(test.deliver(&order).await, Verdict::Poison(_)));
}
