//! Expressions, one production for each rank of operators.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt};
use nom::sequence::preceded;

use crate::error::Error;
use crate::query::expression::{Arithmetic, Call, Expression, Literal, Test, TestKind};
use crate::query::grammar::tokens::{
    Parsed, Tokens, decided, deeper, keyword, operator, quoted, separated, symbol,
};
use crate::query::grammar::value::{number, pattern};
use crate::query::lexer::TokenKind;
use crate::query::node::{Name, Place, Spanned};
use crate::query::stage::Comparison;

/// Words that cannot be the name of a column without backquotes.
const RESERVED: &[&str] = &["and", "between", "in", "is", "like", "not", "or"];

/// An expression: the weakest operator, OR.
pub fn expression(input: Tokens<'_>) -> Parsed<'_, Expression> {
    let (rest, mut list) = separated(keyword("OR"), conjunction)(input)?;
    Ok((rest, if list.len() == 1 { list.swap_remove(0) } else { Expression::Any(list) }))
}

/// `a AND b`.
pub(super) fn conjunction(input: Tokens<'_>) -> Parsed<'_, Expression> {
    let (rest, mut list) = separated(keyword("AND"), negation)(input)?;
    Ok((rest, if list.len() == 1 { list.swap_remove(0) } else { Expression::All(list) }))
}

/// `NOT a`.
pub(super) fn negation(input: Tokens<'_>) -> Parsed<'_, Expression> {
    match keyword("NOT")(input) {
        Ok((rest, place)) => {
            let (rest, inner) = decided(deeper(negation)(rest))?;
            Ok((rest, Expression::Not(place, Box::new(inner))))
        }
        Err(_) => comparison(input),
    }
}

/// `a <= b`, or a value and its test. Comparisons do not chain.
pub(super) fn comparison(input: Tokens<'_>) -> Parsed<'_, Expression> {
    let (rest, left) = sum(input)?;
    if let Ok((rest, operator)) = comparator(rest) {
        let (rest, right) = decided(sum(rest))?;
        if comparator(rest).is_ok() {
            let error = Error::query("comparisons do not chain").at(rest.span());
            return rest.refuse(error.hint("write a < b AND b < c, or b BETWEEN a AND c"));
        }
        return Ok((rest, Expression::Compare(Box::new(left), operator, Box::new(right))));
    }
    match test(rest) {
        Ok((rest, test)) => Ok((rest, Expression::Test(Box::new(left), test))),
        Err(nom::Err::Error(_)) => Ok((rest, left)),
        Err(failure) => Err(failure),
    }
}

/// `==`, `!=`, `<`, `<=`, `>`, `>=`; `=` reads as `==`.
pub(super) fn comparator(input: Tokens<'_>) -> Parsed<'_, Spanned<Comparison>> {
    let span = input.span();
    let (rest, comparison) = input.one("a comparison", |token| match token.kind {
        TokenKind::Operator("==" | "=") => Some(Comparison::Equal),
        TokenKind::Operator("!=") => Some(Comparison::Unequal),
        TokenKind::Operator("<") => Some(Comparison::Less),
        TokenKind::Operator("<=") => Some(Comparison::AtMost),
        TokenKind::Operator(">") => Some(Comparison::More),
        TokenKind::Operator(">=") => Some(Comparison::AtLeast),
        _ => None,
    })?;
    Ok((rest, Spanned::new(comparison, span)))
}

/// `[NOT] IN (…)`, `[NOT] LIKE '…'`, `[NOT] BETWEEN a AND b`, `IS [NOT] NULL`.
pub(super) fn test(input: Tokens<'_>) -> Parsed<'_, Spanned<Test>> {
    let start = input.span();
    let (rest, test) = match plain_test(input) {
        Err(nom::Err::Error(_)) => null_test(input),
        found => found,
    }?;
    Ok((rest, Spanned::new(test, start.to(input.last_before(rest)))))
}

/// `IS [NOT] NULL`.
pub(super) fn null_test(input: Tokens<'_>) -> Parsed<'_, Test> {
    let (rest, (_, not, _)) =
        (keyword("IS"), opt(keyword("NOT")), cut(keyword("NULL"))).parse(input)?;
    Ok((rest, Test { negated: not.is_some(), kind: TestKind::Null }))
}

/// A test that NOT may stand before.
pub(super) fn plain_test(input: Tokens<'_>) -> Parsed<'_, Test> {
    let (rest, not) = opt(keyword("NOT")).parse(input)?;
    let kind = match in_list(rest) {
        Err(nom::Err::Error(_)) => alt((like, between)).parse(rest),
        found => found,
    };
    let (rest, kind) = if not.is_some() { decided(kind) } else { kind }?;
    Ok((rest, Test { negated: not.is_some(), kind }))
}

/// `IN (a, b)`.
pub(super) fn in_list(input: Tokens<'_>) -> Parsed<'_, TestKind> {
    let (rest, _) = keyword("IN")(input)?;
    let (rest, _) = decided(symbol("(")(rest))?;
    let (rest, items) = decided(separated(symbol(","), inner)(rest))?;
    let (rest, _) = decided(symbol(")")(rest))?;
    Ok((rest, TestKind::In(items)))
}

/// `LIKE 'pattern'`.
pub(super) fn like(input: Tokens<'_>) -> Parsed<'_, TestKind> {
    map(preceded(keyword("LIKE"), cut(pattern)), |pattern| TestKind::Like(Box::new(pattern)))
        .parse(input)
}

/// `BETWEEN low AND high`.
pub(super) fn between(input: Tokens<'_>) -> Parsed<'_, TestKind> {
    let ends = (cut(sum), cut(keyword("AND")), cut(sum));
    let (rest, (low, _, high)) = preceded(keyword("BETWEEN"), ends).parse(input)?;
    Ok((rest, TestKind::Between(Box::new(low), Box::new(high))))
}

/// `a + b - c`.
pub(super) fn sum(input: Tokens<'_>) -> Parsed<'_, Expression> {
    const OPERATORS: &[(&str, Arithmetic)] = &[("+", Arithmetic::Add), ("-", Arithmetic::Subtract)];
    chain(OPERATORS, product, input)
}

/// `a * b / c`.
pub(super) fn product(input: Tokens<'_>) -> Parsed<'_, Expression> {
    const OPERATORS: &[(&str, Arithmetic)] =
        &[("*", Arithmetic::Multiply), ("/", Arithmetic::Divide), ("%", Arithmetic::Remainder)];
    chain(OPERATORS, unary, input)
}

/// `-a`, or a primary.
pub(super) fn unary(input: Tokens<'_>) -> Parsed<'_, Expression> {
    match operator("-", "a value")(input) {
        Ok((rest, place)) => {
            let (rest, inner) = decided(deeper(unary)(rest))?;
            Ok((rest, Expression::Negative(place, Box::new(inner))))
        }
        Err(_) => primary(input),
    }
}

/// A constant, a call, a column or an expression in parentheses.
pub(super) fn primary(input: Tokens<'_>) -> Parsed<'_, Expression> {
    // No `alt` here: its frames are large, and this is where parentheses recurse.
    if input.peek().is_some_and(|token| token.kind == TokenKind::Operator("(")) {
        return parenthesised(input);
    }
    match call(input) {
        Ok((rest, call)) => Ok((rest, Expression::Call(call))),
        Err(nom::Err::Error(_)) => alt((literal, map(column, Expression::Column))).parse(input),
        Err(failure) => Err(failure),
    }
}

/// `(a)`.
pub(super) fn parenthesised(input: Tokens<'_>) -> Parsed<'_, Expression> {
    let (rest, _) = operator("(", "a value")(input)?;
    let (rest, inside) = decided(inner(rest))?;
    let (rest, _) = decided(symbol(")")(rest))?;
    Ok((rest, inside))
}

/// A number, a string, `true`, `false` or `null`.
pub(super) fn literal(input: Tokens<'_>) -> Parsed<'_, Expression> {
    let span = input.span();
    input.note("a value");
    let word = |word, literal: Literal| map(keyword(word), move |_| literal.clone());
    let (rest, literal) = match input.peek().map(|token| &token.kind) {
        Some(TokenKind::Number(_)) => map(number, Literal::Number).parse(input),
        Some(TokenKind::Text { .. }) => {
            map(quoted("a value"), |text| Literal::Text(text.text)).parse(input)
        }
        Some(TokenKind::Word(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => word("true", Literal::Boolean(true)).parse(input),
            "false" => word("false", Literal::Boolean(false)).parse(input),
            "null" => word("null", Literal::Null).parse(input),
            _ => input.wanted("a value"),
        },
        _ => input.wanted("a value"),
    }?;
    Ok((rest, Expression::Literal(Spanned::new(literal, span))))
}

/// `name(a, b)`.
pub fn call(input: Tokens<'_>) -> Parsed<'_, Call> {
    let opens = |token: &crate::query::lexer::Token| token.kind == TokenKind::Operator("(");
    if !input.peek_second().is_some_and(opens) {
        return input.wanted("a value");
    }
    let (rest, name) = column(input)?;
    let (rest, arguments) = decided(arguments(rest))?;
    let place = Place(name.span.to(input.last_before(rest)));
    Ok((rest, Call { name, arguments, place }))
}

/// `(a, b)`, or `()`.
pub(super) fn arguments(input: Tokens<'_>) -> Parsed<'_, Vec<Expression>> {
    let (rest, _) = symbol("(")(input)?;
    if let Ok((rest, _)) = symbol(")")(rest) {
        return Ok((rest, Vec::new()));
    }
    let (rest, items) = decided(separated(symbol(","), inner)(rest))?;
    let (rest, _) = decided(symbol(")")(rest))?;
    Ok((rest, items))
}

/// The name of a column.
pub fn column(input: Tokens<'_>) -> Parsed<'_, Name> {
    input.one("a column", |token| match &token.kind {
        TokenKind::Word(text) if RESERVED.contains(&text.to_ascii_lowercase().as_str()) => None,
        TokenKind::Word(text) | TokenKind::Backquoted(text) => {
            Some(Name::new(text.clone(), token.span))
        }
        _ => None,
    })
}

/// An expression inside parentheses of any use.
fn inner<'t>(input: Tokens<'t>) -> Parsed<'t, Expression> {
    deeper(expression)(input)
}

/// Operands with operators of one rank between them, kept flat.
fn chain<'t>(
    operators: &'static [(&'static str, Arithmetic)],
    operand: fn(Tokens<'t>) -> Parsed<'t, Expression>,
    input: Tokens<'t>,
) -> Parsed<'t, Expression> {
    let infix = |input: Tokens<'t>| -> Parsed<'t, Spanned<Arithmetic>> {
        let span = input.span();
        let (rest, found) = input.one("an operator", |token| match token.kind {
            TokenKind::Operator(symbol) => operators.iter().find(|(this, _)| *this == symbol),
            _ => None,
        })?;
        Ok((rest, Spanned::new(found.1, span)))
    };
    let (mut rest, first) = operand(input)?;
    let mut more = Vec::new();
    while let Ok((after, sign)) = infix(rest) {
        let (after, next) = decided(operand(after))?;
        more.push((sign, next));
        rest = after;
    }
    if more.is_empty() {
        return Ok((rest, first));
    }
    Ok((rest, Expression::Chain(Box::new(first), more)))
}
