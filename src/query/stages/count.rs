//! `COUNT 'pattern' [, 'pattern']`: how often patterns occur.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result, Span};
use crate::query::constant::write_list;
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, pattern, separated, symbol};
use crate::query::node::Place;
use crate::query::pattern::QuotedPattern;
use crate::query::rows::ColumnKind;
use crate::query::stage::{ColumnSet, Kind, Shape, Stage, StageRow, Takes, Value};

/// The row of COUNT.
pub(super) static ROW: StageRow = StageRow {
    name: "COUNT",
    syntax: "COUNT 'pattern' [, 'pattern'] …",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Table),
    gives: "pattern, ngram, count, per_million",
    help: "how often each n-gram that a pattern matches occurs",
    example: "FROM hlm | COUNT '黛玉', '林?玉'",
    paper: "",
    parse: count_stage,
};

/// COUNT, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// What is counted.
    pub patterns: Vec<QuotedPattern>,
    /// Where it stands.
    pub place: Place,
}

fn count_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("COUNT")(input)?;
    let (rest, patterns) = cut(separated(symbol(","), pattern)).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Count { patterns, place })))
}

impl Stage for Count {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        let columns = [
            ("pattern", ColumnKind::Text),
            ("ngram", ColumnKind::Text),
            ("count", ColumnKind::Integer),
            ("per_million", ColumnKind::Real),
        ];
        Ok(Shape::of(Kind::Table, &columns))
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn run<'a>(
        &'a self,
        _input: Value<'a>,
        _needed: &ColumnSet,
        _context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        Err(Error::internal("COUNT does not run yet").at(self.span()))
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("COUNT ")?;
        write_list(f, &self.patterns)
    }
}
