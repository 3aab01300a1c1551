//! A catalog for tests: what is there, and what it looks like.

use crate::error::Result;
use crate::query::context::Catalog;
use crate::query::rows::ColumnKind;
use crate::query::stage::{Kind, Shape};
use crate::query::stages::templates_shape;

/// A catalog with the corpus `hlm`, the lexicon `lex` and the templates `tpl`.
pub(super) struct Shelf;

impl Catalog for Shelf {
    fn corpora(&self) -> Vec<String> {
        vec!["hlm".into(), "sgyy".into()]
    }

    fn saved(&self, name: &str) -> Result<Option<Shape>> {
        Ok(match name {
            "lex" => Some(lexicon()),
            "tpl" => Some(templates_shape()),
            _ => None,
        })
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
