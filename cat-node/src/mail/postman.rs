//! Sends pending mails: at least once each, a few at a time, again later when the way is blocked.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use service_chassis::clock::Clock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::letter::Letters;
use super::pending::{self, PendingMail};
use super::{Mailer, OpenMailerError, SendError};
use crate::domain::acl::Access;
use crate::domain::names::ClassName;
use crate::node::Node;
use crate::storage::{Storage, StorageError};

/// Mails that leave at the same time.
const MAX_AT_ONCE: usize = 4;
/// Mails that are looked at in one round.
const MAX_PER_ROUND: u64 = 64;
/// How often to look for what other replicas left, and for what failed before.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// The longest that sending one mail may take.
const SEND_DEADLINE: Duration = Duration::from_secs(60);
/// Nobody else takes a mail up for as long; after a crash it is sent again then.
const LEASE: TimeDelta = TimeDelta::seconds(120);
/// The first wait after a failure; it doubles with each.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(30);
/// About a day and a half.
const MAX_ATTEMPTS: u32 = 12;

/// The one that brings mails to the mailer.
#[derive(Debug)]
pub struct Postman {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    mailer: Arc<dyn Mailer>,
    letters: Letters,
    /// Told when there is a new mail.
    wake: Arc<Notify>,
}

impl Postman {
    /// The postman of a node; `None` when it sends no mail.
    pub fn of(node: &Node) -> Result<Option<Self>, OpenMailerError> {
        let mailer = super::open(&node.settings, &node.webhooks)?;
        let (Some(mailer), Some(letters)) = (mailer, Letters::new(&node.settings)) else {
            return Ok(None);
        };
        Ok(Some(Self {
            storage: Arc::clone(&node.storage),
            clock: Arc::clone(&node.clock),
            mailer,
            letters,
            wake: Arc::clone(&node.postman),
        }))
    }

    /// Works until the stop. What is under way then is finished; the rest waits for the next start.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.round().await {
                // There may be more.
                Ok(sent) if sent > 0 => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "pending mails could not be read or written"
                ),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// How many it took up.
    async fn round(&self) -> Result<usize, StorageError> {
        let due = pending::due(&*self.storage, self.clock.now(), MAX_PER_ROUND).await?;
        let results: Vec<_> = stream::iter(due)
            .map(|mail| self.take_up(mail))
            .buffer_unordered(MAX_AT_ONCE)
            .collect()
            .await;
        let mut taken_up = 0;
        for result in results {
            taken_up += usize::from(result?);
        }
        Ok(taken_up)
    }

    async fn take_up(&self, mail: PendingMail) -> Result<bool, StorageError> {
        let storage = &*self.storage;
        let now = self.clock.now();
        let Some(mail) = mail.postpone(storage, now, LEASE).await? else {
            return Ok(false);
        };
        let user = storage
            .get(&ClassName::USER, &mail.user, &Access::Master)
            .await?;
        let letter = user.and_then(|user| self.letters.write(mail.kind, &user));
        let Some(letter) = letter else {
            mail.forget(storage).await?;
            return Ok(true);
        };
        let sent = tokio::time::timeout(SEND_DEADLINE, self.mailer.send(&letter)).await;
        let sent = sent.unwrap_or_else(|late| {
            Err(SendError {
                is_final: false,
                cause: late.into(),
            })
        });
        match sent {
            Ok(()) => mail.forget(storage).await?,
            Err(error) => self.after_failure(mail, now, &error).await?,
        }
        Ok(true)
    }

    async fn after_failure(
        &self,
        mail: PendingMail,
        began: DateTime<Utc>,
        error: &SendError,
    ) -> Result<(), StorageError> {
        let gives_up = error.is_final || mail.attempts >= MAX_ATTEMPTS;
        tracing::warn!(
            error = error as &dyn std::error::Error,
            kind = mail.kind.name(),
            user = mail.user.as_str(),
            attempts = mail.attempts,
            gives_up,
            "a mail could not be sent"
        );
        if gives_up {
            return mail.forget(&*self.storage).await;
        }
        let wait = FIRST_WAIT * (1 << mail.attempts.min(MAX_ATTEMPTS));
        mail.postpone(&*self.storage, began, wait).await?;
        Ok(())
    }
}
