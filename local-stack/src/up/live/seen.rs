//! Asks the Parse API, as an app would, whether what was caught is there to be seen.

use super::{Feed, MAX_WAITING, lines};
use crate::up::outside::ParseApi;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Between two questions, while something is waited for.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn watch(parse: ParseApi, mut caught: mpsc::Receiver<String>, feed: Feed) {
    let mut waiting: VecDeque<String> = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let Some(capture) = caught.recv().await else {
                return;
            };
            waiting.push_back(capture);
        }
        while let Ok(capture) = caught.try_recv() {
            waiting.push_back(capture);
        }
        // What never comes (a service is left out, or was erased) makes room for what does.
        while waiting.len() > MAX_WAITING {
            waiting.pop_front();
        }
        let ids = waiting.make_contiguous();
        // An outage is the services' own to tell; the question is asked again.
        for capture in parse.existing("Capture", ids).await.unwrap_or_default() {
            waiting.retain(|id| *id != capture);
            feed.say(&lines::seen(&capture));
        }
        sleep(PAUSE).await;
    }
}
