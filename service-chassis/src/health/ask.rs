//! Asks a running service from outside whether it is ready: the health check of its container, which has no shell and no curl.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Longer than the service gives its own checks.
const DEADLINE: Duration = Duration::from_secs(3);

/// What is read of an answer; a readiness report is a few hundred bytes.
const MAX_ANSWER_BYTES: u64 = 16 * 1024;

/// The service is not ready to work.
#[derive(Debug, thiserror::Error)]
pub enum AskReadinessError {
    /// Nobody answered.
    #[error("nothing answers on {host}:{port}")]
    NoAnswer {
        /// Where it was asked.
        host: String,
        /// Where it was asked.
        port: u16,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// It answered that it is not ready.
    #[error("not ready: {0}")]
    NotReady(String),
}

/// Asks `/readyz` of the service that listens on `host` and `port`, as its own settings name them, and gives its report.
///
/// # Errors
/// It does not answer, or with anything but 200.
pub fn ask_readiness(host: &str, port: u16) -> Result<String, AskReadinessError> {
    let answer = get(host, port, "/readyz").map_err(|source| AskReadinessError::NoAnswer {
        host: host.to_owned(),
        port,
        source,
    })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.split_whitespace().nth(1) == Some("200") {
        Ok(body.to_owned())
    } else {
        Err(AskReadinessError::NotReady(answer))
    }
}

/// HTTP/1.0, so that the server ends the answer by closing the connection.
fn get(host: &str, port: u16, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address(host, port)?, DEADLINE)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A service that listens on every address is asked on loopback.
fn address(host: &str, port: u16) -> io::Result<SocketAddr> {
    let mut addresses = (host, port).to_socket_addrs()?;
    let mut address = addresses
        .next()
        .ok_or_else(|| io::Error::other("the name has no address"))?;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufRead;
    use std::net::TcpListener;
    use std::thread;

    /// Answers one question and tells its first line.
    fn answering(answer: &'static str) -> (u16, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a question");
            let mut lines =
                io::BufReader::new(stream.try_clone().expect("a second handle")).lines();
            let first = lines.next().expect("a line").expect("text");
            let _rest = lines.find(|line| line.as_ref().is_ok_and(String::is_empty));
            stream.write_all(answer.as_bytes()).expect("answered");
            first
        });
        (port, server)
    }

    #[test]
    fn a_ready_service_gives_its_report() {
        let (port, server) = answering("HTTP/1.0 200 OK\r\n\r\n{\"status\":\"ok\"}");
        let report = ask_readiness("0.0.0.0", port).expect("ready");
        assert_eq!(report, "{\"status\":\"ok\"}");
        assert_eq!(server.join().expect("served"), "GET /readyz HTTP/1.0");
    }

    #[test]
    fn a_failing_service_says_why() {
        let (port, server) =
            answering("HTTP/1.0 503 Service Unavailable\r\n\r\n{\"bus\":\"refused\"}");
        let error = ask_readiness("127.0.0.1", port).expect_err("not ready");
        assert!(error.to_string().contains("refused"), "{error}");
        server.join().expect("served");
    }

    #[test]
    fn an_absent_service_is_named() {
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            listener.local_addr().expect("bound").port()
        };
        let error = ask_readiness("127.0.0.1", port).expect_err("nobody listens");
        assert!(
            matches!(error, AskReadinessError::NoAnswer { .. }),
            "{error}"
        );
    }
}
