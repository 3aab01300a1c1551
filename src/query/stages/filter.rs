//! `WHERE expression`: the rows for which it is true.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Result, Span};
use crate::query::check::check_condition;
use crate::query::context::{Catalog, Context};
use crate::query::evaluate::Compiled;
use crate::query::expression::{Expression, Literal, TestKind};
use crate::query::grammar::{Parsed, Tokens, expression, keyword};
use crate::query::node::Place;
use crate::query::stage::{
    ColumnSet, Comparison, Limit, Shape, Stage, StageRow, Takes, Value, With,
};

/// The row of WHERE.
pub(super) static ROW: StageRow = StageRow {
    name: "WHERE",
    syntax: "WHERE expression",
    takes: Takes::AnyTable,
    makes: None,
    gives: "the rows for which the expression is true",
    help: "keeps the rows for which an expression is true; null is not",
    with: With::Nothing,
    example: "FROM lex | WHERE length(word) == 4 AND count >= 50",
    paper: "",
    parse: where_stage,
};

/// WHERE, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Where {
    /// What must be true.
    pub condition: Expression,
    /// Where it stands.
    pub place: Place,
}

fn where_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("WHERE")(input)?;
    let (rest, condition) = cut(expression).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Where { condition, place })))
}

impl Stage for Where {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        check_condition(&self.condition, &input.columns)?;
        Ok(input.clone())
    }

    fn needs(&self, output: &ColumnSet) -> ColumnSet {
        output.with(self.condition.column_names())
    }

    fn limits(&self) -> Vec<Limit> {
        let mut limits = Vec::new();
        collect_limits(&self.condition, &mut limits);
        limits
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let (shape, rows) = input.table()?;
        let condition = Compiled::new(&self.condition, &shape.columns)?;
        let kept = context.watch(rows).filter(move |row| match row {
            Ok(row) => condition.holds(row),
            Err(_) => true,
        });
        Ok(Value::Table(shape, Box::new(kept)))
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WHERE {}", self.condition)
    }
}

/// The comparisons of a column with a number that must hold for the whole to be true.
fn collect_limits(condition: &Expression, limits: &mut Vec<Limit>) {
    match condition {
        Expression::All(list) => list.iter().for_each(|inner| collect_limits(inner, limits)),
        Expression::Compare(left, comparison, right) => {
            limits.extend(limit(left, comparison.node, right));
            limits.extend(limit(right, comparison.node.mirrored(), left));
        }
        Expression::Test(value, test) if !test.node.negated => {
            if let TestKind::Between(low, high) = &test.node.kind {
                limits.extend(limit(value, Comparison::AtLeast, low));
                limits.extend(limit(value, Comparison::AtMost, high));
            }
        }
        _ => {}
    }
}

/// `column comparison number`, or `length(word) comparison number`.
fn limit(left: &Expression, comparison: Comparison, right: &Expression) -> Option<Limit> {
    let value = number(right)?;
    if comparison == Comparison::Unequal {
        return None;
    }
    match left {
        Expression::Column(name) => Some(Limit { column: name.text.clone(), comparison, value }),
        Expression::Call(call) if call.name.text.eq_ignore_ascii_case("length") => {
            match call.arguments.as_slice() {
                [Expression::Column(name)] if matches!(name.text.as_str(), "word" | "ngram") => {
                    Some(limit_of_length(comparison, value))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A unit has one character or more, so an upper limit of characters is one of units as well. A
/// lower limit is not: `Google` is six characters and may be one unit.
fn limit_of_length(comparison: Comparison, value: f64) -> Limit {
    let upper = matches!(comparison, Comparison::Less | Comparison::AtMost);
    Limit { column: if upper { "n" } else { "length" }.into(), comparison, value }
}

fn number(expression: &Expression) -> Option<f64> {
    match expression {
        Expression::Literal(literal) => match &literal.node {
            Literal::Number(number) => Some(number.value()),
            _ => None,
        },
        Expression::Negative(_, inner) => number(inner).map(|value| -value),
        _ => None,
    }
}
