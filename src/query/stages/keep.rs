//! `KEEP column, …`: only these columns, in this order.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Result, Span};
use crate::query::check::find_columns;
use crate::query::constant::write_list;
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, named, separated, symbol};
use crate::query::node::{Name, Place};
use crate::query::stage::{ColumnSet, Shape, Stage, StageRow, Takes, Value, With};

/// The row of KEEP.
pub(super) static ROW: StageRow = StageRow {
    name: "KEEP",
    syntax: "KEEP column [, column] …",
    takes: Takes::AnyTable,
    makes: None,
    gives: "these columns",
    help: "only these columns, in this order",
    with: With::Nothing,
    example: "FROM lex | KEEP word, count",
    paper: "",
    parse: keep_stage,
};

/// KEEP, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Keep {
    /// The columns kept.
    pub columns: Vec<Name>,
    /// Where it stands.
    pub place: Place,
}

fn keep_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("KEEP")(input)?;
    let (rest, columns) = cut(separated(symbol(","), named("a column"))).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Keep { columns, place })))
}

impl Keep {
    /// The places of the columns that go on.
    fn kept(&self, shape: &Shape) -> Result<Vec<usize>> {
        find_columns(&self.columns, &shape.columns)
    }
}

impl Stage for Keep {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        Ok(input.picked(&self.kept(input)?))
    }

    fn needs(&self, output: &ColumnSet) -> ColumnSet {
        let own = self.columns.iter().map(|name| name.text.clone());
        ColumnSet::of(own.filter(|name| output.contains(name)))
    }

    fn is_row_by_row(&self) -> bool {
        true
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        input.picked(|shape| self.kept(shape), context)
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KEEP ")?;
        write_list(f, &self.columns)
    }
}
