//! Kinds of expressions: whether the columns are there and the operands fit.

use crate::error::{Error, Result, Span};
use crate::query::aggregates::aggregate;
use crate::query::constant::Number;
use crate::query::expression::{Arithmetic, Call, Expression, Literal, Test, TestKind};
use crate::query::functions::{Arguments, FUNCTIONS, FunctionRow, alike, function};
use crate::query::nearest::did_you_mean;
use crate::query::node::Name;
use crate::query::rows::{Column, ColumnKind};
use crate::query::stage::Comparison;
use crate::query::value::{comparable, is_number, kind_name};

/// What an expression is over rows of these columns; a bare null counts as text.
pub fn check(expression: &Expression, columns: &[Column]) -> Result<ColumnKind> {
    Ok(infer(expression, columns)?.unwrap_or(ColumnKind::Text))
}

/// Refuses an expression that is not true or false: what WHERE is given.
pub fn check_condition(expression: &Expression, columns: &[Column]) -> Result<()> {
    let kind = infer(expression, columns)?;
    condition(expression, kind)
}

/// Where a column stands, or an error that lists those there are.
pub fn find_column(name: &Name, columns: &[Column]) -> Result<usize> {
    columns.iter().position(|column| column.name == name.text).ok_or_else(|| {
        let names = || columns.iter().map(|column| column.name.as_str());
        let error = Error::query(format!("there is no column `{}` here", name.text));
        let error = error.at(name.span).expected(names());
        did_you_mean(&name.text, names()).into_iter().fold(error, Error::hint)
    })
}

/// Where these columns stand; refuses one that is named twice.
pub fn find_columns(names: &[Name], columns: &[Column]) -> Result<Vec<usize>> {
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier == name) {
            let message = format!("the column `{}` is named twice", name.text);
            return Err(Error::query(message).at(name.span));
        }
    }
    names.iter().map(|name| find_column(name, columns)).collect()
}

/// What an expression is; nothing known of a bare null.
pub fn infer(expression: &Expression, columns: &[Column]) -> Result<Option<ColumnKind>> {
    match expression {
        Expression::Literal(literal) => literal_kind(&literal.node, literal.span),
        Expression::Column(name) => {
            let found = columns.get(find_column(name, columns)?);
            Ok(found.map(|column| column.kind))
        }
        Expression::Call(call) => call_kind(call, columns),
        Expression::Negative(place, inner) => {
            let kind = infer(inner, columns)?;
            number(inner, kind, "-", place.0)?;
            Ok(kind)
        }
        Expression::Chain(first, rest) => chain_kind(first, rest, columns),
        Expression::Compare(left, comparison, right) => {
            let kinds = (infer(left, columns)?, infer(right, columns)?);
            let lists = kinds.0 == Some(ColumnKind::List);
            let ordered = !matches!(comparison.node, Comparison::Equal | Comparison::Unequal);
            if !comparable(kinds.0, kinds.1) || (lists && ordered) {
                let symbol = comparison.node.symbol();
                return Err(unlike(symbol, kinds, expression.span()));
            }
            Ok(Some(ColumnKind::Boolean))
        }
        Expression::Test(value, test) => test_kind(value, &test.node, columns),
        Expression::Not(_, inner) => {
            check_condition(inner, columns)?;
            Ok(Some(ColumnKind::Boolean))
        }
        Expression::All(list) | Expression::Any(list) => {
            list.iter().try_for_each(|inner| check_condition(inner, columns))?;
            Ok(Some(ColumnKind::Boolean))
        }
    }
}

fn literal_kind(literal: &Literal, span: Span) -> Result<Option<ColumnKind>> {
    Ok(match literal {
        Literal::Null => None,
        Literal::Boolean(_) => Some(ColumnKind::Boolean),
        Literal::Text(_) => Some(ColumnKind::Text),
        Literal::Number(Number::Integer(_)) => Some(ColumnKind::Integer),
        Literal::Number(Number::Real(_) | Number::Percent(_)) => Some(ColumnKind::Real),
        Literal::Number(number) => {
            let message = format!("{} has no place in an expression", number.kind());
            return Err(Error::query(message).at(span).hint("write a plain number"));
        }
    })
}

fn chain_kind(
    first: &Expression,
    rest: &[(crate::query::node::Spanned<Arithmetic>, Expression)],
    columns: &[Column],
) -> Result<Option<ColumnKind>> {
    let mut kind = infer(first, columns)?;
    for (index, (operator, operand)) in rest.iter().enumerate() {
        if index == 0 {
            number(first, kind, operator.node.symbol(), operator.span)?;
        }
        let other = infer(operand, columns)?;
        number(operand, other, operator.node.symbol(), operator.span)?;
        let whole = [kind, other].iter().all(|kind| *kind == Some(ColumnKind::Integer));
        let divides = operator.node == Arithmetic::Divide;
        kind = Some(if whole && !divides { ColumnKind::Integer } else { ColumnKind::Real });
    }
    Ok(kind)
}

