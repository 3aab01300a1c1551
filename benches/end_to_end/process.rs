//! Runs a command to its end and tells what it cost.

use std::io::{Read, Seek};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

use crate::Outcome;

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Time of the processors, the system's included.
    pub cpu: Duration,
    /// Time on the clock.
    pub wall: Duration,
    /// Bytes of memory at its widest.
    pub peak: u64,
}

/// Runs a command whose output does not matter.
///
/// # Errors
/// When it cannot be started or does not succeed, with what it said.
pub(crate) fn run(command: &mut Command) -> Outcome<Usage> {
    let began = Instant::now();
    let mut said = tempfile::tempfile()?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said.try_clone()?);
    let used = command.spawn()?.wait4()?;
    if !used.status.success() {
        let mut text = String::new();
        said.rewind()?;
        said.read_to_string(&mut text)?;
        return Err(format!("{command:?} ended with {}: {text}", used.status).into());
    }
    let cpu = used.rusage.utime + used.rusage.stime;
    Ok(Usage { cpu, wall: began.elapsed(), peak: used.rusage.maxrss })
}

/// The medians of `times` runs of `once`, each figure by itself.
///
/// # Errors
/// The first of a run.
pub(crate) fn medians(times: usize, mut once: impl FnMut() -> Outcome<Usage>) -> Outcome<Usage> {
    let runs = (0..times.max(1)).map(|_| once()).collect::<Outcome<Vec<Usage>>>()?;
    Ok(Usage {
        cpu: median(runs.iter().map(|run| run.cpu)),
        wall: median(runs.iter().map(|run| run.wall)),
        peak: median(runs.iter().map(|run| run.peak)),
    })
}

/// The middle of some values, the lower one of two; there is at least one.
pub(crate) fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values[(values.len() - 1) / 2]
}
