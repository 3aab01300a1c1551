//! What planning may ask of the database, and what running may: names, time and interruption.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::error::{Error, Result};
use crate::query::nearest::did_you_mean;
use crate::query::node::Name;
use crate::query::rows::RowStream;
use crate::query::stage::Shape;

/// What the planner may ask of a database; nothing here reads counts.
pub trait Catalog {
    /// The names of the corpora, sorted.
    fn corpora(&self) -> Vec<String>;

    /// The shape of a saved result, if there is one of that name.
    fn saved(&self, name: &str) -> Result<Option<Shape>>;

    /// The names of the saved results, sorted.
    fn saved_names(&self) -> Vec<String>;

    /// The corpus or saved result of the last USE.
    fn current(&self) -> Option<String> {
        None
    }

    /// The shape of the last result, `_`.
    fn last(&self) -> Option<Shape> {
        None
    }
}

/// Refuses a name that no corpus has.
pub fn known_corpus(name: &Name, catalog: &dyn Catalog) -> Result<()> {
    let corpora = catalog.corpora();
    if corpora.contains(&name.text) {
        return Ok(());
    }
    let error = Error::query(format!("there is no corpus `{}`", name.text)).at(name.span);
    let error = error.expected(corpora.iter().cloned());
    let near = did_you_mean(&name.text, corpora.iter().map(String::as_str));
    Err(near.into_iter().fold(error, Error::hint))
}

/// What a running stage may ask for.
#[derive(Debug, Default)]
pub struct Context<'a> {
    /// Set by somebody else when the query is to stop.
    pub interrupted: Option<&'a AtomicBool>,
    /// When the query has taken too long.
    pub deadline: Option<Instant>,
}

impl<'c> Context<'c> {
    /// How many rows a stage may handle between two checks.
    pub const CHECK_EVERY: usize = 1000;

    /// The same rows, with a check every so often.
    pub fn watch<'a>(&'a self, rows: RowStream<'a>) -> RowStream<'a>
    where
        'c: 'a,
    {
        let watched = rows.enumerate().map(move |(index, row)| {
            if index % Self::CHECK_EVERY == 0 {
                self.check()?;
            }
            row
        });
        Box::new(watched)
    }

    /// An error once the query has been interrupted or has run out of time.
    pub fn check(&self) -> Result<()> {
        if self.interrupted.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(Error::retry("interrupted"));
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            let hint = "SET timeout = 10m gives more time";
            return Err(Error::retry("the query ran out of time").hint(hint));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_tell_of_interruption_and_of_time() {
        assert!(Context::default().check().is_ok());
        let flag = AtomicBool::new(true);
        let context = Context { interrupted: Some(&flag), deadline: None };
        assert_eq!(context.check().unwrap_err().to_string(), "interrupted");
        let context = Context { interrupted: None, deadline: Some(Instant::now()) };
        assert!(context.check().is_err());
    }
}
