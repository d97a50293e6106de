//! Asks the address that the settings give to clients whether it leads here, as parse-server does at its start.

use std::time::Duration;

use service_chassis::running::Running;
use tokio_util::sync::CancellationToken;

use crate::config::ParseSettings;

/// For one answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// An address is often right a little later: a proxy or a name comes up after the service.
const ATTEMPTS: u32 = 5;
const BETWEEN: Duration = Duration::from_secs(2);

/// Adds the question to what runs.
pub(super) fn when_wanted(running: Running, parse: &ParseSettings) -> Running {
    match parse.server_url.clone().filter(|_| parse.verify_server_url) {
        Some(url) => running.task(|stop| async move {
            verify(url, stop).await;
            Ok(())
        }),
        None => running,
    }
}

/// Warns when `server_url` does not answer; then waits for the stop, as it is no reason to end the service.
async fn verify(server_url: String, stop: CancellationToken) {
    let url = format!("{}/health", server_url.trim_end_matches('/'));
    let verified = async {
        if let Err(reason) = answers_in_time(&url).await {
            tracing::warn!(
                url,
                reason,
                "parse.server_url does not answer: clients and links that use it will fail (parse.verify_server_url = \
                 false asks no more)"
            );
        }
    };
    tokio::select! {
        () = verified => stop.cancelled().await,
        () = stop.cancelled() => {}
    }
}

async fn answers_in_time(url: &str) -> Result<(), String> {
    let builder = reqwest::Client::builder().timeout(PATIENCE);
    let client = builder.build().map_err(|error| error.to_string())?;
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(BETWEEN).await;
        }
        match answers(&client, url).await {
            Ok(()) => return Ok(()),
            Err(reason) => last = reason,
        }
    }
    Err(last)
}

async fn answers(client: &reqwest::Client, url: &str) -> Result<(), String> {
    match client.get(url).send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("it answers {}", answer.status())),
        Err(error) => Err(error.without_url().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    /// Answers one request with `status`.
    fn serve_once(status: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _read = stream.read(&mut [0; 1_024]).unwrap();
            write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
            .unwrap();
        });
        format!("http://{address}/parse/health")
    }

    #[tokio::test]
    async fn an_address_that_answers_is_good() {
        assert_eq!(answers_in_time(&serve_once("200 OK")).await, Ok(()));
    }

    #[tokio::test]
    async fn what_an_address_answers_instead_is_told() {
        let client = reqwest::Client::new();
        let refused = answers(&client, &serve_once("502 Bad Gateway")).await;
        assert_eq!(refused, Err("it answers 502 Bad Gateway".to_owned()));
        let nobody = answers(&client, "http://127.0.0.1:1/parse/health").await;
        assert!(nobody.is_err(), "{nobody:?}");
    }
}
