//! Tests of the language as a whole: tables, printing, messages, plans and runs.

mod messages;
mod plans;
mod printing;
mod runs;
mod tables;

use crate::error::Result;
use crate::query::context::Catalog;
use crate::query::rows::ColumnKind;
use crate::query::stage::{Kind, Shape};

/// A catalog with the corpus `hlm` and the lexicon `lex`.
struct Shelf;

impl Catalog for Shelf {
    fn corpora(&self) -> Vec<String> {
        vec!["hlm".into(), "sgyy".into()]
    }

    fn saved(&self, name: &str) -> Result<Option<Shape>> {
        Ok((name == "lex").then(lexicon))
    }

    fn saved_names(&self) -> Vec<String> {
        vec!["lex".into()]
    }
}

fn lexicon() -> Shape {
    let columns = [
        ("word", ColumnKind::Text),
        ("n", ColumnKind::Integer),
        ("count", ColumnKind::Integer),
        ("score", ColumnKind::Real),
    ];
    Shape::of(Kind::Words, &columns)
}
