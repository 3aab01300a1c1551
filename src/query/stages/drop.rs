//! `DROP column, …`: every column but these.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result, Span};
use crate::query::check::find_columns;
use crate::query::constant::write_list;
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, named, separated, symbol};
use crate::query::node::{Name, Place};
use crate::query::stage::{ColumnSet, Shape, Stage, StageRow, Takes, Value, With};

/// The row of DROP.
pub(super) static ROW: StageRow = StageRow {
    name: "DROP",
    syntax: "DROP column [, column] …",
    takes: Takes::AnyTable,
    makes: None,
    gives: "the other columns",
    help: "every column but these",
    with: With::Nothing,
    example: "FROM lex | DROP score",
    paper: "",
    parse: drop_stage,
};

/// DROP, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct DropColumns {
    /// The columns left out.
    pub columns: Vec<Name>,
    /// Where it stands.
    pub place: Place,
}

fn drop_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("DROP")(input)?;
    let (rest, columns) = cut(separated(symbol(","), named("a column"))).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(DropColumns { columns, place })))
}

impl DropColumns {
    /// The places of the columns that go on.
    fn kept(&self, shape: &Shape) -> Result<Vec<usize>> {
        let dropped = find_columns(&self.columns, &shape.columns)?;
        Ok((0..shape.columns.len()).filter(|index| !dropped.contains(index)).collect())
    }
}

impl Stage for DropColumns {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        let kept = self.kept(input)?;
        if kept.is_empty() {
            return Err(Error::query("DROP leaves no column").at(self.span()));
        }
        Ok(input.picked(&kept))
    }

    fn needs(&self, output: &ColumnSet) -> ColumnSet {
        output.clone()
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

impl fmt::Display for DropColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DROP ")?;
        write_list(f, &self.columns)
    }
}
