//! `/v1/traps/{id}/reports`.

use crate::test_app::TestApp;
use mouse_trap::domain::report::LONGEST_BATCH;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared_events::events::RodentKind;
use shared_events::events::mouse_trap::{RodentCaught, TrapStateChanged};

const REPORTS: &str = "/v1/traps/a/reports";

fn catch(counter: u64, animal: &str) -> Value {
    json!({ "boot": "12", "counter": counter, "at": "2026-11-24T05:12:00Z", "kind": "catch", "animal": animal,
        "species": "Mus musculus", "mass_grams": 21.5, "sex": "female", "confidence": 0.9 })
}

fn batch(reports: &[Value]) -> Value {
    json!({ "reports": reports })
}

#[tokio::test]
async fn a_catch_is_announced_once_however_often_it_is_reported() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    let reports = batch(&[
        catch(1, "mouse"),
        catch(2, "rat"),
        catch(3, "squirrel"),
        catch(1, "mouse"),
    ]);
    let first = trap
        .post(REPORTS, reports.clone())
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&first["recorded"], &first["duplicates"]),
        (&json!(3), &json!(1))
    );
    let results: Vec<_> = first["reports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|report| report["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["capture", "capture", "bycatch", "capture"]);
    assert_eq!(
        first["reports"][0]["capture"],
        first["reports"][3]["capture"]
    );

    let again = trap.post(REPORTS, reports).await.expect(StatusCode::OK);
    assert_eq!(
        (&again["recorded"], &again["duplicates"]),
        (&json!(0), &json!(4))
    );
    assert_eq!(
        again["reports"][1]["capture"],
        first["reports"][1]["capture"]
    );

    let heard = test.pending::<RodentCaught>().await;
    assert_eq!(
        heard.iter().map(|caught| caught.kind).collect::<Vec<_>>(),
        [RodentKind::Mouse, RodentKind::Rat]
    );
    assert_eq!(
        heard[0].capture.as_str(),
        first["reports"][0]["capture"].as_str().unwrap()
    );
    assert_eq!(
        (heard[0].hunter.as_str(), heard[0].mass_grams),
        ("tom", Some(21.5))
    );
    let bycatch = test
        .cat("tom")
        .get("/v1/bycatch")
        .await
        .expect(StatusCode::OK);
    assert_eq!(bycatch["bycatch"][0]["animal"], "squirrel");
}

#[tokio::test]
async fn batches_at_the_same_time_record_each_report_once() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    let reports = batch(
        &(1..=50)
            .map(|counter| catch(counter, "mouse"))
            .collect::<Vec<_>>(),
    );
    let posts = (0..8).map(|_| trap.post(REPORTS, reports.clone()));
    let answers = futures_util::future::join_all(posts).await;
    let recorded: u64 = answers
        .into_iter()
        .map(|answer| answer.expect(StatusCode::OK)["recorded"].as_u64().unwrap())
        .sum();
    assert_eq!(recorded, 50);
    assert_eq!(test.pending::<RodentCaught>().await.len(), 50);
}

#[tokio::test]
async fn late_news_are_kept_and_change_no_newer_state() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    let state = |counter: u64, at: &str, state: &str| json!({ "boot": 12, "counter": counter, "at": at, "kind": "state", "state": state });
    let sprung = state(2, "2026-11-24T05:00:00+02:00", "sprung");
    trap.post(REPORTS, batch(&[sprung]))
        .await
        .expect(StatusCode::OK);
    let days_late = state(1, "2026-11-01T05:00:00Z", "armed");
    let low = json!({ "boot": 12, "counter": 3, "at": "2026-11-24T11:00:00Z", "kind": "heartbeat", "battery_percent": 9 });
    let answer = trap
        .post(REPORTS, batch(&[days_late, low]))
        .await
        .expect(StatusCode::OK);
    assert_eq!(answer["recorded"], 2);
    let seen = test
        .cat("tom")
        .get("/v1/traps/a")
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (
            &seen["state"],
            &seen["battery_percent"],
            &seen["battery_low"]
        ),
        (&json!("sprung"), &json!(9), &json!(true))
    );
    let heard = test.pending::<TrapStateChanged>().await;
    let states: Vec<_> = heard.iter().map(|change| change.state.as_str()).collect();
    assert_eq!(states, ["online", "sprung", "battery-low"]);
}

