//! Work that keeps a core busy and may take its time, on a thread that yields to those that serve.

use rustix::process::setpriority_process;
use rustix::thread::gettid;
use tokio::sync::oneshot;

/// How far it yields, from 0 (not at all) to 19: with others about it gets a tenth of a core.
const NICE: i32 = 10;

/// The work ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum BackgroundError {
    /// There is no thread for it.
    #[error("no thread can be had for {name}")]
    NoThread {
        /// What the thread was for.
        name: &'static str,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It had a defect.
    #[error("{0} panicked")]
    Panicked(&'static str),
}

/// Does `work` on a thread of its own called `name`, and gives its result.
///
/// # Errors
/// [`BackgroundError`]
pub async fn run<T, F>(name: &'static str, work: F) -> Result<T, BackgroundError>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (answer, result) = oneshot::channel();
    let yielding = move || {
        if let Err(error) = setpriority_process(Some(gettid()), NICE) {
            tracing::debug!(%error, name, "the thread cannot yield");
        }
        // Whoever asked may have gone away.
        drop(answer.send(work()));
    };
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(yielding)
        .map_err(|source| BackgroundError::NoThread { name, source })?;
    result.await.map_err(|_| BackgroundError::Panicked(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::getpriority_process;

    #[tokio::test]
    async fn it_yields_and_its_caller_does_not() {
        let here = getpriority_process(Some(gettid())).unwrap();
        let there = run("a test", || getpriority_process(Some(gettid())).unwrap());
        assert_eq!(there.await.unwrap(), here.max(NICE));
        assert_eq!(getpriority_process(Some(gettid())).unwrap(), here);
    }

    #[tokio::test]
    async fn a_defect_is_told() {
        let work = run("a test", || panic!("a defect"));
        assert!(matches!(
            work.await,
            Err::<(), _>(BackgroundError::Panicked("a test"))
        ));
    }
}
