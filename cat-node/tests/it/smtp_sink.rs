//! A small SMTP server that keeps what it gets: it speaks the protocol over TCP, as the real ones do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};

/// The longest that a test waits for a mail.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one transaction brought.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Headers and body, with quoted-printable line breaks taken out.
    pub(crate) data: String,
}

impl Received {
    /// The link in the text.
    pub(crate) fn link(&self) -> String {
        let start = self
            .data
            .find("http")
            .unwrap_or_else(|| panic!("no link in {self:?}"));
        let link = self.data[start..].split_whitespace().next().unwrap();
        link.to_owned()
    }

    pub(crate) fn token(&self) -> String {
        self.link().split("token=").nth(1).unwrap().to_owned()
    }
}

pub(crate) struct SmtpSink {
    pub(crate) port: u16,
    received: Mutex<mpsc::UnboundedReceiver<Received>>,
    /// Recipients that are yet to be refused, and with which code.
    refusals: Arc<(AtomicU32, AtomicU32)>,
}

impl SmtpSink {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, received) = mpsc::unbounded_channel();
        let refusals = Arc::new((AtomicU32::new(0), AtomicU32::new(451)));
        let of_sessions = Arc::clone(&refusals);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, refusals) = (sender.clone(), Arc::clone(&of_sessions));
                tokio::spawn(async move {
                    // A client that goes away in the middle is its own business.
                    let _ = session(stream, sender, &refusals).await;
                });
            }
        });
        Self {
            port,
            received: Mutex::new(received),
            refusals,
        }
    }

    /// Refuses the next recipients with this code.
    pub(crate) fn refuse(&self, recipients: u32, code: u32) {
        self.refusals.1.store(code, Ordering::SeqCst);
        self.refusals.0.store(recipients, Ordering::SeqCst);
    }

    pub(crate) fn refusals_left(&self) -> u32 {
        self.refusals.0.load(Ordering::SeqCst)
    }

    pub(crate) async fn next(&self) -> Received {
        let next =
            tokio::time::timeout(PATIENCE, async { self.received.lock().await.recv().await });
        next.await.expect("a mail comes in time").unwrap()
    }

    /// What came and was not taken yet.
    pub(crate) async fn has_more(&self) -> bool {
        self.received.lock().await.try_recv().is_ok()
    }

    /// The settings of a service that sends to it.
    pub(crate) fn adapter(&self) -> String {
        serde_json::json!({"smtp": format!("smtp://127.0.0.1:{}", self.port), "from": "Cats <cats@cats.example>"})
            .to_string()
    }
}

async fn session(
    stream: TcpStream,
    sender: mpsc::UnboundedSender<Received>,
    refusals: &(AtomicU32, AtomicU32),
) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 sink ESMTP\r\n").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(line) = lines.next_line().await? {
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" => "250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned(),
            "MAIL" => {
                from = address(&line);
                to.clear();
                "250 ok".to_owned()
            }
            "RCPT" if refuses(&refusals.0) => {
                format!("{} not now", refusals.1.load(Ordering::SeqCst))
            }
            "RCPT" => {
                to.push(address(&line));
                "250 ok".to_owned()
            }
            "DATA" if to.is_empty() => "503 nobody to send to".to_owned(),
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut data = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    data.push('\n');
                }
                let data = data.replace("=\n", "").replace("=3D", "=");
                let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                let _ = sender.send(Received { from, to, data });
                "250 taken".to_owned()
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            "NOOP" | "RSET" | "HELO" => "250 ok".to_owned(),
            _ => "502 what?".to_owned(),
        };
        writer.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn refuses(left: &AtomicU32) -> bool {
    let take = |left: u32| left.checked_sub(1);
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
        .is_ok()
}

fn address(line: &str) -> String {
    let after = line.split('<').nth(1).unwrap_or_default();
    after.split('>').next().unwrap_or_default().to_owned()
}
