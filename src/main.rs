//! The `erya` command; see the library for everything it does.

use std::io;
use std::process::ExitCode;

use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    if let Some(level) = log_level() {
        tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(level).init();
    }
    erya::cli::run(std::env::args_os())
}

/// How much `ERYA_LOG` wants to know of the inner workings: error, warn, info, debug, trace.
fn log_level() -> Option<LevelFilter> {
    std::env::var("ERYA_LOG").ok()?.parse().ok()
}
