//! A PostgreSQL of its own in a folder (Debian package postgresql).

use crate::process::{Process, free_port};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian puts its versions.
const VERSIONS: &str = "/usr/lib/postgresql";
/// PostgreSQL refuses to run as root; its package makes this user.
const USER: &str = "postgres";

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).ok()?;
    versions
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .max()
}

/// The command, run as one whom PostgreSQL serves.
fn command(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", USER, "--regid", USER, "--clear-groups"])
        .arg(program);
    command
}

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// The server and the URL of its database.
pub(crate) fn start(folder: &Path) -> Option<(Process, String)> {
    let programs = programs()?;
    let data = folder.join("postgresql");
    std::fs::create_dir(&data).expect("the folder is new");
    if is_root() {
        let id = |flag| {
            let output = Command::new("id")
                .args([flag, USER])
                .output()
                .expect("id runs");
            String::from_utf8_lossy(&output.stdout)
                .trim()
                .parse::<u32>()
                .ok()
        };
        chown(&data, id("-u"), id("-g")).expect("root may give folders away");
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
            .expect("it is ours");
    }
    let made = command(&programs.join("initdb"))
        .args(["--auth", "trust", "--username", USER, "--pgdata"])
        .arg(&data)
        .output()
        .expect("initdb runs");
    assert!(made.status.success(), "initdb: {made:?}");
    let port = free_port();
    let mut server = command(&programs.join("postgres"));
    server
        .arg("-D")
        .arg(&data)
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k", ""]);
    let process = Process::start(&mut server, port);
    Some((
        process,
        format!("postgres://{USER}@127.0.0.1:{port}/postgres"),
    ))
}
