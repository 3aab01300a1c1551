//! What the line editor asks while a person types; the answers stand in files of their own.

use std::borrow::Cow;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use crate::database::Outline;
use crate::shell::completion::complete;
use crate::shell::highlight::{coloured, paint};
use crate::shell::hint::{Continuation, continuation};

/// Knows what surrounds the line being typed.
#[derive(Default)]
pub(super) struct LineHelper {
    /// The lines of the entry before this one, each with its line end.
    pub(super) pending: String,
    /// What there is in the database.
    pub(super) outline: Outline,
    /// Whether colours are wanted.
    pub(super) colours: bool,
}

impl Helper for LineHelper {}

/// Whether an entry is complete is asked between lines, by the prompt: each line has its own.
impl Validator for LineHelper {}

impl Completer for LineHelper {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = format!("{}{}", self.pending, &line[..position]);
        let (from, found) = complete(&before, &self.outline);
        let Some(from) = from.checked_sub(self.pending.len()) else {
            return Ok((position, Vec::new()));
        };
        let pair = |candidate: super::completion::Candidate| Pair {
            display: candidate.display,
            replacement: candidate.replacement,
        };
        Ok((from, found.into_iter().map(pair).collect()))
    }
}

impl Hinter for LineHelper {
    type Hint = Continuation;

    fn hint(&self, line: &str, position: usize, context: &Context<'_>) -> Option<Continuation> {
        if !self.pending.is_empty() {
            return None;
        }
        continuation(line, position, context)
    }
}

impl Highlighter for LineHelper {
    fn highlight<'l>(&self, line: &'l str, _position: usize) -> Cow<'l, str> {
        if !self.colours {
            return Cow::Borrowed(line);
        }
        Cow::Owned(coloured(&self.pending, line))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        _default: bool,
    ) -> Cow<'b, str> {
        if self.colours { Cow::Owned(paint("1", prompt)) } else { Cow::Borrowed(prompt) }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(paint("2", hint))
    }

    fn highlight_char(&self, _line: &str, _position: usize, kind: CmdKind) -> bool {
        self.colours && kind != CmdKind::MoveCursor
    }
}
