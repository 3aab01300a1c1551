//! `EVAL name = expression [, …]`: further columns, or new values for those that are there.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Result, Span};
use crate::query::check::check;
use crate::query::constant::write_list;
use crate::query::context::{Catalog, Context};
use crate::query::evaluate::Compiled;
use crate::query::expression::Expression;
use crate::query::grammar::{Parsed, Tokens, expression, keyword, named, separated, symbol};
use crate::query::node::{Name, Place};
use crate::query::rows::{Column, Datum};
use crate::query::stage::{ColumnSet, Shape, Stage, StageRow, Takes, Value, With};

/// The row of EVAL.
pub(super) static ROW: StageRow = StageRow {
    name: "EVAL",
    syntax: "EVAL name = expression [, name = expression] …",
    takes: Takes::AnyTable,
    makes: None,
    gives: "all columns and the new ones",
    help: "computes columns, each of which may use those before it; one of that name is replaced",
    with: With::Nothing,
    example: "FROM lex | EVAL size = length(word), share = count / 1000",
    paper: "",
    parse: eval_stage,
};

/// EVAL, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Eval {
    /// What is made, each from what came in and from what is made before it.
    pub assignments: Vec<Assignment>,
    /// Where it stands.
    pub place: Place,
}

/// A column and what it is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The column made.
    pub name: Name,
    /// From what.
    pub expression: Expression,
}

fn eval_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("EVAL")(input)?;
    let (rest, assignments) = cut(separated(symbol(","), assignment)).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Eval { assignments, place })))
}

fn assignment(input: Tokens<'_>) -> Parsed<'_, Assignment> {
    let (rest, (name, _, expression)) =
        (named("a column"), cut(symbol("=")), cut(expression)).parse(input)?;
    Ok((rest, Assignment { name, expression }))
}

impl Assignment {
    /// The columns with the one that it makes.
    fn add_to(&self, columns: &mut Vec<Column>) -> Result<()> {
        let column = Column::new(&self.name.text, check(&self.expression, columns)?);
        match columns.iter_mut().find(|old| old.name == column.name) {
            Some(old) => *old = column,
            None => columns.push(column),
        }
        Ok(())
    }
}

/// An assignment made ready.
struct Made {
    value: Option<Compiled>,
    /// Which column it replaces; a new one goes to the end.
    place: Option<usize>,
}

impl Eval {
    fn shape(&self, input: &Shape) -> Result<Shape> {
        let mut columns = input.columns.clone();
        self.assignments.iter().try_for_each(|one| one.add_to(&mut columns))?;
        Ok(Shape::new(input.kind, columns))
    }

    /// For each assignment the columns that are needed after it, to make those of the output.
    fn needed_after(&self, output: &ColumnSet) -> Vec<ColumnSet> {
        let mut needed = output.clone();
        let mut after = Vec::with_capacity(self.assignments.len());
        for assignment in self.assignments.iter().rev() {
            after.push(needed.clone());
            needed = assignment.needs(&needed);
        }
        after.reverse();
        after
    }
}

impl Assignment {
    fn needs(&self, output: &ColumnSet) -> ColumnSet {
        if !output.contains(&self.name.text) {
            return output.clone();
        }
        output.without(&self.name.text).with(self.expression.column_names())
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
        self.assignments.iter().rev().fold(output.clone(), |needed, one| one.needs(&needed))
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
        let mut columns = before.columns;
        let mut steps = Vec::with_capacity(self.assignments.len());
        for (one, needed) in self.assignments.iter().zip(self.needed_after(needed)) {
            let wanted = needed.contains(&one.name.text);
            let value = wanted.then(|| Compiled::new(&one.expression, &columns)).transpose()?;
            let place = columns.iter().position(|column| column.name == one.name.text);
            one.add_to(&mut columns)?;
            steps.push(Made { value, place });
        }
        let made = context.watch(rows).map(move |row| {
            let mut row = row?;
            for step in &steps {
                let value = step.value.as_ref().map_or(Datum::Null, |made| made.evaluate(&row));
                match step.place.and_then(|place| row.get_mut(place)) {
                    Some(old) => *old = value,
                    None => row.push(value),
                }
            }
            Ok(row)
        });
        Ok(Value::Table(shape, Box::new(made)))
    }
}

impl fmt::Display for Eval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EVAL ")?;
        write_list(f, &self.assignments)
    }
}

impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.expression)
    }
}
