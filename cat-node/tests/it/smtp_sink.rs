//! A small SMTP server that keeps what it gets: it speaks the protocol over TCP, as the real ones do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
    rules: Arc<Rules>,
}

/// How it treats its clients, and what they did.
#[derive(Default)]
struct Rules {
    /// Recipients that are yet to be refused, and with which code.
    refusals: AtomicU32,
    code: AtomicU32,
    /// What `AUTH PLAIN` has to say before a mail is taken.
    login: parking_lot::Mutex<Option<String>>,
    wrong_logins: AtomicU32,
    verbs: parking_lot::Mutex<Vec<String>>,
    sessions_ended: AtomicU32,
}

impl SmtpSink {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, received) = mpsc::unbounded_channel();
        let rules = Arc::new(Rules::default());
        let of_sessions = Arc::clone(&rules);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, rules) = (sender.clone(), Arc::clone(&of_sessions));
                tokio::spawn(async move {
                    // A client that goes away in the middle is its own business.
                    let _ = session(stream, sender, &rules).await;
                    rules.sessions_ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            port,
            received: Mutex::new(received),
            rules,
        }
    }

    /// Refuses the next recipients with this code.
    pub(crate) fn refuse(&self, recipients: u32, code: u32) {
        self.rules.code.store(code, Ordering::SeqCst);
        self.rules.refusals.store(recipients, Ordering::SeqCst);
    }

    pub(crate) fn refusals_left(&self) -> u32 {
        self.rules.refusals.load(Ordering::SeqCst)
    }

    /// Takes mails only from who logs in like this.
    pub(crate) fn demand_login(&self, user: &str, password: &str) {
        let login = STANDARD.encode(format!("\0{user}\0{password}"));
        self.rules.login.lock().replace(login);
    }

    pub(crate) fn wrong_logins(&self) -> u32 {
        self.rules.wrong_logins.load(Ordering::SeqCst)
    }

    pub(crate) fn sessions_ended(&self) -> u32 {
        self.rules.sessions_ended.load(Ordering::SeqCst)
    }

    /// The commands of all clients.
    pub(crate) fn verbs(&self) -> Vec<String> {
        self.rules.verbs.lock().clone()
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
    rules: &Rules,
) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 sink ESMTP\r\n").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    let mut is_let_in = false;
    while let Some(line) = lines.next_line().await? {
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        rules.verbs.lock().push(verb.clone());
        let reply = match verb.as_str() {
            "EHLO" => "250-sink\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 SMTPUTF8".to_owned(),
            "AUTH" => {
                is_let_in = rules.lets_in(&line);
                if is_let_in { "235 welcome" } else { "535 who?" }.to_owned()
            }
            "MAIL" if !is_let_in && rules.login.lock().is_some() => "530 log in first".to_owned(),
            "MAIL" => {
                from = address(&line);
                to.clear();
                "250 ok".to_owned()
            }
            "RCPT" if rules.refuses() => {
                format!("{} not now", rules.code.load(Ordering::SeqCst))
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

impl Rules {
    fn refuses(&self) -> bool {
        let take = |left: u32| left.checked_sub(1);
        self.refusals
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
            .is_ok()
    }

    fn lets_in(&self, line: &str) -> bool {
        let given = line.rsplit(' ').next();
        let is_right = self
            .login
            .lock()
            .as_deref()
            .is_none_or(|login| given == Some(login));
        if !is_right {
            self.wrong_logins.fetch_add(1, Ordering::SeqCst);
        }
        is_right
    }
}

fn address(line: &str) -> String {
    let after = line.split('<').nth(1).unwrap_or_default();
    after.split('>').next().unwrap_or_default().to_owned()
}
