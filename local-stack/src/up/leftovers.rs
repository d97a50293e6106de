//! Children of a runner that was killed end by themselves, but not at once: a new runner waits for them, as they hold
//! ports and databases.

use super::folder::DataFolder;
use super::screen::{Paint, Screen};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longer than a service takes to stop in good order.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until the processes that the folder's pid files name are gone.
pub(super) async fn wait(folder: &DataFolder, screen: &Screen) {
    let deadline = Instant::now() + PATIENCE;
    let mut said = false;
    while let Some(name) = alive(folder) {
        if Instant::now() > deadline {
            screen.warn(&format!(
                "{name} of an earlier run still works on this folder; going on without waiting for it"
            ));
            return;
        }
        if !said {
            said = true;
            screen.say(&screen.paint(
                Paint::Quiet,
                &format!("waiting until {name} of an earlier run has stopped"),
            ));
        }
        sleep(PAUSE).await;
    }
}

fn alive(folder: &DataFolder) -> Option<String> {
    let files = fs::read_dir(folder.root().join("pids")).ok()?;
    files.flatten().find_map(|file| {
        let name = file.path().file_stem()?.to_str()?.to_owned();
        let pid = fs::read_to_string(file.path()).ok()?;
        is_alive(pid.trim().parse().ok()?, &name).then_some(name)
    })
}

/// Whether this process is a child of a runner. Its number may belong to another program by now, and a process that has
/// ended but was not yet waited for has no command line.
fn is_alive(pid: u32, name: &str) -> bool {
    if !Path::new("/proc/self/cmdline").exists() {
        return i32::try_from(pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok());
    }
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    command
        .split(|byte| *byte == 0)
        .any(|word| word == name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_program_with_the_number_is_no_leftover() {
        assert!(!is_alive(std::process::id(), "cat-node"));
    }
}
