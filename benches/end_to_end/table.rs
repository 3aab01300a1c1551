//! The rows of the tables that benchmarks print: what, what it cost, how that compares.

use std::time::Duration;

use crate::process::Usage;

const MEBI: f64 = 1_048_576.0;

/// Prints the head of a table.
pub(crate) fn head() {
    println!("| what | CPU s | wall s | peak MiB | figure | against the peer |");
    println!("| --- | ---: | ---: | ---: | --- | --- |");
}

/// Prints a row.
pub(crate) fn row(what: &str, used: Option<&Usage>, figure: &str, against: Option<String>) {
    let seconds = |time: Duration| format!("{:.2}", time.as_secs_f64());
    let cpu = used.map_or(String::new(), |used| seconds(used.cpu));
    let wall = used.map_or(String::new(), |used| seconds(used.wall));
    let peak = used.map_or(String::new(), |used| format!("{:.0}", used.peak as f64 / MEBI));
    println!("| {what} | {cpu} | {wall} | {peak} | {figure} | {} |", against.unwrap_or_default());
}

/// How much faster ours is than a peer.
pub(crate) fn compared(ours: &Usage, peer: &Usage) -> String {
    format!("{}, {}", times(peer.cpu, ours.cpu, "CPU"), times(peer.wall, ours.wall, "wall"))
}

/// A time against that of a peer.
pub(crate) fn times(peer: Duration, ours: Duration, what: &str) -> String {
    format!("{:.1} × faster ({what})", peer.as_secs_f64() / ours.as_secs_f64())
}
