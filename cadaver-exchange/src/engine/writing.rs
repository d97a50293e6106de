//! A batch on its way into the journal.

use super::batch::Seen;
use crate::storage::StorageError;
use futures_util::future::{BoxFuture, FutureExt, MaybeDone, maybe_done};
use std::pin::pin;

/// The write, and what may be seen after it.
pub(super) struct Writing {
    write: MaybeDone<BoxFuture<'static, Result<(), StorageError>>>,
    pub(super) seen: Seen,
}

impl Writing {
    pub(super) fn new(
        write: impl Future<Output = Result<(), StorageError>> + Send + 'static,
        seen: Seen,
    ) -> Self {
        let write = maybe_done(write.boxed());
        Self { write, seen }
    }

    /// Waits for the end of the write.
    async fn end(&mut self) -> Result<(), StorageError> {
        (&mut self.write).await;
        let written = std::pin::Pin::new(&mut self.write).take_output();
        written.expect("it has just been waited for, and is waited for once")
    }
}

/// Waits for the end of what is being written; for ever if nothing is.
pub(super) async fn written(writing: &mut Option<Writing>) -> Result<Seen, StorageError> {
    match writing {
        Some(under_way) => under_way.end().await?,
        None => std::future::pending().await,
    }
    let written = writing.take().expect("it has just been waited for");
    Ok(written.seen)
}

/// Waits for `other` while what is being written goes on: the database may want to end the one before it begins the other.
pub(super) async fn beside<T>(
    writing: &mut Option<Writing>,
    other: impl Future<Output = T> + Send,
) -> T {
    let mut other = pin!(other);
    if let Some(under_way) = writing {
        tokio::select! {
            biased;
            value = &mut other => return value,
            () = &mut under_way.write => {}
        }
    }
    other.await
}
