//! The one error type of the crate, its kinds chosen by what a caller can do about it.
//!
//! It names no other module of ours: lower causes travel as [`std::error::Error::source`]. It draws
//! nothing either; `render` turns a [`Report`] with a span into a picture with a caret.

use std::error::Error as StdError;
use std::fmt;

/// What every fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// A range of bytes in the text of a query, `start` included, `end` not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to but not including `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A failure. The variant says who can mend it; the [`Report`] says what, where and how.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The query is wrong: mend its text. Carries a span where one is known.
    #[error("{0}")]
    Query(#[source] Box<Report>),
    /// The input is wrong: a file, a directory, an encoding, an option.
    #[error("{0}")]
    Input(#[source] Box<Report>),
    /// Nothing is wrong with what was asked: locked elsewhere, no space, interrupted, timed out.
    #[error("{0}")]
    Retry(#[source] Box<Report>),
    /// Stored bytes are not what was written, or of a format this version does not read.
    #[error("{0}")]
    Corrupt(#[source] Box<Report>),
    /// An invariant of ours does not hold: a bug to report.
    #[error("{0}")]
    Internal(#[source] Box<Report>),
}

/// The parts of an error message: what, where, what was wanted, and what to do.
#[derive(Debug, Default)]
pub struct Report {
    /// What went wrong, one line, lower case, no full stop.
    pub message: String,
    /// Where in the query text.
    pub span: Option<Span>,
    /// What would have been accepted there.
    pub expected: Vec<String>,
    /// A further line: how to mend it, or a name that was perhaps meant.
    pub hint: Option<String>,
    /// The cause from below.
    pub cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl StdError for Report {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

impl Error {
    /// An error in the text of a query.
    pub fn query(message: impl Into<String>) -> Self {
        Error::Query(Report::boxed(message))
    }

    /// An error in a file, a directory or an option.
    pub fn input(message: impl Into<String>) -> Self {
        Error::Input(Report::boxed(message))
    }

    /// A circumstance that may pass.
    pub fn retry(message: impl Into<String>) -> Self {
        Error::Retry(Report::boxed(message))
    }

    /// Damaged or foreign stored bytes.
    pub fn corrupt(message: impl Into<String>) -> Self {
        Error::Corrupt(Report::boxed(message))
    }

    /// A broken invariant of ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Error::Internal(Report::boxed(message))
    }

    /// The same error, placed at `span` of the query, unless it has a place already.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.report_mut().span.get_or_insert(span);
        self
    }

    /// The same error without its place, which is in a text that nobody wrote.
    #[must_use]
    pub fn without_place(mut self) -> Self {
        self.report_mut().span = None;
        self
    }

    /// The same error with a line of advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.report_mut().hint = Some(hint.into());
        self
    }

    /// The same error with what would have been accepted.
    #[must_use]
    pub fn expected(mut self, wanted: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.report_mut().expected = wanted.into_iter().map(Into::into).collect();
        self
    }

    /// The same error with its lower cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.report_mut().cause = Some(cause.into());
        self
    }

    /// The parts of the message.
    pub fn report(&self) -> &Report {
        match self {
            Error::Query(report)
            | Error::Input(report)
            | Error::Retry(report)
            | Error::Corrupt(report)
            | Error::Internal(report) => report,
        }
    }

    fn report_mut(&mut self) -> &mut Report {
        match self {
            Error::Query(report)
            | Error::Input(report)
            | Error::Retry(report)
            | Error::Corrupt(report)
            | Error::Internal(report) => report,
        }
    }
}

impl Report {
    fn boxed(message: impl Into<String>) -> Box<Self> {
        Box::new(Report { message: message.into(), ..Report::default() })
    }
}
