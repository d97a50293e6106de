//! Stopping in good order: SIGTERM or Ctrl-C once asks politely, a second time ends the process at once.

use tokio_util::sync::CancellationToken;

/// Exit status of a process that was told twice to stop.
const IMPATIENT_EXIT: i32 = 130;

/// A token that is cancelled when the process is asked to stop.
///
/// # Errors
/// The signals cannot be listened to.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let token = CancellationToken::new();
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let asked = token.clone();
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        tracing::info!("asked to stop; finishing what is under way");
        asked.cancel();
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        std::process::exit(IMPATIENT_EXIT);
    });
    Ok(token)
}
