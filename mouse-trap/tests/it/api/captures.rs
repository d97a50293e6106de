//! `/v1/captures`.

use crate::test_app::TestApp;
use reqwest::StatusCode;
use serde_json::{Value, json};
use shared_events::events::mouse_trap::CaptureVoided;

/// Traps `a` of tom with three mice and `b` of jerry with one rat.
async fn hunt(test: &TestApp) -> Vec<String> {
    test.barn().await;
    let catch = |counter: u64, animal: &str| {
        let at = format!("2026-11-24T0{counter}:00:00Z");
        json!({ "boot": "1", "counter": counter, "at": at, "kind": "catch", "animal": animal })
    };
    let mice = json!({ "reports": [catch(1, "mouse"), catch(2, "mouse"), catch(3, "mouse")] });
    let answer = test
        .trap("tom", "a")
        .await
        .post("/v1/traps/a/reports", mice)
        .await
        .expect(StatusCode::OK);
    let rat = json!({ "reports": [catch(4, "rat")] });
    let rat = test
        .trap("jerry", "b")
        .await
        .post("/v1/traps/b/reports", rat)
        .await
        .expect(StatusCode::OK);
    let ids = |answer: &Value| {
        answer["reports"]
            .as_array()
            .unwrap()
            .iter()
            .map(|report| report["capture"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    [ids(&answer), ids(&rat)].concat()
}

fn ids(body: &Value) -> Vec<&str> {
    body["captures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|capture| capture["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_cat_sees_its_own_captures_and_the_court_sees_all() {
    let test = TestApp::start().await;
    let caught = hunt(&test).await;
    let (tom, jerry, queen) = (test.cat("tom"), test.cat("jerry"), test.queen());
    let own = tom.get("/v1/captures").await.expect(StatusCode::OK);
    assert_eq!(ids(&own), [&caught[2], &caught[1], &caught[0]]);
    assert_eq!(
        ids(&queen.get("/v1/captures").await.expect(StatusCode::OK)).len(),
        4
    );
    assert_eq!(
        ids(&queen
            .get("/v1/captures?hunter=jerry&kind=rat")
            .await
            .expect(StatusCode::OK)),
        [&caught[3]]
    );
    assert_eq!(
        tom.get("/v1/captures?hunter=jerry")
            .await
            .problem(StatusCode::FORBIDDEN)
            .0,
        "forbidden"
    );
    let path = format!("/v1/captures/{}", caught[0]);
    assert_eq!(tom.get(&path).await.expect(StatusCode::OK)["hunter"], "tom");
    assert_eq!(
        queen.get(&path).await.expect(StatusCode::OK)["kind"],
        "mouse"
    );
    assert_eq!(
        jerry.get(&path).await.problem(StatusCode::NOT_FOUND).0,
        "unknown-capture"
    );
    assert_eq!(
        tom.get("/v1/captures/none")
            .await
            .problem(StatusCode::NOT_FOUND)
            .0,
        "unknown-capture"
    );
}

#[tokio::test]
async fn captures_come_in_pages_and_by_time() {
    let test = TestApp::start().await;
    let caught = hunt(&test).await;
    let tom = test.cat("tom");
    let first = tom
        .get("/v1/captures?limit=2&trap=a&site=barn")
        .await
        .expect(StatusCode::OK);
    assert_eq!(ids(&first), [&caught[2], &caught[1]]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = tom
        .get(&format!("/v1/captures?limit=2&cursor={cursor}"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (ids(&second), &second["next_cursor"]),
        (vec![caught[0].as_str()], &Value::Null)
    );
    let window = "/v1/captures?since=2026-11-24T02:00:00Z&until=2026-11-24T03:00:00Z";
    assert_eq!(
        ids(&tom.get(window).await.expect(StatusCode::OK)),
        [&caught[1]]
    );
    for query in [
        "since=yesterday",
        "kind=squirrel",
        "trap=a%20b",
        "cursor=AAAA",
        "limit=1000",
    ] {
        let problem = tom
            .get(&format!("/v1/captures?{query}"))
            .await
            .problem(StatusCode::BAD_REQUEST);
        assert_eq!(problem.0, "invalid-parameter", "{query}");
    }
}

#[tokio::test]
async fn a_capture_is_voided_once_and_the_market_hears() {
    let test = TestApp::start().await;
    let caught = hunt(&test).await;
    let path = format!("/v1/captures/{}/void", caught[0]);
    let reason = json!({ "reason": "a falling leaf" });
    assert_eq!(
        test.cat("jerry")
            .post(&path, reason.clone())
            .await
            .problem(StatusCode::NOT_FOUND)
            .0,
        "unknown-capture"
    );
    let empty = test.cat("tom").post(&path, json!({ "reason": " " })).await;
    assert_eq!(
        empty.problem(StatusCode::UNPROCESSABLE_ENTITY).1,
        ["/reason"]
    );
    let voided = test
        .cat("tom")
        .post(&path, reason.clone())
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&voided["voided"]["by"], &voided["voided"]["reason"]),
        (&json!("tom"), &json!("a falling leaf"))
    );
    assert_eq!(
        test.queen()
            .post(&path, reason)
            .await
            .problem(StatusCode::CONFLICT)
            .0,
        "already-voided"
    );
    let heard = test.pending::<CaptureVoided>().await;
    assert_eq!(
        (heard.len(), heard[0].capture.as_str()),
        (1, caught[0].as_str())
    );
}

#[tokio::test]
async fn captures_are_counted() {
    let test = TestApp::start().await;
    hunt(&test).await;
    let all = test
        .queen()
        .get("/v1/captures/count")
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        all,
        json!({ "captures": 4, "mouse": 3, "rat": 1, "voided": 0 })
    );
    let own = test
        .cat("jerry")
        .get("/v1/captures/count")
        .await
        .expect(StatusCode::OK);
    assert_eq!(own["captures"], 1);
    let other = test.cat("tom").get("/v1/captures/count?hunter=jerry").await;
    assert_eq!(other.problem(StatusCode::FORBIDDEN).0, "forbidden");
    let paged = test.queen().get("/v1/captures/count?limit=1").await;
    assert_eq!(
        paged.problem(StatusCode::BAD_REQUEST).0,
        "invalid-parameter"
    );
}
