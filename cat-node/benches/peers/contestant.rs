//! A server under comparison: running, filled, and with the requests that it is asked.

use crate::process::{Process, cpu_s, resident_mib};
use crate::wrk::{self, Work};
use std::path::Path;
use tempfile::TempDir;

/// Objects that are there before the load.
pub(crate) const OBJECTS: usize = 10_000;
/// Objects that a find of many answers.
pub(crate) const MANY: usize = 100;
/// Different requests that wrk takes from.
pub(crate) const PREPARED: usize = 2_000;

/// A running server.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) base: String,
    pub(crate) works: Vec<Work>,
    pub(crate) process: Process,
    /// The database, where it is a process of its own.
    pub(crate) _database: Option<Process>,
    pub(crate) folder: TempDir,
}

/// What one work cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) name: &'static str,
    pub(crate) per_second: f64,
    /// Processor time of the server's process, the database not included where it is another one.
    pub(crate) cpu_ms: f64,
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
}

/// What a contestant did.
#[derive(Debug, Clone)]
pub(crate) struct Results {
    pub(crate) name: &'static str,
    pub(crate) figures: Vec<Figures>,
    pub(crate) idle_mib: f64,
    pub(crate) loaded_mib: f64,
}

impl Contestant {
    /// Does each work for so long, one after the other.
    pub(crate) fn run(&self, seconds: u64) -> Results {
        let pid = self.process.pid();
        let idle_mib = resident_mib(pid);
        let measured = self
            .works
            .iter()
            .map(|work| measure(pid, &self.base, work, seconds, self.folder.path()));
        let figures = measured.collect();
        let loaded_mib = resident_mib(pid);
        Results {
            name: self.name,
            figures,
            idle_mib,
            loaded_mib,
        }
    }
}

/// One work on a server; a request that fails ends the comparison.
pub(crate) fn measure(pid: u32, base: &str, work: &Work, seconds: u64, folder: &Path) -> Figures {
    let before = cpu_s(pid);
    let outcome = wrk::run(base, work, seconds, folder);
    let used = cpu_s(pid) - before;
    assert!(
        outcome.failed == 0.0 && outcome.requests > 0.0,
        "{}: {outcome:?}",
        work.name
    );
    Figures {
        name: work.name,
        per_second: outcome.requests / outcome.seconds,
        cpu_ms: used * 1e3 / outcome.requests,
        median_ms: outcome.median_ms,
        p99_ms: outcome.p99_ms,
    }
}
