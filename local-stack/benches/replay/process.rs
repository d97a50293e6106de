//! What the system says of a process.

use std::fs;

/// Clock ticks a second, as Linux counts processor time for programs.
const TICKS: f64 = 100.0;

/// Processor time and memory of a process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    ticks: u64,
    /// Resident memory.
    pub(crate) resident_kib: u64,
}

impl Usage {
    /// Of a running process; none when it has ended.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let after_name = stat.rsplit_once(')')?.1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks = |field: usize| fields.get(field)?.parse::<u64>().ok();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(Self {
            ticks: ticks(11)? + ticks(12)?,
            resident_kib: resident.trim().trim_end_matches(" kB").parse().ok()?,
        })
    }

    /// Processor time, in seconds.
    #[allow(clippy::cast_precision_loss)] // minutes at most
    pub(crate) fn cpu_s(&self) -> f64 {
        self.ticks as f64 / TICKS
    }

    /// The higher of each figure.
    pub(crate) fn at_least(self, other: Self) -> Self {
        Self {
            ticks: self.ticks.max(other.ticks),
            resident_kib: self.resident_kib.max(other.resident_kib),
        }
    }
}
