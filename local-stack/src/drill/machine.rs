//! On what the drill ran: figures mean nothing without it.

use serde::Serialize;
use std::fs;

#[derive(Debug, Serialize)]
pub(super) struct Machine {
    cpus: usize,
    memory_mib: Option<u64>,
    system: String,
    /// Whether the program was compiled with optimisations.
    optimised: bool,
}

impl Machine {
    pub(super) fn this() -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpus,
            memory_mib: memory_mib(),
            system: format!("{} {}", std::env::consts::OS, kernel.trim()),
            optimised: !cfg!(debug_assertions),
        }
    }

    pub(super) fn told(&self) -> String {
        let memory = self.memory_mib.map(|mib| format!("{mib} MiB, "));
        format!(
            "{} CPUs, {}{}, {} build",
            self.cpus,
            memory.unwrap_or_default(),
            self.system.trim(),
            if self.optimised { "release" } else { "debug" }
        )
    }
}

fn memory_mib() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
