//! REFRESH: a saved result is brought up to date, a lexicon or a set of templates by the query that
//! made it.

use crate::database::session::Session;
use crate::error::{Error, Result};
use crate::query::difference;
use crate::query::node::Name;
use crate::query::rows::Answer;
use crate::query::saved;
use crate::query::stage::{Kind, Shape, Value};
use crate::query::tree::{Listed, Query, Refreshed, Source, Statement};

impl Session<'_> {
    /// Brings a saved result up to date and gives what has changed as a table.
    pub(super) fn refreshed(&mut self, what: Refreshed, name: &Name) -> Result<Value<'static>> {
        // The query that made it is told to the context while it runs.
        let query = self.context.query.clone();
        let Answer { columns, rows, notes, .. } = match what {
            Refreshed::List(listed) => self.refresh_list(listed, name)?,
            Refreshed::Itemsets => self.refresh_itemsets(name)?,
        };
        self.context.query = query;
        notes.into_iter().for_each(|note| self.context.notes.add(note));
        Ok(Value::Table(Shape::new(Kind::Table, columns), rows))
    }

    /// Runs the query of a saved list on today's counts and reports what is new, gone and changed.
    fn refresh_list(&mut self, what: Listed, name: &Name) -> Result<Answer<'static>> {
        let index = self.database.index();
        let (kind, entry, entries) = match what {
            Listed::Lexicon => ("lexicon", "word", "words"),
            Listed::Templates => ("templates", "template", "templates"),
        };
        let head = index.saved_head(&name.text)?.filter(|head| head.kind == kind);
        let head = head.ok_or_else(|| self.unknown(kind, name))?;
        let query = query_of(&head.query).ok_or_else(|| {
            let message = format!("{name} was made by something that cannot be repeated");
            Error::query(message).at(name.span).hint(head.query.clone())
        })?;
        let before = saved::counts(index, &name.text)?;
        // The query itself ends in SAVE AS; its errors point into a text that nobody sees here.
        let (_, mut rows) = self.run_query(&query, None).map_err(|error| {
            let message = format!("{name} cannot be made anew by {}", head.query);
            Error::query(message).at(name.span).because(error)
        })?;
        rows.try_for_each(|row| row.map(drop))?;
        drop(rows);
        let after = saved::counts(index, &name.text)?;
        let (words, old) = (after.len(), before.len());
        let rows = difference::rows(after, before);
        let note = format!("{name} has {words} {entries}, and had {old}");
        let rows = Box::new(rows.into_iter().map(Ok));
        let mut answer = Answer::table(difference::shape_of(entry).columns, rows);
        answer.notes = self.context.notes.take();
        answer.notes.push(note);
        Ok(answer)
    }
}

/// The query of a text, if it is one whose source is still there to be read.
pub(super) fn query_of(text: &str) -> Option<Query> {
    match crate::query::parse(text).ok()?.pop()?.node {
        Statement::Query(query) => match query.source {
            Source::Current(_) | Source::Stdin(_) | Source::Last(_) | Source::Refreshed { .. } => {
                None
            }
            _ => Some(query),
        },
        _ => None,
    }
}
