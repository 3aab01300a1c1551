//! Where results go: standard output, through a pager where that is wanted, or a file.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::render::{Bar, Format};
use crate::shell::pager::Pager;
use crate::shell::screen;

/// Where results go.
#[derive(Default)]
pub struct Output {
    file: Option<Target>,
    /// Whether a result longer than the screen is shown page by page.
    pub paged: bool,
}

struct Target {
    path: PathBuf,
    writer: BufWriter<File>,
    once: bool,
}

impl Output {
    /// Sends results to a file: those of one entry, or all from now on.
    ///
    /// # Errors
    /// [`Error::Input`] when the file cannot be made.
    pub fn to_file(&mut self, path: &Path, once: bool) -> Result<()> {
        let file = File::create(path).map_err(|error| {
            Error::input(format!("cannot write {}", path.display())).because(error)
        })?;
        self.file = Some(Target { path: path.to_owned(), writer: BufWriter::new(file), once });
        Ok(())
    }

    /// Sends results to standard output again.
    pub fn to_screen(&mut self) {
        self.file = None;
    }

    /// The file results go to.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_ref().map(|target| target.path.as_path())
    }

    /// An entry is over: a file for one entry is closed.
    pub fn entry_over(&mut self) {
        if self.file.as_ref().is_some_and(|target| target.once) {
            self.file = None;
        }
    }

    /// The format where nobody has chosen one: by the ending of the file, a table on a terminal,
    /// tsv otherwise.
    pub fn format(&self) -> Format {
        match &self.file {
            Some(target) => Format::of_file(&target.path).unwrap_or(Format::Tsv),
            None if io::stdout().is_terminal() => Format::Table,
            None => Format::Tsv,
        }
    }

    /// The format that the ending of the file asks for.
    pub(super) fn format_of_file(&self) -> Option<Format> {
        self.file.as_ref().and_then(|target| Format::of_file(&target.path))
    }

    /// The cells a line may take.
    pub(super) fn width(&self) -> Option<usize> {
        if self.file.is_some() { None } else { screen::width() }
    }

    /// Lets `work` write one result; gives what it gave, and how long a person read in the pager.
    pub(super) fn with<T>(
        &mut self,
        bar: Option<&Bar>,
        work: impl FnOnce(&mut dyn Write) -> T,
    ) -> (T, Duration) {
        if let Some(target) = &mut self.file {
            return (work(&mut target.writer), Duration::ZERO);
        }
        let height = if self.paged { screen::height() } else { None };
        // A bar on the same screen as the result would be written over.
        let bar = bar.filter(|_| io::stdout().is_terminal());
        if let Some(height) = height {
            let mut pager = Pager::new(height);
            let done = work(&mut Clearing { out: &mut pager, bar });
            return (done, pager.finish());
        }
        let mut out = BufWriter::new(io::stdout().lock());
        (work(&mut Clearing { out: &mut out, bar }), Duration::ZERO)
    }
}

/// A writer before whose first byte the progress bar leaves the screen.
struct Clearing<'o> {
    out: &'o mut dyn Write,
    bar: Option<&'o Bar>,
}

impl Write for Clearing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(bar) = self.bar {
            bar.hide();
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
