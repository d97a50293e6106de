//! Trying again: services restart, keys take a moment to arrive, and the demo has time.

use crate::up::screen::Screen;
use std::fmt::Display;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A trouble that lasts longer is worth a line.
const WORTH_A_LINE: Duration = Duration::from_secs(15);

/// Does it until it succeeds.
pub(super) async fn until_done<T, E: Display, F: Future<Output = Result<T, E>>>(
    screen: &Screen,
    what: &str,
    mut attempt: impl FnMut() -> F,
) -> T {
    let (started, mut pause, mut said) = (Instant::now(), FIRST_PAUSE, false);
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(error) if !said && started.elapsed() > WORTH_A_LINE => {
                said = true;
                screen.warn(&format!("the demo keeps trying to {what}: {error}"));
            }
            Err(_) => {}
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
