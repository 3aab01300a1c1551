//! `DIFF name`: what is new, gone and changed against a saved lexicon.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result, Span};
use crate::query::context::{Catalog, Context};
use crate::query::difference::{self, Counts};
use crate::query::grammar::{Parsed, Tokens, keyword, named};
use crate::query::nearest::did_you_mean;
use crate::query::node::{Name, Place};
use crate::query::saved;
use crate::query::stage::{ColumnSet, Kind, Shape, Stage, StageRow, Takes, Value, With};

/// The row of DIFF.
pub(super) static ROW: StageRow = StageRow {
    name: "DIFF",
    syntax: "DIFF name",
    takes: Takes::Only(&[Kind::Words]),
    makes: Some(Kind::Table),
    gives: "word, status (added, removed, changed), count, other_count",
    help: "the words that a saved lexicon does not have, those that only it has, and those that it \
           counts otherwise; other_count is what it says",
    with: With::Nothing,
    example: "FROM hlm | WORDS BY minent WITH min_pmi = 2 | DIFF lex | WHERE status == 'removed'",
    paper: "",
    parse: diff_stage,
};

/// DIFF, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Diff {
    /// The lexicon that the words are held against.
    pub name: Name,
    /// Where it stands.
    pub place: Place,
}

fn diff_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("DIFF")(input)?;
    let (rest, name) = cut(named("a lexicon")).parse(rest)?;
    let place = Place(start.0.to(name.span));
    Ok((rest, Arc::new(Diff { name, place })))
}

impl Stage for Diff {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, catalog: &dyn Catalog) -> Result<Shape> {
        let name = &self.name;
        match catalog.saved(&name.text)? {
            Some(shape) if shape.kind == Kind::Words => Ok(difference::shape()),
            Some(shape) => {
                let message = format!("`{}` is {}, not a lexicon", name.text, shape.kind);
                Err(Error::query(message).at(name.span))
            }
            None => {
                let names = catalog.saved_names();
                let error = Error::query(format!("there is no lexicon `{}`", name.text));
                let near = did_you_mean(&name.text, names.iter().map(String::as_str));
                let error = error.at(name.span).expected(names.clone());
                Err(near.into_iter().fold(error, Error::hint))
            }
        }
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::of(["word", "count"])
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let (shape, rows) = input.table()?;
        let mut words = BTreeMap::new();
        difference::collect(&shape, context.watch(rows), &mut words)?;
        let other: Counts = saved::counts(context.index()?, &self.name.text)?;
        let rows = difference::rows(words, other).into_iter().map(Ok);
        Ok(Value::Table(difference::shape(), Box::new(rows)))
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DIFF {}", self.name)
    }
}
