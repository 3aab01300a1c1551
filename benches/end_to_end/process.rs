//! Runs a command to its end and tells what it cost.

use std::error::Error;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

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
/// When it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<Usage, Box<dyn Error>> {
    let began = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let used = child.wait4()?;
    if !used.status.success() {
        return Err(format!("{command:?} ended with {}", used.status).into());
    }
    let cpu = used.rusage.utime + used.rusage.stime;
    Ok(Usage { cpu, wall: began.elapsed(), peak: used.rusage.maxrss })
}
