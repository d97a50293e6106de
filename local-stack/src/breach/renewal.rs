//! New keys for old ones, while nothing runs.

use super::places::Places;
use super::tools::{catweb, service};
use crate::up::{DataFolder, renew_demo};
use anyhow::Context as _;
use serde::Deserialize;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;

/// The new secrets of traps, by trap.
pub(super) type TrapSecrets = HashMap<String, String>;

/// A line of the file that `catweb mouse-trap renew-credentials` writes.
#[derive(Deserialize)]
struct Issued {
    trap: String,
    credential: String,
}

/// Ends sessions, replaces signing keys and the credentials of traps, each service on its own database.
pub(super) async fn revoke(places: &Places) -> anyhow::Result<(TrapSecrets, String)> {
    let cats = service(places, "cat-node", ["revoke-all"]).await?;
    let to = places.trap_secrets();
    let arguments: [OsString; 3] = ["renew-credentials".into(), "--to".into(), to.clone().into()];
    let traps = service(places, "mouse-trap", arguments).await?;
    let text = fs::read_to_string(&to).with_context(|| to.display().to_string())?;
    let issued = text.lines().map(serde_json::from_str::<Issued>);
    let issued: Vec<Issued> = issued.collect::<Result<_, _>>()?;
    let secrets = issued
        .into_iter()
        .map(|issued| (issued.trap, issued.credential));
    Ok((
        secrets.collect(),
        format!("cat-node {cats}, mouse-trap {traps}"),
    ))
}

/// Makes the folder's own keys anew, and hands the demo's devices their new secrets.
pub(super) fn renew(places: &Places, secrets: &TrapSecrets) -> anyhow::Result<((), String)> {
    match fs::remove_file(places.data_dir().join("master-key")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    DataFolder::open_in_quarantine(places.data_dir())?
        .master_key()
        .context("the master key cannot be kept")?;
    let demo = renew_demo(&places.data_dir().join("demo.json"), secrets)?;
    let mut told = vec!["another master key".to_owned()];
    if demo {
        told.push("the demo's traps have their new credentials".to_owned());
    }
    for path in [places.backups(), places.backup_key()] {
        if let Some(aside) = places.put_aside(path)? {
            told.push(format!("put aside {}", aside.display()));
        }
    }
    Ok(((), told.join("; ")))
}

/// The first backup that only the new key opens.
pub(super) async fn back_up(places: &Places) -> anyhow::Result<((), String)> {
    let mut arguments: Vec<OsString> = vec!["backup".into(), "--data-dir".into()];
    arguments.extend([places.data_dir().into(), "--backups".into()]);
    arguments.extend([places.backups().into(), "--backup-key".into()]);
    arguments.push(places.backup_key().into());
    let said = catweb(arguments).await?;
    Ok(((), said.replace('\n', "; ")))
}
