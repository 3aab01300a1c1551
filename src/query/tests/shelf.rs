//! A catalog for tests: what is there, and what it looks like.

use crate::error::Result;
use crate::query::context::Catalog;
use crate::query::rows::ColumnKind;
use crate::query::stage::{Kind, Shape};

/// A catalog with the corpus `hlm` and the lexicon `lex`.
pub(super) struct Shelf;

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

pub(super) fn lexicon() -> Shape {
    let columns = [
        ("word", ColumnKind::Text),
        ("n", ColumnKind::Integer),
        ("count", ColumnKind::Integer),
        ("score", ColumnKind::Real),
    ];
    Shape::of(Kind::Words, &columns)
}
