//! A cat that is signed in.

use super::memory::Memory;
use crate::up::outside::{CallError, INVALID_SESSION, ParseApi, SignedIn, USERNAME_TAKEN};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Access tokens live for 15 minutes; a new one is asked for well before that.
const TOKEN_AGE: Duration = Duration::from_secs(600);

/// A cat cannot act.
#[derive(Debug, thiserror::Error)]
pub(super) enum ActAsCatError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the demo's memory cannot be written")]
    Memory(#[from] io::Error),
}

/// A cat that has an account.
pub(super) struct Cat {
    name: String,
    id: String,
    parse: ParseApi,
    memory: Arc<Memory>,
    session: Mutex<String>,
    token: Mutex<Option<(String, Instant)>>,
}

impl fmt::Debug for Cat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cat({})", self.name)
    }
}

impl Cat {
    /// The cat with its last session, or signed up, or logged in when it has an account but the session was forgotten.
    pub(super) async fn arrive(
        name: &str,
        parse: &ParseApi,
        memory: &Arc<Memory>,
    ) -> Result<Self, ActAsCatError> {
        let account = memory.account(name)?;
        let session = match account.session {
            Some(session) => session,
            None => {
                let session = match parse.sign_up(name, &account.password).await {
                    Err(error) if error.has_code(USERNAME_TAKEN) => {
                        parse.log_in(name, &account.password).await?
                    }
                    signed_up => signed_up?,
                };
                memory.keep_session(name, &session)?;
                session
            }
        };
        let SignedIn {
            object_id,
            session_token,
        } = session;
        Ok(Self {
            name: name.to_owned(),
            id: object_id,
            parse: parse.clone(),
            memory: memory.clone(),
            session: Mutex::new(session_token),
            token: Mutex::default(),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn session(&self) -> String {
        self.session.lock().await.clone()
    }

    /// An access token for the other services.
    pub(super) async fn token(&self) -> Result<String, ActAsCatError> {
        let mut kept = self.token.lock().await;
        if let Some((token, asked)) = &*kept
            && asked.elapsed() < TOKEN_AGE
        {
            return Ok(token.clone());
        }
        let session = self.session().await;
        let token = match self.parse.access_token(&session).await {
            Err(error) if error.has_code(INVALID_SESSION) => {
                let session = self.log_in_again().await?;
                self.parse.access_token(&session).await?
            }
            token => token?,
        };
        *kept = Some((token.clone(), Instant::now()));
        Ok(token)
    }

    /// The next token will be a new one: this one was not believed.
    pub(super) async fn forget_token(&self) {
        *self.token.lock().await = None;
    }

    async fn log_in_again(&self) -> Result<String, ActAsCatError> {
        let password = self.memory.account(&self.name)?.password;
        let session = self.parse.log_in(&self.name, &password).await?;
        self.memory.keep_session(&self.name, &session)?;
        self.session.lock().await.clone_from(&session.session_token);
        Ok(session.session_token)
    }
}
