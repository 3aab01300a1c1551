//! Expressions: what WHERE, EVAL and STATS are given. Syntax and printing only.
//!
//! Chains of one rank are kept flat, so a tree is only as deep as its parentheses.

use std::fmt;

use crate::error::Span;
use crate::query::constant::{Number, write_list};
use crate::query::node::{Name, Place, Spanned, write_text};
use crate::query::pattern::QuotedPattern;
use crate::query::stage::Comparison;

/// An expression over the columns of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A constant.
    Literal(Spanned<Literal>),
    /// A column.
    Column(Name),
    /// `name(…)`.
    Call(Call),
    /// `-x`.
    Negative(Place, Box<Expression>),
    /// `a + b - c` or `a * b / c`: operators of one rank, from left to right.
    Chain(Box<Expression>, Vec<(Spanned<Arithmetic>, Expression)>),
    /// `a <= b`.
    Compare(Box<Expression>, Spanned<Comparison>, Box<Expression>),
    /// `a [NOT] IN (…)`, `LIKE`, `BETWEEN`, `IS [NOT] NULL`.
    Test(Box<Expression>, Spanned<Test>),
    /// `NOT a`.
    Not(Place, Box<Expression>),
    /// `a AND b AND c`; two or more.
    All(Vec<Expression>),
    /// `a OR b OR c`; two or more.
    Any(Vec<Expression>),
}

/// A constant in an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true`, `false`.
    Boolean(bool),
    /// Any number.
    Number(Number),
    /// A string.
    Text(String),
}

/// A call of a function or an aggregate.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Its name.
    pub name: Name,
    /// What it is given.
    pub arguments: Vec<Expression>,
    /// The whole call.
    pub place: Place,
}

/// `+ - * / %`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// What one value is tested for.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Whether NOT stands before it, or within IS NOT NULL.
    pub negated: bool,
    /// For what.
    pub kind: TestKind,
}

/// The kinds of [`Test`].
#[derive(Clone, Debug, PartialEq)]
pub enum TestKind {
    /// `IN (…)`.
    In(Vec<Expression>),
    /// `LIKE 'pattern'`.
    Like(Box<QuotedPattern>),
    /// `BETWEEN low AND high`, both ends in.
    Between(Box<Expression>, Box<Expression>),
    /// `IS NULL`.
    Null,
}

impl Arithmetic {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::Remainder => "%",
        }
    }

    fn rank(self) -> Rank {
        match self {
            Arithmetic::Add | Arithmetic::Subtract => Rank::Sum,
            Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Remainder => Rank::Product,
        }
    }
}

/// How strongly an expression holds together, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Any,
    All,
    Not,
    Comparison,
    Sum,
    Product,
    Negative,
    Primary,
}

impl Expression {
    /// Where it stands, outer parentheses left out.
    pub fn span(&self) -> Span {
        let all = |list: &[Expression]| match (list.first(), list.last()) {
            (Some(first), Some(last)) => first.span().to(last.span()),
            _ => Span::default(),
        };
        match self {
            Expression::Literal(literal) => literal.span,
            Expression::Column(name) => name.span,
            Expression::Call(call) => call.place.0,
            Expression::Negative(place, inner) | Expression::Not(place, inner) => {
                place.0.to(inner.span())
            }
            Expression::Chain(first, rest) => {
                let end = rest.last().map_or_else(|| first.span(), |(_, last)| last.span());
                first.span().to(end)
            }
            Expression::Compare(left, _, right) => left.span().to(right.span()),
            Expression::Test(value, test) => value.span().to(test.span),
            Expression::All(list) | Expression::Any(list) => all(list),
        }
    }

