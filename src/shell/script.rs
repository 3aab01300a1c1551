//! A text of statements, run in order up to the first that fails.

use std::io::{self, Read};

use crate::error::{Error, Result};
use crate::query::node::Spanned;
use crate::query::parse;
use crate::query::tree::Statement;
use crate::render::{End, Source};
use crate::shell::interrupt::Interrupts;
use crate::shell::runner::{Outcome, Runner};
use crate::shell::screen::complain;

/// A text of statements, parsed.
pub struct Script {
    text: String,
    name: Option<String>,
    lines_before: usize,
    /// Whether somebody wrote it: then errors show their place in it.
    is_written: bool,
    statements: Vec<Spanned<Statement>>,
}

impl Script {
    /// Parses a text; `name` is the file that it comes from.
    ///
    /// A text that does not parse is shown with a caret, and gives none.
    pub fn parse(text: String, name: Option<String>) -> Option<Self> {
        Self::parse_after(text, name, 0)
    }

    /// Parses statements of our own making: their errors show no place in a text that nobody wrote.
    ///
    /// # Errors
    /// [`Error::Query`] when an option makes no statement.
    pub fn made(text: String) -> Result<Self> {
        let statements = parse(&text)?;
        Ok(Script { text, name: None, lines_before: 0, is_written: false, statements })
    }

    /// Parses a piece of a file that stands after so many lines.
    pub(super) fn parse_after(
        text: String,
        name: Option<String>,
        lines_before: usize,
    ) -> Option<Self> {
        match parse(&text) {
            Ok(statements) => {
                Some(Script { text, name, lines_before, is_written: true, statements })
            }
            Err(error) => {
                complain(&error, Source { text: &text, name: name.as_deref(), lines_before });
                None
            }
        }
    }

    /// Reads and parses a file.
    ///
    /// # Errors
    /// [`Error::Input`] when it cannot be read or is not UTF-8.
    pub fn read(path: &std::path::Path) -> Result<Option<Self>> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|error| Error::input(format!("cannot read {name}")).because(error))?;
        Ok(Self::parse(text(bytes, &name)?, Some(name)))
    }

    /// Reads and parses all of standard input.
    ///
    /// # Errors
    /// [`Error::Input`] when it cannot be read or is not UTF-8.
    pub fn read_standard_input() -> Result<Option<Self>> {
        let mut bytes = Vec::new();
        io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| Error::input("cannot read standard input").because(error))?;
        Ok(Self::parse(text(bytes, "standard input")?, Some("standard input".to_owned())))
    }

    /// Its statements.
    pub fn statements(&self) -> &[Spanned<Statement>] {
        &self.statements
    }

    fn source(&self) -> Source<'_> {
        let (name, lines_before) = (self.name.as_deref(), self.lines_before);
        Source { text: &self.text, name, lines_before }
    }
}

fn text(bytes: Vec<u8>, name: &str) -> Result<String> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Error::input(format!("{name} is not UTF-8 at byte {offset}"))
            .hint("statements are read as UTF-8; only corpora may have other encodings")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Runs scripts up to the first statement that fails; shows that error. `with_input` lets
/// statements read standard input.
pub fn run_all(
    runner: &mut Runner<'_>,
    interrupts: &Interrupts,
    scripts: &[Script],
    with_input: bool,
) -> Outcome {
    let _working = interrupts.working();
    for script in scripts {
        for statement in &script.statements {
            let input = with_input.then(|| Box::new(io::stdin()) as Box<dyn Read + Send>);
            match runner.run(statement, input) {
                Ok(End::Whole) => {}
                Ok(End::Closed) => return Outcome::Closed,
                Err(error) => {
                    let error = if script.is_written { error } else { error.without_place() };
                    complain(&error, script.source());
                    return Outcome::Failed;
                }
            }
        }
    }
    Outcome::Done
}
