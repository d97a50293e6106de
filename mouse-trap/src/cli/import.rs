//! `mouse-trap import`: files in, progress and a summary out.

use super::{PortalArgs, show};
use crate::app::open_storage;
use crate::config::Settings;
use crate::counts::Counts;
use crate::domain::portal::outcome::Outcome;
use crate::domain::portal::row::read_rows;
use crate::domain::portal::species::SpeciesTable;
use crate::domain::portal::stakes::StakeMap;
use crate::use_cases::MouseTrap;
use crate::use_cases::import_portal::{
    Dating, ImportSummary, PORTAL, PortalImport, import_portal, import_summary,
};
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use service_chassis::clock::{Clock, SystemClock};
use std::io::{IsTerminal as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Notify;

/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 256 * 1024 * 1024;
/// In a pipe, progress is told after each tenth of the file.
const TOLD_PARTS: usize = 10;

/// Imports the Portal record.
pub(super) async fn portal(settings: Settings, args: PortalArgs) -> anyhow::Result<()> {
    let import = PortalImport {
        rows: read_rows(&read(&args.file)?).with_context(|| args.file.display().to_string())?,
        species: species(&args)?,
        stakes: stakes(&args)?,
        hunters: args.hunters,
        jurisdiction: settings.home()?,
        dating: if args.keep_dates {
            Dating::AsRecorded
        } else {
            Dating::Now
        },
    };
    let app = app(&settings).await?;
    let lines = import.rows.len();
    let (started, mut progress) = (Instant::now(), Progress::new(lines));
    let summary = import_portal(&app, import, |done| progress.tell(done)).await?;
    progress.end();
    let took = started.elapsed().as_secs_f64();
    if args.json {
        show(&json(&summary));
    } else {
        show(&format!(
            "{lines} lines in {took:.1} s\n{}",
            table(&summary)
        ));
    }
    Ok(())
}

/// Tells what is stored of the import.
pub(super) async fn status(settings: &Settings, as_json: bool) -> anyhow::Result<()> {
    let summary = import_summary(&app(settings).await?).await?;
    show(&if as_json {
        json(&summary)
    } else {
        table(&summary)
    });
    Ok(())
}

pub(super) async fn app(settings: &Settings) -> anyhow::Result<MouseTrap> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let opened = open_storage(&settings.database.url, &clock).await?;
    Ok(MouseTrap {
        storage: opened.storage,
        clock,
        counts: Counts::new()?,
        relay: Arc::new(Notify::new()),
    })
}

fn json(summary: &ImportSummary) -> String {
    let mut told = json!({ "import": PORTAL, "rows": summary.total() });
    for outcome in Outcome::ALL {
        told[outcome.as_str()] = summary.lines(outcome).into();
    }
    told["captures"] = summary.captures().into();
    told.to_string()
}

fn table(summary: &ImportSummary) -> String {
    let line = |name: &str, lines: u64| format!("{name:<10}{lines:>8}");
    let mut lines: Vec<_> = Outcome::ALL
        .into_iter()
        .map(|outcome| line(outcome.as_str(), summary.lines(outcome)))
        .collect();
    lines.push(line("all lines", summary.total()));
    lines.push(line("captures", summary.captures()));
    lines.join("\n")
}

fn species(args: &PortalArgs) -> anyhow::Result<SpeciesTable> {
    let path = args
        .species
        .clone()
        .unwrap_or_else(|| beside(&args.file, "Portal_rodent_species.csv"));
    let bytes = read(&path).context("the species table is needed; --species names it")?;
    SpeciesTable::read(&bytes).with_context(|| path.display().to_string())
}

/// Nobody's map is better than no import: what is not placed stands at the weather station.
fn stakes(args: &PortalArgs) -> anyhow::Result<StakeMap> {
    let path = match &args.coords {
        Some(path) => path.clone(),
        None => beside(&args.file, "Portal_UTMCoords.csv"),
    };
    if args.coords.is_none() && !path.exists() {
        tracing::warn!(path = %path.display(), "no coordinates; every trap stands at the study's weather station");
        return Ok(StakeMap::unmapped()?);
    }
    StakeMap::read(&read(&path)?).with_context(|| path.display().to_string())
}

fn beside(file: &Path, name: &str) -> PathBuf {
    file.with_file_name(name)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let size = std::fs::metadata(path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .len();
    anyhow::ensure!(
        size <= LARGEST_FILE,
        "{} is larger than {LARGEST_FILE} bytes",
        path.display()
    );
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A bar on a terminal, a line for each tenth in a pipe.
struct Progress {
    bar: ProgressBar,
    lines: usize,
    told: usize,
}

impl Progress {
    fn new(lines: usize) -> Self {
        let target = if stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(lines as u64), target);
        let style =
            ProgressStyle::with_template("{bar:40} {pos}/{len} lines, {per_sec}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            bar,
            lines,
            told: 0,
        }
    }

    fn tell(&mut self, done: usize) {
        self.bar.set_position(done as u64);
        let parts = (done * TOLD_PARTS)
            .checked_div(self.lines)
            .unwrap_or_default();
        if self.bar.is_hidden() && parts > self.told {
            self.told = parts;
            say(&format!("{done} of {} lines", self.lines));
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

#[allow(clippy::print_stderr)] // progress, beside the summary on standard output
fn say(text: &str) {
    eprintln!("{text}");
}
