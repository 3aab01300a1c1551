//! `EVAL name = expression`: a further column, or a new value for one that is there.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Result, Span};
use crate::query::check::check;
use crate::query::context::{Catalog, Context};
use crate::query::evaluate::Compiled;
use crate::query::expression::Expression;
use crate::query::grammar::{Parsed, Tokens, expression, keyword, named, symbol};
use crate::query::node::{Name, Place};
use crate::query::rows::{Column, Datum};
use crate::query::stage::{ColumnSet, Shape, Stage, StageRow, Takes, Value, With};

/// The row of EVAL.
pub(super) static ROW: StageRow = StageRow {
    name: "EVAL",
    syntax: "EVAL name = expression",
    takes: Takes::AnyTable,
    makes: None,
    gives: "all columns and the new one",
    help: "computes a column; one of that name is replaced",
    with: With::Nothing,
    example: "FROM lex | EVAL size = length(word)",
    paper: "",
    parse: eval_stage,
};

/// EVAL, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Eval {
    /// The column made.
    pub name: Name,
    /// From what.
    pub expression: Expression,
    /// Where it stands.
    pub place: Place,
}

fn eval_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("EVAL")(input)?;
    let (rest, (name, _, expression)) =
        (cut(named("a column")), cut(symbol("=")), cut(expression)).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Eval { name, expression, place })))
}

impl Eval {
    fn shape(&self, input: &Shape) -> Result<Shape> {
        let column = Column::new(&self.name.text, check(&self.expression, &input.columns)?);
        let mut columns = input.columns.clone();
        match columns.iter_mut().find(|old| old.name == column.name) {
            Some(old) => *old = column,
            None => columns.push(column),
        }
        Ok(Shape::new(input.kind, columns))
    }
}

impl Stage for Eval {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        self.shape(input)
    }

    fn needs(&self, output: &ColumnSet) -> ColumnSet {
        if !output.contains(&self.name.text) {
            return output.clone();
        }
        output.without(&self.name.text).with(self.expression.column_names())
    }

    fn is_row_by_row(&self) -> bool {
        true
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let (before, rows) = input.table()?;
        let shape = self.shape(&before)?;
        let compiled = Compiled::new(&self.expression, &before.columns)?;
        let place = before.position(&self.name.text);
        let wanted = needed.contains(&self.name.text);
        let made = context.watch(rows).map(move |row| {
            let mut row = row?;
            let value = if wanted { compiled.evaluate(&row) } else { Datum::Null };
            match place.and_then(|place| row.get_mut(place)) {
                Some(old) => *old = value,
                None => row.push(value),
            }
            Ok(row)
        });
        Ok(Value::Table(shape, Box::new(made)))
    }
}

impl fmt::Display for Eval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EVAL {} = {}", self.name, self.expression)
    }
}
