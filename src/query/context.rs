//! What planning may ask of the database, and what running may: names, time and interruption.

use std::sync::{Arc, Mutex, PoisonError};

use crate::control::Control;
use crate::error::{Error, Result};
use crate::index::{CorpusRecord, Cost, Index};
use crate::query::nearest::did_you_mean;
use crate::query::node::Name;
use crate::query::rows::{RowStream, Total};
use crate::query::stage::Shape;
use crate::text::Unit;

/// What the planner may ask of a database; nothing here reads counts.
pub trait Catalog {
    /// The names of the corpora, sorted.
    fn corpora(&self) -> Vec<String>;

    /// How a corpus was created, where the catalog knows.
    fn record(&self, _corpus: &str) -> Option<CorpusRecord> {
        None
    }

    /// The shape of a saved result, if there is one of that name.
    fn saved(&self, name: &str) -> Result<Option<Shape>>;

    /// The names of the saved results, sorted.
    fn saved_names(&self) -> Vec<String>;

    /// The corpus or saved result of the last USE.
    fn current(&self) -> Option<String> {
        None
    }

    /// The database, for what a plan says about the tables that it keeps.
    fn index(&self) -> Option<&Index> {
        None
    }

    /// The shape of the last result, `_`.
    fn last(&self) -> Option<Shape> {
        None
    }
}

/// Refuses a name that no corpus of text has.
pub fn known_corpus(name: &Name, catalog: &dyn Catalog) -> Result<()> {
    let corpora = catalog.corpora();
    if corpora.contains(&name.text) {
        let record = catalog.record(&name.text);
        if record.is_some_and(|record| record.text.unit == Unit::Item) {
            let message = format!("`{}` is a corpus of items, which has no text", name.text);
            return Err(Error::query(message).at(name.span));
        }
        return Ok(());
    }
    let error = Error::query(format!("there is no corpus `{}`", name.text)).at(name.span);
    let error = error.expected(corpora.iter().cloned());
    let near = did_you_mean(&name.text, corpora.iter().map(String::as_str));
    Err(near.into_iter().fold(error, Error::hint))
}

/// What a running stage may ask for.
pub struct Context<'c> {
    /// The database; none where only tables are at hand.
    pub index: Option<&'c Index>,
    /// How the query is stopped and who is told how far it is.
    pub control: Control,
    /// Memory and threads to stay within.
    pub cost: Cost,
    /// The text of the query, to be kept with what it saves.
    pub query: String,
    /// How the text of a saved source was cut, where the query begins with one.
    pub text: Option<crate::text::TextOptions>,
    /// The corpora it begins with, each with its last ingest.
    pub sources: Vec<(String, u32)>,
    /// What a stage has to tell the person who asked.
    pub notes: Notes,
    /// How many rows came to the last LIMIT, or to what keeps the first rows for it.
    pub total: Total,
}

/// Lines for a person; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    /// Adds a line.
    pub fn add(&self, note: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note.into());
    }

    /// The lines so far, which are then gone.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Context<'_> {
    fn default() -> Self {
        Context {
            index: None,
            control: Control::default(),
            cost: Cost { memory: 1 << 30, threads: 1 },
            query: String::new(),
            text: None,
            sources: Vec::new(),
            notes: Notes::default(),
            total: Total::default(),
        }
    }
}

impl<'c> Context<'c> {
    /// How many rows a stage may handle between two checks.
    pub const CHECK_EVERY: usize = 1000;

    /// The database.
    pub fn index(&self) -> Result<&'c Index> {
        self.index.ok_or_else(|| Error::internal("a stage was run without a database"))
    }

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
        self.control.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn checks_tell_of_interruption_and_of_time() {
        let mut context = Context::default();
        assert!(context.check().is_ok());
        context.control.stop.set();
        assert_eq!(context.check().unwrap_err().to_string(), "interrupted");
        context.control.stop.clear();
        context.control.deadline = Some(Instant::now());
        assert!(context.check().is_err());
    }
}
