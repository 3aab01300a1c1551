//! `NEXT 'text'` and `PREV 'text'`: what stands after a text, and before it.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result, Span};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, string};
use crate::query::node::{Place, Quoted};
use crate::query::rows::ColumnKind;
use crate::query::stage::{ColumnSet, Kind, Shape, Stage, StageRow, Takes, Value};

/// The row of NEXT.
pub(super) static NEXT: StageRow = StageRow {
    name: "NEXT",
    syntax: "NEXT 'text'",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Table),
    gives: "unit, count, probability",
    help: "the units that follow a text, the most frequent first",
    example: "FROM hlm | NEXT '林黛' | LIMIT 5",
    paper: "",
    parse: next_stage,
};

/// The row of PREV.
pub(super) static PREV: StageRow = StageRow {
    name: "PREV",
    syntax: "PREV 'text'",
    help: "the units that come before a text, the most frequent first",
    example: "FROM hlm | PREV '黛玉' | LIMIT 5",
    parse: prev_stage,
    ..NEXT
};

/// The side of a text that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What comes before it: PREV.
    Before,
    /// What follows it: NEXT.
    After,
}

/// NEXT or PREV, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// Which side.
    pub side: Side,
    /// Of which text.
    pub text: Quoted,
    /// Where it stands.
    pub place: Place,
}

fn next_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    neighbours(Side::After, input)
}

fn prev_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    neighbours(Side::Before, input)
}

fn neighbours(side: Side, input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword(row(side).name)(input)?;
    let (rest, text) = cut(string).parse(rest)?;
    let place = Place(start.0.to(text.span));
    Ok((rest, Arc::new(Neighbours { side, text, place })))
}

fn row(side: Side) -> &'static StageRow {
    match side {
        Side::Before => &PREV,
        Side::After => &NEXT,
    }
}

impl Stage for Neighbours {
    fn row(&self) -> &'static StageRow {
        row(self.side)
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        let columns = [
            ("unit", ColumnKind::Text),
            ("count", ColumnKind::Integer),
            ("probability", ColumnKind::Real),
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
        Err(Error::internal("NEXT and PREV do not run yet").at(self.span()))
    }
}

impl fmt::Display for Neighbours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.row().name, self.text)
    }
}
