//! Waits until a process answers that it can work.

use super::READY_PAUSE;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The longest that one question may take.
const ANSWER_DEADLINE: Duration = Duration::from_secs(3);

pub(super) async fn wait(
    http: &reqwest::Client,
    url: &str,
    name: &'static str,
    patience: Duration,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + patience;
    let mut last = "it never answered".to_owned();
    while Instant::now() < deadline {
        match http.get(url).timeout(ANSWER_DEADLINE).send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => {
                let status = answer.status();
                let body = answer.text().await.unwrap_or_default();
                last = format!("it answers {status}: {body}");
            }
            Err(error) if error.is_connect() => {}
            Err(error) => last = error.to_string(),
        }
        sleep(READY_PAUSE).await;
    }
    anyhow::bail!(
        "{name} is not ready after {} seconds: {last}",
        patience.as_secs()
    )
}
