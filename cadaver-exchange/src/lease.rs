//! Holding the lease: only its holder trades on a database, and everyone else waits. See `docs/decisions/0026-*`.

use crate::storage::{Epoch, Lease, Storage, StorageError};
use service_chassis::clock::Clock;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// How many times a lease is renewed in its life.
const BEATS_IN_A_LIFE: u32 = 6;
/// How often a renewal may be answered too late to be worth anything.
const MAX_LATE_ANSWERS: usize = 8;

/// An epoch that this process holds, and until when that is certain without asking.
#[derive(Debug, Clone)]
pub struct Tenure {
    epoch: Epoch,
    ttl: Duration,
    clock: Arc<dyn Clock>,
    began: Instant,
    /// Milliseconds after `began`.
    certain_until: Arc<AtomicU64>,
}

impl Tenure {
    fn new(epoch: Epoch, ttl: Duration, clock: Arc<dyn Clock>, asked: Instant) -> Self {
        let tenure = Self {
            epoch,
            ttl,
            clock,
            began: asked,
            certain_until: Arc::default(),
        };
        tenure.extend(asked);
        tenure
    }

    /// The epoch.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether nobody can have taken over yet. It ends a little before others may, and while a process is stopped its
    /// time goes on.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.clock.instant().duration_since(self.began).as_millis()
            < u128::from(self.certain_until.load(Relaxed))
    }

    /// Makes certain of it, asking the database if need be.
    ///
    /// # Errors
    /// Another epoch has begun, or the database cannot tell.
    pub async fn make_certain(&self, storage: &dyn Storage) -> Result<(), StorageError> {
        for _ in 0..MAX_LATE_ANSWERS {
            if self.is_certain() {
                return Ok(());
            }
            // An answer that took longer than a lease lives says nothing: another may have taken it meanwhile.
            self.renew(storage).await?;
        }
        Err(StorageError::Unavailable {
            attempted: "renew the lease in time",
            source: Box::new(std::io::Error::other(
                "its answers take longer than a lease lives",
            )),
        })
    }

    async fn renew(&self, storage: &dyn Storage) -> Result<(), StorageError> {
        let asked = self.clock.instant();
        storage.renew_lease(self.epoch).await?;
        self.extend(asked);
        Ok(())
    }

    fn extend(&self, asked: Instant) {
        let until = asked.duration_since(self.began) + self.ttl * 3 / 4;
        let until = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
        self.certain_until.fetch_max(until, Relaxed);
    }
}

/// An attempt to get the lease: it remembers for how long nobody has been heard.
#[derive(Debug)]
pub struct Contest {
    holder: String,
    ttl: Duration,
    clock: Arc<dyn Clock>,
    seen: Option<(Lease, Instant)>,
}

impl Contest {
    /// An attempt for `holder`, whose leases live for `ttl` without a beat, by `clock`.
    #[must_use]
    pub fn new(holder: String, ttl: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            holder,
            ttl,
            clock,
            seen: None,
        }
    }

    /// How long to wait before trying again.
    #[must_use]
    pub fn pause(&self) -> Duration {
        self.ttl / BEATS_IN_A_LIFE
    }

    /// Who holds the lease, as far as was seen.
    #[must_use]
    pub fn rival(&self) -> Option<&str> {
        self.seen.as_ref().map(|(lease, _)| lease.holder.as_str())
    }

    /// Takes the lease if it is free, or if its holder has been silent for as long as a lease lives.
    ///
    /// # Errors
    /// The database failed.
    pub async fn try_take(
        &mut self,
        storage: &dyn Storage,
    ) -> Result<Option<Tenure>, StorageError> {
        let asked = self.clock.instant();
        let lease = storage.lease().await?;
        // The holder may have beaten while the answer was under way, so silence counts from when it came.
        let answered = self.clock.instant();
        let silent_since = match &self.seen {
            Some((seen, since)) if *seen == lease => *since,
            _ => answered,
        };
        self.seen = Some((lease.clone(), silent_since));
        let silence = answered.duration_since(silent_since);
        if !lease.is_free && silence < self.ttl {
            return Ok(None);
        }
        let taken = storage.take_lease(lease, self.holder.clone()).await?;
        Ok(taken.map(|epoch| Tenure::new(epoch, self.ttl, self.clock.clone(), asked)))
    }
}

/// Renews the lease until `stop`, then gives it back. An outage of the database is waited out: nothing can be written meanwhile.
///
/// # Errors
/// Another epoch has begun.
pub async fn keep(
    storage: Arc<dyn Storage>,
    tenure: Tenure,
    stop: CancellationToken,
) -> Result<(), StorageError> {
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return storage.release_lease(tenure.epoch).await,
            () = tenure.clock.pause(tenure.ttl / BEATS_IN_A_LIFE) => {}
        }
        match tenure.renew(storage.as_ref()).await {
            Err(fenced @ StorageError::Fenced { .. }) => return Err(fenced),
            Err(outage) => {
                let error = &outage as &dyn std::error::Error;
                tracing::warn!(error, "the lease could not be renewed; trying again");
            }
            Ok(()) => {}
        }
    }
}