fn test_kind(value: &Expression, test: &Test, columns: &[Column]) -> Result<Option<ColumnKind>> {
    let kind = infer(value, columns)?;
    let fits = |name: &str, other: &Expression| {
        let other_kind = infer(other, columns)?;
        if comparable(kind, other_kind) {
            return Ok(());
        }
        Err(unlike(name, (kind, other_kind), value.span().to(other.span())))
    };
    match &test.kind {
        TestKind::Null => {}
        TestKind::In(list) => list.iter().try_for_each(|other| fits("IN", other))?,
        TestKind::Between(low, high) => {
            fits("BETWEEN", low)?;
            fits("BETWEEN", high)?;
        }
        TestKind::Like(_) if matches!(kind, None | Some(ColumnKind::Text)) => {}
        TestKind::Like(_) => {
            let message = format!("LIKE takes text, and this is {}", kind_name(kind));
            return Err(Error::query(message).at(value.span()));
        }
    }
    Ok(Some(ColumnKind::Boolean))
}

fn call_kind(call: &Call, columns: &[Column]) -> Result<Option<ColumnKind>> {
    let row = function(&call.name.text).ok_or_else(|| unknown_function(call))?;
    let kinds = call.arguments.iter().map(|argument| infer(argument, columns));
    let kinds: Vec<Option<ColumnKind>> = kinds.collect::<Result<_>>()?;
    check_arguments(call, row, &kinds)?;
    Ok(row.gives.kind(&kinds))
}

fn unknown_function(call: &Call) -> Error {
    let name = call.name.text.as_str();
    let error = Error::query(format!("there is no function `{name}`")).at(call.name.span);
    if aggregate(name).is_some() {
        return error.hint(format!("{name} is an aggregate: STATS {call} AS …"));
    }
    let names = || FUNCTIONS.iter().map(|row| row.name);
    did_you_mean(name, names()).into_iter().fold(error.expected(names()), Error::hint)
}

fn check_arguments(call: &Call, row: &FunctionRow, kinds: &[Option<ColumnKind>]) -> Result<()> {
    let wrong = |message: String, span| {
        Err(Error::query(message).at(span).hint(format!("it is called as {}", row.signature)))
    };
    match row.takes {
        Arguments::Alike { .. } if kinds.is_empty() => {
            wrong(format!("{} takes at least one value", row.name), call.place.0)
        }
        Arguments::Alike { .. } if !alike(kinds) => {
            wrong(format!("{} takes values of one kind", row.name), call.place.0)
        }
        Arguments::Alike { .. } => Ok(()),
        Arguments::Each { kinds: wanted, optional } => {
            if kinds.len() > wanted.len() || kinds.len() + optional < wanted.len() {
                let (given, s) = (kinds.len(), if kinds.len() == 1 { "" } else { "s" });
                let message = format!("{} is given {given} value{s}", row.name);
                return wrong(message, call.place.0);
            }
            for ((argument, kind), accepts) in call.arguments.iter().zip(kinds).zip(wanted) {
                if !accepts.accepts(*kind) {
                    let (wanted, found) = (accepts.name(), kind_name(*kind));
                    let message = format!("{} takes {wanted}, and this is {found}", row.name);
                    return wrong(message, argument.span());
                }
            }
            Ok(())
        }
    }
}

fn number(operand: &Expression, kind: Option<ColumnKind>, symbol: &str, at: Span) -> Result<()> {
    if kind.is_none_or(is_number) {
        return Ok(());
    }
    let message = format!("`{symbol}` takes numbers, and this is {}", kind_name(kind));
    let span = if operand.span() == Span::default() { at } else { operand.span() };
    Err(Error::query(message).at(span))
}

fn condition(expression: &Expression, kind: Option<ColumnKind>) -> Result<()> {
    if matches!(kind, None | Some(ColumnKind::Boolean)) {
        return Ok(());
    }
    let message = format!("a condition is true or false, and this is {}", kind_name(kind));
    let error = Error::query(message).at(expression.span());
    let hint = matches!(expression, Expression::Column(_));
    Err(if hint { error.hint(format!("compare it: {expression} > 0")) } else { error })
}

fn unlike(what: &str, kinds: (Option<ColumnKind>, Option<ColumnKind>), span: Span) -> Error {
    let (left, right) = (kind_name(kinds.0), kind_name(kinds.1));
    let error = Error::query(format!("`{what}` cannot compare {left} with {right}")).at(span);
    match kinds {
        (Some(ColumnKind::Integer | ColumnKind::Real), Some(ColumnKind::Text)) => {
            error.hint("numbers are written without quotes")
        }
        (Some(ColumnKind::Text), Some(ColumnKind::Integer | ColumnKind::Real)) => {
            error.hint("text is written in quotes")
        }
        _ => error,
    }
}
