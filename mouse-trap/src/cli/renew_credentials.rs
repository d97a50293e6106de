//! `mouse-trap renew-credentials`: new secrets for the operator's eyes only, a line of JSON for each trap.

use super::show;
use crate::config::Settings;
use crate::domain::access::Caller;
use crate::domain::credential::TrapSecret;
use crate::domain::trap::Trap;
use crate::use_cases::renew_all_credentials::renew_all_credentials;
use anyhow::Context as _;
use serde_json::json;
use shared_events::id::CatId;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Only this user may read secrets.
const SECRET_MODE: u32 = 0o600;

/// Standard output, for a replica that has no disk.
const STDOUT: &str = "-";

/// Renews all credentials. Tells how many as a line of JSON; after the secrets when those go to standard output.
pub(super) async fn run(settings: &Settings, to: &Path) -> anyhow::Result<()> {
    let operator = Caller {
        cat: CatId::new("operator")?,
        royal_court: true,
    };
    let app = super::import::app(settings).await?;
    let renewed = match to.as_os_str() == STDOUT {
        true => {
            let keep = |secrets: &[_]| io::stdout().write_all(&lines(secrets));
            renew_all_credentials(&app, &operator, keep).await?
        }
        false => {
            let mut file = make(to).with_context(|| format!("{} cannot be made", to.display()))?;
            let keep = |secrets: &[_]| {
                file.write_all(&lines(secrets))?;
                file.sync_all()
            };
            renew_all_credentials(&app, &operator, keep).await?
        }
    };
    show(&serde_json::to_string(&renewed)?);
    Ok(())
}

fn make(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(SECRET_MODE)
        .open(path)
}

fn lines(secrets: &[(Trap, TrapSecret)]) -> Vec<u8> {
    let mut lines = String::new();
    for (trap, secret) in secrets {
        let line = json!({
            "trap": trap.id,
            "site": trap.site,
            "owner": trap.owner,
            "credential": secret.reveal(),
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    lines.into_bytes()
}