#[tokio::test]
async fn one_wrong_report_refuses_the_batch_and_is_named() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    for (name, value, pointer) in [
        ("mass_grams", json!(-1), "/reports/1/mass_grams"),
        ("mass_grams", json!(10_000.5), "/reports/1/mass_grams"),
        ("mass_grams", json!("heavy"), "/reports/1"),
        ("at", json!("1969-12-31T23:59:59Z"), "/reports/1/at"),
        ("at", json!("2026-11-24T12:05:01Z"), "/reports/1/at"),
        ("at", json!("2026-02-30T00:00:00Z"), "/reports/1/at"),
        ("counter", json!(-1), "/reports/1"),
        ("counter", json!(1.5), "/reports/1"),
        ("boot", json!({}), "/reports/1"),
        ("colour", json!("grey"), "/reports/1"),
        ("kind", json!("escape"), "/reports/1"),
        ("animal", json!("x".repeat(81)), "/reports/1/animal"),
    ] {
        let mut wrong = catch(2, "mouse");
        wrong[name] = value;
        let problem = trap
            .post(REPORTS, batch(&[catch(1, "mouse"), wrong]))
            .await
            .problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            problem,
            ("invalid-value".into(), vec![pointer.into()]),
            "{name}"
        );
    }
    assert!(test.pending::<RodentCaught>().await.is_empty());
    let captures = test
        .cat("tom")
        .get("/v1/captures")
        .await
        .expect(StatusCode::OK);
    assert_eq!(captures["captures"], json!([]));
}

#[tokio::test]
async fn batches_are_bounded() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    let many = |count: usize| {
        batch(
            &(0..count)
                .map(|counter| catch(counter as u64, "mouse"))
                .collect::<Vec<_>>(),
        )
    };
    for reports in [many(0), many(LONGEST_BATCH + 1)] {
        let problem = trap
            .post(REPORTS, reports)
            .await
            .problem(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem, ("invalid-value".into(), vec!["/reports".into()]));
    }
    let full = trap
        .post(REPORTS, many(LONGEST_BATCH))
        .await
        .expect(StatusCode::OK);
    assert_eq!(full["recorded"], LONGEST_BATCH);
    let huge = json!({ "reports": [], "padding": "x".repeat(1024 * 1024) });
    assert_eq!(
        trap.post(REPORTS, huge)
            .await
            .problem(StatusCode::PAYLOAD_TOO_LARGE)
            .0,
        "body-too-large"
    );
}

#[tokio::test]
async fn what_is_no_batch_is_refused_in_problem_form() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    let send =
        async |kind: Option<&str>, body: &str| trap.send(Method::POST, REPORTS, kind, body).await;
    let json = Some("application/json");
    for (body, code) in [
        ("", "malformed-json"),
        ("{", "malformed-json"),
        ("\u{0}", "malformed-json"),
    ] {
        assert_eq!(
            send(json, body).await.problem(StatusCode::BAD_REQUEST).0,
            code,
            "{body:?}"
        );
    }
    let deep = format!("{{\"reports\": {}1{}}}", "[".repeat(500), "]".repeat(500));
    assert_eq!(
        send(json, &deep).await.problem(StatusCode::BAD_REQUEST).0,
        "malformed-json"
    );
    for body in [
        "[]",
        "null",
        "{}",
        r#"{"reports": 7}"#,
        r#"{"reports": [], "extra": 1}"#,
    ] {
        assert_eq!(
            send(json, body).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{body}"
        );
    }
    let not_an_object = send(json, r#"{"reports": [7]}"#)
        .await
        .problem(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(not_an_object.1, ["/reports/0"]);
    assert_eq!(
        send(Some("text/plain"), "{}")
            .await
            .problem(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .0,
        "not-json"
    );
    assert_eq!(
        trap.get(REPORTS)
            .await
            .problem(StatusCode::METHOD_NOT_ALLOWED)
            .0,
        "method-not-allowed"
    );
}

#[tokio::test]
async fn only_the_trap_itself_reports() {
    let test = TestApp::start().await;
    test.barn().await;
    let trap = test.trap("tom", "a").await;
    let other = test.trap("tom", "b").await;
    let reports = batch(&[catch(1, "mouse")]);
    assert_eq!(
        other
            .post(REPORTS, reports.clone())
            .await
            .problem(StatusCode::UNAUTHORIZED)
            .0,
        "unauthorized"
    );
    assert_eq!(
        test.cat("tom")
            .post(REPORTS, reports.clone())
            .await
            .problem(StatusCode::UNAUTHORIZED)
            .0,
        "unauthorized"
    );
    assert_eq!(
        test.actor(None)
            .post(REPORTS, reports.clone())
            .await
            .problem(StatusCode::UNAUTHORIZED)
            .0,
        "unauthorized"
    );
    let unknown = trap.post("/v1/traps/nobody/reports", reports).await;
    assert_eq!(unknown.problem(StatusCode::NOT_FOUND).0, "unknown-trap");
}
