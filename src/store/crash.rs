//! Points at which a test can let the process die: what is on disk then is what a kill leaves.
//!
//! `ERYA_CRASH_AT=before-commit` dies at the first such point, `before-commit:3` at the third.
//! Without the variable a point costs one look at a value that was read once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

const VARIABLE: &str = "ERYA_CRASH_AT";

/// The point at which to die.
struct Wanted {
    point: String,
    /// How often it is still to be passed, this time included.
    left: AtomicU64,
}

/// A named place in the code, where the process dies if that was asked for.
pub fn crash_point(point: &str) {
    static WANTED: OnceLock<Option<Wanted>> = OnceLock::new();
    let Some(wanted) = WANTED.get_or_init(wanted) else { return };
    if wanted.point == point && wanted.left.fetch_sub(1, Ordering::Relaxed) == 1 {
        std::process::abort();
    }
}

fn wanted() -> Option<Wanted> {
    let text = std::env::var(VARIABLE).ok()?;
    let (point, number) = text.split_once(':').unwrap_or((&text, "1"));
    Some(Wanted { point: point.to_owned(), left: AtomicU64::new(number.parse().ok()?) })
}
