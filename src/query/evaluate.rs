//! Expressions made ready to run: columns by index, patterns compiled, and SQL's logic of nulls.

use std::cmp::Ordering;

use crate::error::Result;
use crate::query::check::{check, find_column};
use crate::query::constant::Number;
use crate::query::expression::{Arithmetic, Expression, Literal, Test, TestKind};
use crate::query::functions::{FunctionRow, function};
use crate::query::matcher::Matcher;
use crate::query::rows::{Column, Datum};
use crate::query::stage::Comparison;
use crate::query::value::{calculate, compare};

/// An expression over rows of known columns.
#[derive(Debug)]
pub struct Compiled(Node);

#[derive(Debug)]
enum Node {
    Constant(Datum),
    Column(usize),
    Call(&'static FunctionRow, Vec<Node>),
    Negative(Box<Node>),
    Chain(Box<Node>, Vec<(Arithmetic, Node)>),
    Compare(Box<Node>, Comparison, Box<Node>),
    In(Box<Node>, Vec<Node>),
    Like(Box<Node>, Matcher),
    Between(Box<Node>, Box<Node>, Box<Node>),
    IsNull(Box<Node>),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
}

impl Compiled {
    /// Checks an expression against the columns and makes it ready.
    pub fn new(expression: &Expression, columns: &[Column]) -> Result<Self> {
        check(expression, columns)?;
        compile(expression, columns).map(Compiled)
    }

    /// Its value for a row.
    pub fn evaluate(&self, row: &[Datum]) -> Datum {
        self.0.evaluate(row)
    }

    /// Whether it is true for a row; null is not.
    pub fn holds(&self, row: &[Datum]) -> bool {
        self.evaluate(row) == Datum::Boolean(true)
    }
}

fn compile(expression: &Expression, columns: &[Column]) -> Result<Node> {
    let one = |inner: &Expression| compile(inner, columns).map(Box::new);
    let all = |list: &[Expression]| -> Result<Vec<Node>> {
        list.iter().map(|inner| compile(inner, columns)).collect()
    };
    Ok(match expression {
        Expression::Literal(literal) => Node::Constant(constant(&literal.node)),
        Expression::Column(name) => Node::Column(find_column(name, columns)?),
        Expression::Call(call) => {
            let row = function(&call.name.text);
            let arguments = all(&call.arguments)?;
            row.map_or(Node::Constant(Datum::Null), |row| Node::Call(row, arguments))
        }
        Expression::Negative(_, inner) => Node::Negative(one(inner)?),
        Expression::Chain(first, rest) => {
            let rest = rest.iter().map(|(operator, operand)| {
                compile(operand, columns).map(|operand| (operator.node, operand))
            });
            Node::Chain(one(first)?, rest.collect::<Result<_>>()?)
        }
        Expression::Compare(left, comparison, right) => {
            Node::Compare(one(left)?, comparison.node, one(right)?)
        }
        Expression::Test(value, test) => compile_test(one(value)?, &test.node, columns)?,
        Expression::Not(_, inner) => Node::Not(one(inner)?),
        Expression::All(list) => Node::All(all(list)?),
        Expression::Any(list) => Node::Any(all(list)?),
    })
}

fn compile_test(value: Box<Node>, test: &Test, columns: &[Column]) -> Result<Node> {
    let one = |inner: &Expression| compile(inner, columns).map(Box::new);
    let node = match &test.kind {
        TestKind::In(list) => {
            let list = list.iter().map(|inner| compile(inner, columns));
            Node::In(value, list.collect::<Result<_>>()?)
        }
        TestKind::Like(pattern) => Node::Like(value, Matcher::characters(&pattern.pattern)?),
        TestKind::Between(low, high) => Node::Between(value, one(low)?, one(high)?),
        TestKind::Null => Node::IsNull(value),
    };
    Ok(if test.negated { Node::Not(Box::new(node)) } else { node })
}

fn constant(literal: &Literal) -> Datum {
    match literal {
        Literal::Null => Datum::Null,
        Literal::Boolean(value) => Datum::Boolean(*value),
        Literal::Text(text) => Datum::text(text),
        Literal::Number(Number::Integer(value)) => Datum::Integer(*value),
        Literal::Number(number) => Datum::real(number.value()),
    }
}

impl Node {
    fn evaluate(&self, row: &[Datum]) -> Datum {
        match self {
            Node::Constant(value) => value.clone(),
            Node::Column(index) => row.get(*index).cloned().unwrap_or(Datum::Null),
            Node::Call(function, arguments) => {
                let values: Vec<Datum> = arguments.iter().map(|a| a.evaluate(row)).collect();
                function.apply(&values)
            }
            Node::Negative(inner) => {
                calculate(Arithmetic::Subtract, &Datum::Integer(0), &inner.evaluate(row))
            }
            Node::Chain(first, rest) => {
                rest.iter().fold(first.evaluate(row), |value, (operator, operand)| {
                    calculate(*operator, &value, &operand.evaluate(row))
                })
            }
            Node::Compare(left, comparison, right) => {
                truth(compared(&left.evaluate(row), *comparison, &right.evaluate(row)))
            }
            Node::In(value, list) => {
                let value = value.evaluate(row);
                let equal = |item: &Node| compared(&value, Comparison::Equal, &item.evaluate(row));
                truth(any(list.iter().map(equal)))
            }
            Node::Like(value, matcher) => match value.evaluate(row) {
                Datum::Text(text) => Datum::Boolean(matcher.matches_text(&text)),
                _ => Datum::Null,
            },
            Node::Between(value, low, high) => {
                let value = value.evaluate(row);
                let above = compared(&value, Comparison::AtLeast, &low.evaluate(row));
                let below = compared(&value, Comparison::AtMost, &high.evaluate(row));
                truth(all([above, below]))
            }
            Node::IsNull(value) => Datum::Boolean(value.evaluate(row) == Datum::Null),
            Node::Not(inner) => truth(inner.truth(row).map(|value| !value)),
            Node::All(list) => truth(all(list.iter().map(|inner| inner.truth(row)))),
            Node::Any(list) => truth(any(list.iter().map(|inner| inner.truth(row)))),
        }
    }

    fn truth(&self, row: &[Datum]) -> Option<bool> {
        match self.evaluate(row) {
            Datum::Boolean(value) => Some(value),
            _ => None,
        }
    }
}

fn truth(value: Option<bool>) -> Datum {
    value.map_or(Datum::Null, Datum::Boolean)
}

fn compared(one: &Datum, comparison: Comparison, two: &Datum) -> Option<bool> {
    compare(one, two).map(|order: Ordering| comparison.holds(order))
}

/// AND: false if one is false, else null if one is null.
fn all(values: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    any(values.into_iter().map(|value| value.map(|value| !value))).map(|value| !value)
}

/// OR: true if one is true, else null if one is null.
fn any(values: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(false);
    for value in values {
        match value {
            Some(true) => return Some(true),
            Some(false) => {}
            None => result = None,
        }
    }
    result
}