    /// Calls `visit` with every column named in it, in the order written.
    pub fn columns<'e>(&'e self, visit: &mut dyn FnMut(&'e Name)) {
        match self {
            Expression::Literal(_) => {}
            Expression::Column(name) => visit(name),
            Expression::Call(call) => call.arguments.iter().for_each(|e| e.columns(visit)),
            Expression::Negative(_, inner) | Expression::Not(_, inner) => inner.columns(visit),
            Expression::Chain(first, rest) => {
                first.columns(visit);
                rest.iter().for_each(|(_, e)| e.columns(visit));
            }
            Expression::Compare(left, _, right) => {
                left.columns(visit);
                right.columns(visit);
            }
            Expression::Test(value, test) => {
                value.columns(visit);
                match &test.node.kind {
                    TestKind::In(list) => list.iter().for_each(|e| e.columns(visit)),
                    TestKind::Between(low, high) => {
                        low.columns(visit);
                        high.columns(visit);
                    }
                    TestKind::Like(_) | TestKind::Null => {}
                }
            }
            Expression::All(list) | Expression::Any(list) => {
                list.iter().for_each(|e| e.columns(visit));
            }
        }
    }

    /// The names of the columns in it.
    pub fn column_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.columns(&mut |name| names.push(name.text.clone()));
        names
    }

    fn rank(&self) -> Rank {
        match self {
            Expression::Literal(_) | Expression::Column(_) | Expression::Call(_) => Rank::Primary,
            Expression::Negative(..) => Rank::Negative,
            Expression::Chain(_, rest) => {
                rest.first().map_or(Rank::Sum, |(operator, _)| operator.node.rank())
            }
            Expression::Compare(..) | Expression::Test(..) => Rank::Comparison,
            Expression::Not(..) => Rank::Not,
            Expression::All(_) => Rank::All,
            Expression::Any(_) => Rank::Any,
        }
    }

    /// Writes it, in parentheses if it holds together less than `least`.
    fn write(&self, f: &mut fmt::Formatter<'_>, least: Rank) -> fmt::Result {
        if self.rank() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Literal(literal) => literal.fmt(f),
            Expression::Column(name) => name.fmt(f),
            Expression::Call(call) => call.fmt(f),
            Expression::Negative(_, inner) => {
                // A blank, for `--` begins a comment.
                let blank = matches!(**inner, Expression::Negative(..));
                f.write_str(if blank { "- " } else { "-" })?;
                inner.write(f, Rank::Negative)
            }
            Expression::Chain(first, rest) => {
                let inside = match self.rank() {
                    Rank::Product => Rank::Negative,
                    _ => Rank::Product,
                };
                first.write(f, inside)?;
                rest.iter().try_for_each(|(operator, operand)| {
                    write!(f, " {} ", operator.node.symbol())?;
                    operand.write(f, inside)
                })
            }
            Expression::Compare(left, comparison, right) => {
                left.write(f, Rank::Sum)?;
                write!(f, " {} ", comparison.node.symbol())?;
                right.write(f, Rank::Sum)
            }
            Expression::Test(value, test) => {
                value.write(f, Rank::Sum)?;
                write!(f, " {test}")
            }
            Expression::Not(_, inner) => {
                f.write_str("NOT ")?;
                inner.write(f, Rank::Not)
            }
            Expression::All(list) => write_joined(f, list, " AND ", Rank::Not),
            Expression::Any(list) => write_joined(f, list, " OR ", Rank::All),
        }
    }
}

fn write_joined(
    f: &mut fmt::Formatter<'_>,
    list: &[Expression],
    between: &str,
    least: Rank,
) -> fmt::Result {
    for (index, expression) in list.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        expression.write(f, least)?;
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("null"),
            Literal::Boolean(value) => write!(f, "{value}"),
            Literal::Number(number) => number.fmt(f),
            Literal::Text(text) => write_text(f, text),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        write_list(f, &self.arguments)?;
        f.write_str(")")
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.negated { "NOT " } else { "" };
        match &self.kind {
            TestKind::In(list) => {
                write!(f, "{not}IN (")?;
                write_list(f, list)?;
                f.write_str(")")
            }
            TestKind::Like(pattern) => write!(f, "{not}LIKE {pattern}"),
            TestKind::Between(low, high) => {
                write!(f, "{not}BETWEEN ")?;
                low.write(f, Rank::Sum)?;
                f.write_str(" AND ")?;
                high.write(f, Rank::Sum)
            }
            TestKind::Null => write!(f, "IS {not}NULL"),
        }
    }
}
