//! Who is let in.

use crate::test_app::TestApp;
use chrono::TimeDelta;
use reqwest::StatusCode;
use service_chassis::clock::Clock as _;
use shared_events::bus::Verdict;
use shared_events::events::cat_node::SessionRevoked;
use shared_events::id::CatId;

#[tokio::test]
async fn strangers_are_refused() {
    let test = TestApp::start().await;
    let foreign = TestApp::start().await;
    for token in [
        None,
        Some("nonsense".to_owned()),
        Some(test.token("tom", &[], "cadaver-exchange")),
        Some(foreign.token("tom", &["royal-court"], "mouse-trap")),
    ] {
        for path in [
            "/v1/sites",
            "/v1/traps",
            "/v1/captures",
            "/v1/bycatch",
            "/v1/imports/portal",
        ] {
            assert_eq!(
                test.actor(token.clone())
                    .get(path)
                    .await
                    .problem(StatusCode::UNAUTHORIZED)
                    .0,
                "unauthorized"
            );
        }
    }
}

#[tokio::test]
async fn tokens_end_with_their_time_and_their_session() {
    let test = TestApp::start().await;
    let (tom, jerry) = (test.cat("tom"), test.cat("jerry"));
    tom.get("/v1/traps").await.expect(StatusCode::OK);
    let revoked = SessionRevoked {
        cat: CatId::new("tom").unwrap(),
        session: "session-of-tom".into(),
        revoked_at: test.clock.now(),
    };
    assert_eq!(test.deliver(&revoked).await, Verdict::Done);
    assert_eq!(
        tom.get("/v1/traps")
            .await
            .problem(StatusCode::UNAUTHORIZED)
            .0,
        "unauthorized"
    );
    jerry.get("/v1/traps").await.expect(StatusCode::OK);
    test.clock.advance(TimeDelta::minutes(16));
    assert_eq!(
        jerry
            .get("/v1/traps")
            .await
            .problem(StatusCode::UNAUTHORIZED)
            .0,
        "unauthorized"
    );
}

#[tokio::test]
async fn imports_are_for_the_court() {
    let test = TestApp::start().await;
    for path in ["/v1/imports/portal", "/v1/imports/portal/rows"] {
        assert_eq!(
            test.cat("tom")
                .get(path)
                .await
                .problem(StatusCode::FORBIDDEN)
                .0,
            "forbidden"
        );
        test.queen().get(path).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn what_an_erased_cat_had_is_the_courts() {
    use shared_events::events::cat_node::CatErased;

    let test = TestApp::start().await;
    test.barn().await;
    test.trap("tom", "barn-7").await;
    let erased = CatErased {
        cat: CatId::new("tom").unwrap(),
        erased_at: test.clock.now(),
    };
    assert_eq!(test.deliver(&erased).await, Verdict::Done);
    assert_eq!(test.deliver(&erased).await, Verdict::Done);
    let trap = test.queen().get("/v1/traps/barn-7").await;
    assert_eq!(trap.expect(StatusCode::OK)["owner"], "erased");
}
