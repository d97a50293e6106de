//! Password hashes as parse-server keeps them (bcrypt, `$2b$10$`), made off the threads that serve requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Semaphore;

use crate::use_cases::Failure;

/// bcrypt's cost, as in parse-server.
const COST: u32 = 10;
/// Hashes that are computed at the same time; each keeps a core busy for some 50 ms.
const MAX_CONCURRENT: usize = 4;
/// A hash of nothing that anyone can type, for users that do not exist: they take as long as those that do.
const NOBODY: &str = "$2b$10$abcdefghijklmnopqrstuuFqVLb0u4G1cSrSEJxxHnP4MpYdLv5yS";

/// Makes and checks hashes, a bounded number at a time.
#[derive(Debug, Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    checks: Arc<AtomicU64>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    pub fn new() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(MAX_CONCURRENT)),
            checks: Arc::default(),
        }
    }

    /// Hashes that were computed to check a password: who does not exist must be worth one, too.
    pub fn checks(&self) -> u64 {
        self.checks.load(Ordering::Relaxed)
    }

    pub async fn hash(&self, password: &str) -> Result<String, Failure> {
        let password = password.to_owned();
        self.run("hashing a password", move || bcrypt::hash(password, COST))
            .await
    }

    /// Whether the password fits the hash; takes its time when there is no hash.
    pub async fn matches(&self, password: &str, hash: Option<&str>) -> Result<bool, Failure> {
        let password = password.to_owned();
        let (hash, is_known) = (hash.unwrap_or(NOBODY).to_owned(), hash.is_some());
        let checks = Arc::clone(&self.checks);
        let fits = self
            .run("checking a password", move || {
                checks.fetch_add(1, Ordering::Relaxed);
                Ok(bcrypt::verify(password, &hash).unwrap_or(false))
            })
            .await?;
        Ok(fits && is_known)
    }

    async fn run<T: Send + 'static>(
        &self,
        attempted: &'static str,
        work: impl FnOnce() -> Result<T, bcrypt::BcryptError> + Send + 'static,
    ) -> Result<T, Failure> {
        let outage =
            |cause: Box<dyn std::error::Error + Send + Sync>| Failure::Outage { attempted, cause };
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|error| outage(error.into()))?;
        let task = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        task.await
            .map_err(|error| outage(error.into()))?
            .map_err(|error| outage(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_user_that_does_not_exist_takes_a_real_hash() {
        let passwords = Passwords::new();
        assert!(
            matches!(bcrypt::verify("x", NOBODY), Ok(false)),
            "the hash of nobody is a hash"
        );
        assert!(!passwords.matches("x", None).await.unwrap());
        let hash = passwords.hash("tuna").await.unwrap();
        assert!(hash.starts_with("$2b$10$"), "{hash}");
        assert!(passwords.matches("tuna", Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn hashes_of_parse_server_are_known() {
        // bcrypt's own test vector: "abc" at cost 6.
        let hash = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";
        assert!(Passwords::new().matches("abc", Some(hash)).await.unwrap());
    }
}
