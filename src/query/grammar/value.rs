//! Numbers, ranges and the constants after `=`, and WITH.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt};

use nom::sequence::delimited;

use crate::error::Error;
use crate::query::constant::{Constant, Number};
use crate::query::grammar::tokens::{
    Parsed, Tokens, clause, deeper, keyword, named, quoted, separated, symbol,
};
use crate::query::lexer::TokenKind;
use crate::query::node::Spanned;
use crate::query::parameters::{Parameter, Parameters};
use crate::query::pattern::QuotedPattern;

/// Everything after an optional WITH; nothing where there is none.
pub fn with_clause(input: Tokens<'_>) -> Parsed<'_, Parameters> {
    let list = clause("WITH", |input| cut(separated(symbol(","), parameter)).parse(input));
    let (rest, list) = opt((keyword("WITH"), list)).parse(input)?;
    Ok((rest, Parameters(list.map(|(_, list)| list).unwrap_or_default())))
}

/// `name = value`.
pub fn parameter(input: Tokens<'_>) -> Parsed<'_, Parameter> {
    let (rest, (name, _, value)) =
        (named("a parameter"), cut(symbol("=")), cut(constant)).parse(input)?;
    Ok((rest, Parameter { name, value }))
}

/// What may stand after `=`.
pub(super) fn constant(input: Tokens<'_>) -> Parsed<'_, Spanned<Constant>> {
    let start = input.span();
    input.note("a value");
    let text = map(quoted("a string"), |text| Constant::Text(text.text));
    let (rest, node) = alt((range, signed, text, word_constant, list)).parse(input)?;
    let span = start.to(input.last_before(rest));
    Ok((rest, Spanned::new(node, span)))
}

/// `2..4`, both ends in.
pub(super) fn range(input: Tokens<'_>) -> Parsed<'_, Constant> {
    let (rest, (low, _, high)) = (whole, symbol(".."), cut(whole)).parse(input)?;
    Ok((rest, Constant::Range(low, high)))
}

/// A number, with a sign if need be.
pub(super) fn signed(input: Tokens<'_>) -> Parsed<'_, Constant> {
    let (rest, (minus, number)) = (opt(symbol("-")), number).parse(input)?;
    let number = match (minus, number) {
        (None, number) => number,
        (Some(_), Number::Integer(value)) => Number::Integer(-value),
        (Some(_), Number::Real(value)) => Number::Real(-value),
        (Some(minus), number) => {
            let message = format!("{} cannot be negative", number.kind());
            return input.refuse(Error::query(message).at(minus.0));
        }
    };
    Ok((rest, Constant::Number(number)))
}

/// A word: `char`, `true`, `null`. Backquoted, it is never `true`, `false` or `null`.
pub(super) fn word_constant(input: Tokens<'_>) -> Parsed<'_, Constant> {
    input.one("a word", |token| match &token.kind {
        TokenKind::Backquoted(word) => Some(Constant::Word(word.clone())),
        TokenKind::Word(word) => Some(match word.to_ascii_lowercase().as_str() {
            "true" => Constant::Boolean(true),
            "false" => Constant::Boolean(false),
            "null" => Constant::Null,
            _ => Constant::Word(word.clone()),
        }),
        _ => None,
    })
}

/// `(a, b)`.
pub(super) fn list(input: Tokens<'_>) -> Parsed<'_, Constant> {
    let items = separated(symbol(","), |input| deeper(constant)(input));
    let (rest, items) = delimited(symbol("("), cut(items), cut(symbol(")"))).parse(input)?;
    Ok((rest, Constant::List(items)))
}

/// A number of any kind, without a sign.
pub fn number(input: Tokens<'_>) -> Parsed<'_, Number> {
    input.one("a number", |token| match token.kind {
        TokenKind::Number(number) => Some(number),
        _ => None,
    })
}

/// A whole number.
pub fn whole(input: Tokens<'_>) -> Parsed<'_, u64> {
    input.one("a whole number", |token| match token.kind {
        TokenKind::Number(number) => number.whole(),
        _ => None,
    })
}

/// A quoted pattern, taken apart.
pub fn pattern(input: Tokens<'_>) -> Parsed<'_, QuotedPattern> {
    let (rest, text) = quoted("a quoted pattern")(input)?;
    match QuotedPattern::new(text) {
        Ok(pattern) => Ok((rest, pattern)),
        Err(error) => input.refuse(error),
    }
}
