//! Wrong passwords are counted, and too many of them lock an account.

use cat_node::domain::names::ObjectId;
use cat_node::use_cases::count_attempt::count_attempt;
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;

use super::{Actor, Reply, TestApp};

const LOCKED: &str = "Your account is locked due to multiple failed login attempts. Please try again after 5 minute(s)";
const WRONG: &str = "Invalid username/password.";

async fn app(threshold: u32) -> TestApp {
    let lockout = json!({"threshold": threshold, "duration": 5}).to_string();
    let app = TestApp::start_with(&[("PARSE_SERVER_ACCOUNT_LOCKOUT", &lockout)]).await;
    app.sign_up("tom").await;
    app
}

async fn log_in(app: &TestApp, password: &str) -> Reply {
    let body = json!({"username": "tom", "password": password});
    app.post(&Actor::anonymous(), "/login", body).await
}

#[tokio::test]
async fn the_threshold_locks_for_the_duration() {
    let app = app(2).await;
    for _ in 0..2 {
        log_in(&app, "x").await.refuses(404, 101, WRONG);
    }
    log_in(&app, "x").await.refuses(404, 101, LOCKED);
    log_in(&app, "tuna").await.refuses(404, 101, LOCKED);
    let body = json!({"username": "tom", "password": "tuna"});
    let verified = app.post(&Actor::anonymous(), "/verifyPassword", body).await;
    verified.refuses(404, 101, LOCKED);
    app.advance(TimeDelta::minutes(5) + TimeDelta::seconds(1));
    assert_eq!(log_in(&app, "tuna").await.status, 200);
    log_in(&app, "x").await.refuses(404, 101, WRONG);
}

#[tokio::test]
async fn the_right_password_starts_the_count_anew() {
    let app = app(2).await;
    for _ in 0..3 {
        log_in(&app, "x").await.refuses(404, 101, WRONG);
        assert_eq!(log_in(&app, "tuna").await.status, 200);
    }
}

#[tokio::test]
async fn guesses_made_at_once_do_not_get_past_the_threshold() {
    let app = app(3).await;
    let guesses: Vec<String> = (0..24).map(|guess| format!("guess {guess}")).collect();
    let replies = join_all(guesses.iter().map(|guess| log_in(&app, guess))).await;
    let told = replies.iter().filter(|reply| reply.body["error"] == WRONG);
    let locked = replies.iter().filter(|reply| reply.body["error"] == LOCKED);
    assert_eq!((told.count(), locked.count()), (3, 21));
    log_in(&app, "tuna").await.refuses(404, 101, LOCKED);
}

#[tokio::test]
async fn attempts_are_counted_one_by_one_however_they_interleave() {
    let app = app(3).await;
    let reply = log_in(&app, "tuna").await;
    let id = ObjectId::new(reply.id());
    let attempts = join_all((0..32).map(|_| count_attempt(&app.node, &id, false))).await;
    let unlocked = attempts.iter().filter(|attempt| attempt.is_ok());
    assert_eq!(unlocked.count(), 3);
    log_in(&app, "tuna").await.refuses(404, 101, LOCKED);
}

#[tokio::test]
async fn nobody_is_locked_who_does_not_exist() {
    let app = app(1).await;
    for _ in 0..3 {
        let body = json!({"username": "nobody", "password": "x"});
        let reply = app.post(&Actor::anonymous(), "/login", body).await;
        reply.refuses(404, 101, WRONG);
    }
}
