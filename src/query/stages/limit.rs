//! `LIMIT n [OFFSET m]`: no more rows than that; what comes after is never asked for.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use crate::error::{Result, Span};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, whole};
use crate::query::node::Place;
use crate::query::stage::{ColumnSet, Shape, Stage, StageRow, Takes, Value, With};

/// The row of LIMIT.
pub(super) static ROW: StageRow = StageRow {
    name: "LIMIT",
    syntax: "LIMIT n [OFFSET m]",
    takes: Takes::AnyTable,
    makes: None,
    gives: "the first rows",
    help: "the first n rows, or those after the first m",
    with: With::Nothing,
    example: "FROM lex | SORT count DESC | LIMIT 20 OFFSET 20",
    paper: "",
    parse: limit_stage,
};

/// LIMIT, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitRows {
    /// How many rows.
    pub rows: u64,
    /// After how many.
    pub offset: u64,
    /// Where it stands.
    pub place: Place,
}

fn limit_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("LIMIT")(input)?;
    let (rest, rows) = cut(whole).parse(rest)?;
    let (rest, offset) = opt(preceded(keyword("OFFSET"), cut(whole))).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(LimitRows { rows, offset: offset.unwrap_or(0), place })))
}

impl Stage for LimitRows {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        Ok(input.clone())
    }

    fn needs(&self, output: &ColumnSet) -> ColumnSet {
        output.clone()
    }

    fn row_limit(&self) -> Option<u64> {
        Some(self.rows.saturating_add(self.offset))
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let (shape, rows) = input.table()?;
        if let (least, Some(most)) = rows.size_hint()
            && least == most
        {
            context.total.set(most as u64);
        }
        let mut rows = context.watch(rows);
        let (mut skip, mut left) = (self.offset, self.rows);
        let limited = std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            while skip > 0 {
                skip -= 1;
                if let Err(error) = rows.next()? {
                    left = 0;
                    return Some(Err(error));
                }
            }
            left -= 1;
            rows.next()
        });
        Ok(Value::Table(shape, Box::new(limited)))
    }
}

impl fmt::Display for LimitRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LIMIT {}", self.rows)?;
        if self.offset > 0 { write!(f, " OFFSET {}", self.offset) } else { Ok(()) }
    }
}
