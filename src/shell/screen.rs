//! What a person sees beside the results: errors with carets, notes, the footer. All of it goes to
//! standard error, and a failure to write there is nobody's concern.

use std::env;
use std::io::{self, IsTerminal, Write};

use console::Term;

use crate::error::Error;
use crate::render::{Source, draw};

/// The cells of a line of the terminal that standard output is, if it is one.
pub(super) fn width() -> Option<usize> {
    let (_, columns) = size()?;
    Some(usize::from(columns))
}

/// The lines of the terminal that standard output is, if it is one.
pub(super) fn height() -> Option<usize> {
    let (lines, _) = size()?;
    Some(usize::from(lines))
}

fn size() -> Option<(u16, u16)> {
    if !io::stdout().is_terminal() {
        return None;
    }
    Term::stdout().size_checked().filter(|(lines, columns)| *lines > 0 && *columns > 0)
}

/// Whether standard error shows colours.
pub fn is_coloured() -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !refused && !dumb
}

/// Shows an error.
pub fn complain(error: &Error, source: Source<'_>) {
    say(&draw(error, source, is_coloured()));
}

/// Shows a line.
pub fn note(line: &str) {
    say(&format!("{line}\n"));
}

fn say(text: &str) {
    let mut stderr = io::stderr().lock();
    let told = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    drop(told);
}
