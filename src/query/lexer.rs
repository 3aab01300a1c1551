//! From text to tokens, each with its place.
//!
//! Keywords are not known here: a bare word becomes one only where the grammar wants it. The last
//! token is always [`TokenKind::End`], with an empty span at the end of the text.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::combinator::{map, opt, recognize, value};
use nom::error::{ErrorKind, ParseError};
use nom::multi::many0_count;
use nom::{IResult, Input};

use crate::error::{Error, Result, Span};
use crate::query::constant::{DURATIONS, Number, SIZES, whole};
use crate::query::node::{begins_name, continues_name};

/// A piece of the text with a meaning of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    /// A bare word: a name or a keyword.
    Word(String),
    /// A name in backquotes.
    Backquoted(String),
    /// A string, its quotes taken off and doubled ones made single.
    Text {
        /// The content.
        text: String,
        /// The quote it was written with.
        quote: char,
    },
    /// A number with its unit.
    Number(Number),
    /// An operator, a bracket, a comma.
    Operator(&'static str),
    /// A blank or a comment; never in what [`tokens`] returns.
    Blank,
    /// The end of the text.
    End,
}

/// Operators, longer ones before their beginnings. Those of other languages are read so that the
/// grammar can say what they are called here.
const OPERATORS: &[&str] = &[
    "..", "==", "=>", "=~", "=<", "=", "!=", "!", "<=", "<>", "<", ">=", ">", "&&", "||", "|", "(",
    ")", "[", "]", "{", "}", ",", ";", "+", "-", "*", "/", "%", ".", ":", "&", "^", "$", "@", "#",
    "?", "~", "\\",
];

/// Multiples that follow a number directly.
const MULTIPLES: &[(&str, f64)] = &[("k", 1e3), ("K", 1e3), ("M", 1e6)];

/// The tokens of a text.
pub fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut rest = text;
    let mut tokens = Vec::new();
    while !rest.is_empty() {
        let start = text.len() - rest.len();
        match token(rest) {
            Ok((after, kind)) => {
                rest = after;
                if kind != TokenKind::Blank {
                    tokens.push(Token { kind, span: Span::new(start, text.len() - rest.len()) });
                }
            }
            Err(error) => return Err(slip(error, text, start)),
        }
    }
    let end = Span::new(text.len(), text.len());
    tokens.push(Token { kind: TokenKind::End, span: end });
    Ok(tokens)
}

/// Whether a string, a name or a comment stands open at the end of the text.
pub fn is_open(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        match token(rest) {
            Ok((after, _)) => rest = after,
            Err(nom::Err::Failure(slip)) if slip.open => return true,
            // Skip what is no token; an opening after it still counts.
            Err(_) => {
                rest = rest.get(rest.chars().next().map_or(1, char::len_utf8)..).unwrap_or("")
            }
        }
    }
    false
}

/// What went wrong in a token, measured from its first byte.
#[derive(Debug)]
struct Slip {
    message: String,
    hint: Option<String>,
    length: usize,
    open: bool,
}

type Lexed<'t, T> = IResult<&'t str, T, Slip>;

impl ParseError<&str> for Slip {
    fn from_error_kind(_: &str, _: ErrorKind) -> Self {
        Slip { message: String::new(), hint: None, length: 0, open: false }
    }

    fn append(_: &str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl Slip {
    fn fail<T>(self) -> Lexed<'static, T> {
        Err(nom::Err::Failure(self))
    }

    fn unclosed<T>(what: &str, opening: usize, hint: impl Into<String>) -> Lexed<'static, T> {
        let message = format!("this {what} is never closed");
        Slip { message, hint: Some(hint.into()), length: opening, open: true }.fail()
    }
}

/// The error that a slip in the token at `start` makes.
fn slip(error: nom::Err<Slip>, text: &str, start: usize) -> Error {
    let found = text.get(start..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
    match error {
        nom::Err::Failure(slip) => {
            let error = Error::query(slip.message).at(Span::new(start, start + slip.length));
            slip.hint.into_iter().fold(error, Error::hint)
        }
        nom::Err::Error(_) | nom::Err::Incomplete(_) => Error::query(format!(
            "the character `{found}` (U+{:04X}) means nothing here",
            u32::from(found)
        ))
        .at(Span::new(start, start + found.len_utf8()))
        .hint(foreign(found)),
    }
}

/// What to type for a character that looks like one of ours, or where else it may stand.
fn foreign(character: char) -> String {
    const ALIKE: &[(&str, &str)] = &[
        ("｜│", "|"),
        ("，、", ","),
        ("；", ";"),
        ("（", "("),
        ("）", ")"),
        ("＝", "="),
        ("＞", ">"),
        ("＜", "<"),
        ("‘’“”「」", "'"),
    ];
    match ALIKE.iter().find(|(these, _)| these.contains(character)) {
        Some((_, ours)) => format!("type `{ours}`"),
        None => "text goes in quotes, an unusual name in backquotes".into(),
    }
}

fn token(input: &str) -> Lexed<'_, TokenKind> {
    alt((
        value(TokenKind::Blank, blank),
        value(TokenKind::Blank, comment),
        word,
        backquoted,
        text,
        number,
        operator,
    ))
    .parse(input)
}

fn blank(input: &str) -> Lexed<'_, &str> {
    take_while1(|c: char| c.is_whitespace() || c == '\u{feff}').parse(input)
}

fn comment(input: &str) -> Lexed<'_, &str> {
    alt((line_comment, block_comment)).parse(input)
}

fn line_comment(input: &str) -> Lexed<'_, &str> {
    recognize((tag("--"), take_while(|c| c != '\n'))).parse(input)
}

fn block_comment(input: &str) -> Lexed<'_, &str> {
    let (body, _) = tag("/*").parse(input)?;
    match body.find("*/") {
        Some(length) => Ok(body.take_split(length + 2)),
        None => Slip::unclosed("comment", 2, "end it with `*/`"),
    }
}

fn word(input: &str) -> Lexed<'_, TokenKind> {
    let word = recognize((take_while1(begins_name), take_while(continues_name)));
    map(word, |word: &str| TokenKind::Word(word.into())).parse(input)
}

fn backquoted(input: &str) -> Lexed<'_, TokenKind> {
    let hint = "end it with a backquote, doubled inside the name";
    let (rest, name) = between(input, '`', "name", hint)?;
    if name.is_empty() {
        let message = "a name cannot be empty".into();
        return Slip { message, hint: None, length: 2, open: false }.fail();
    }
    Ok((rest, TokenKind::Backquoted(name)))
}

fn text(input: &str) -> Lexed<'_, TokenKind> {
    let quote = if input.starts_with('"') { '"' } else { '\'' };
    let hint = format!("end it with {quote}; inside it, {quote} is written {quote}{quote}");
    let (rest, text) = between(input, quote, "string", &hint)?;
    Ok((rest, TokenKind::Text { text, quote }))
}

/// What stands between two quotes, a doubled quote standing for itself.
fn between<'t>(input: &'t str, quote: char, what: &str, hint: &str) -> Lexed<'t, String> {
    let sign = quote.to_string();
    let (mut rest, _) = tag(sign.as_str()).parse(input)?;
    let mut content = String::new();
    loop {
        let Some((before, after)) = rest.split_once(quote) else {
            return Slip::unclosed(what, quote.len_utf8(), hint);
        };
        content.push_str(before);
        match after.strip_prefix(quote) {
            Some(after) => rest = after,
            None => return Ok((after, content)),
        }
        content.push(quote);
    }
}

fn number(input: &str) -> Lexed<'_, TokenKind> {
    let (rest, digits) = recognize((integer, opt(fraction), opt(exponent))).parse(input)?;
    let (rest, unit) = unit(rest)?;
    let amount = digits.replace('_', "");
    let length = digits.len() + unit.len();
    match measured(&amount, unit) {
        Ok(number) => Ok((rest, TokenKind::Number(number))),
        Err((message, hint)) => {
            Slip { message, hint: hint.map(Into::into), length, open: false }.fail()
        }
    }
}

fn integer(input: &str) -> Lexed<'_, &str> {
    let digit = |c: char| c.is_ascii_digit();
    let group = (many0_count(tag("_")), take_while1(digit));
    recognize((take_while1(digit), many0_count(group))).parse(input)
}

fn fraction(input: &str) -> Lexed<'_, &str> {
    recognize((tag("."), integer)).parse(input)
}

fn exponent(input: &str) -> Lexed<'_, &str> {
    recognize((alt((tag("e"), tag("E"))), opt(alt((tag("-"), tag("+")))), integer)).parse(input)
}

/// Letters or `%` directly behind a number. `10%x` and `10%(x)` are remainders.
fn unit(input: &str) -> Lexed<'_, &str> {
    let remainder = |c: char| continues_name(c) || matches!(c, '(' | '`');
    match input.strip_prefix('%') {
        Some(after) if !after.starts_with(remainder) => Ok(input.take_split(1)),
        _ => take_while(continues_name).parse(input),
    }
}

/// The number that an amount in a unit is, or what is wrong with it and a hint.
fn measured(
    amount: &str,
    unit: &str,
) -> std::result::Result<Number, (String, Option<&'static str>)> {
    let too_large = || (format!("the number {amount}{unit} is too large"), None);
    if unit.is_empty()
        && let Ok(integer) = amount.parse::<i64>()
    {
        return Ok(Number::Integer(integer));
    }
    let value = amount.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(too_large)?;
    let scaled = |units: &[(&str, u64)]| {
        let found = units.iter().find(|(name, _)| *name == unit)?;
        Some(whole((value * found.1 as f64).round()))
    };
    if unit.is_empty() {
        return Ok(Number::Real(value));
    }
    if unit == "%" {
        return Ok(Number::Percent(value));
    }
    if let Some((_, factor)) = MULTIPLES.iter().find(|(name, _)| *name == unit) {
        let product = value * factor;
        let integer = whole(product).and_then(|value| i64::try_from(value).ok());
        return Ok(integer.map_or(Number::Real(product), Number::Integer));
    }
    if let Some(size) = scaled(SIZES) {
        return size.map(Number::Size).ok_or_else(too_large);
    }
    if let Some(duration) = scaled(DURATIONS) {
        return duration.map(Number::Duration).ok_or_else(too_large);
    }
    let hint = "units are k, M, %, B, KiB, MiB, GiB, TiB, KB, MB, GB, TB, ms, s, m, h, d; \
                a name that begins with a digit goes in backquotes";
    Err((format!("`{unit}` is no unit of a number"), Some(hint)))
}

fn operator(input: &str) -> Lexed<'_, TokenKind> {
    match OPERATORS.iter().find(|symbol| input.starts_with(**symbol)) {
        Some(symbol) => {
            let (rest, _) = input.take_split(symbol.len());
            Ok((rest, TokenKind::Operator(symbol)))
        }
        None => Err(nom::Err::Error(Slip::from_error_kind(input, ErrorKind::Tag))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        let mut kinds: Vec<_> = tokens(text).unwrap().into_iter().map(|t| t.kind).collect();
        assert_eq!(kinds.pop(), Some(TokenKind::End));
        kinds
    }

    fn one_number(text: &str) -> Number {
        match kinds(text).as_slice() {
            [TokenKind::Number(number)] => *number,
            other => panic!("{text} reads as {other:?}"),
        }
    }

    fn failure(text: &str) -> (String, Span) {
        let error = tokens(text).unwrap_err();
        (error.to_string(), error.report().span.unwrap())
    }

    #[test]
    fn numbers_of_every_kind() {
        assert_eq!(one_number("10"), Number::Integer(10));
        assert_eq!(one_number("1_000"), Number::Integer(1000));
        assert_eq!(one_number("1e-7"), Number::Real(1e-7));
        assert_eq!(one_number("0.1%"), Number::Percent(0.1));
        assert_eq!(one_number("5k"), Number::Integer(5000));
        assert_eq!(one_number("1.5k"), Number::Integer(1500));
        assert_eq!(one_number("2M"), Number::Integer(2_000_000));
        assert_eq!(one_number("512MiB"), Number::Size(512 << 20));
        assert_eq!(one_number("10MB"), Number::Size(10_000_000));
        assert_eq!(one_number("30s"), Number::Duration(30_000));
        assert_eq!(one_number("5m"), Number::Duration(300_000));
        assert_eq!(one_number("100ms"), Number::Duration(100));
        assert_eq!(one_number("9223372036854775808"), Number::Real(9_223_372_036_854_775_808.0));
    }

    #[test]
    fn a_range_is_two_numbers_and_dots() {
        let two_to_four = [
            TokenKind::Number(Number::Integer(2)),
            TokenKind::Operator(".."),
            TokenKind::Number(Number::Integer(4)),
        ];
        assert_eq!(kinds("2..4"), two_to_four);
        assert_eq!(kinds("2 .. 4"), two_to_four);
    }

    #[test]
    fn a_percent_sign_before_a_name_is_a_remainder() {
        assert_eq!(kinds("10%x").len(), 3);
        assert_eq!(kinds("10 % 3").len(), 3);
        assert_eq!(kinds("10%").len(), 1);
    }

    #[test]
    fn words_strings_and_names() {
        assert_eq!(kinds("红楼梦_2"), [TokenKind::Word("红楼梦_2".into())]);
        assert_eq!(kinds("`a``b c`"), [TokenKind::Backquoted("a`b c".into())]);
        assert_eq!(kinds(r"'a\'"), [TokenKind::Text { text: r"a\".into(), quote: '\'' }]);
        assert_eq!(kinds("'it''s'"), [TokenKind::Text { text: "it's".into(), quote: '\'' }]);
        assert_eq!(kinds(r#""a""b""#), [TokenKind::Text { text: "a\"b".into(), quote: '"' }]);
    }

    #[test]
    fn comments_are_blanks() {
        assert_eq!(kinds("a -- b\n c /* d\n e */ f").len(), 3);
        assert_eq!(kinds("-- only").len(), 0);
    }

    #[test]
    fn spans_are_bytes() {
        let spans: Vec<Span> = tokens("红 '楼' x").unwrap().iter().map(|t| t.span).collect();
        let expected = [(0, 3), (4, 9), (10, 11), (11, 11)].map(|(a, b)| Span::new(a, b));
        assert_eq!(spans, expected);
    }

    #[test]
    fn what_is_never_closed_is_shown_at_its_opening() {
        assert_eq!(failure("红 'abc"), ("this string is never closed".into(), Span::new(4, 5)));
        assert_eq!(failure("/* x"), ("this comment is never closed".into(), Span::new(0, 2)));
        assert_eq!(failure("`x"), ("this name is never closed".into(), Span::new(0, 1)));
        assert!(is_open("a 'b"));
        assert!(is_open("a } § /* "));
        assert!(!is_open("a -- 'b"));
    }

    #[test]
    fn other_slips_of_letters() {
        assert_eq!(failure("a 5x"), ("`x` is no unit of a number".into(), Span::new(2, 4)));
        assert_eq!(failure("1e999").0, "the number 1e999 is too large");
        let error = tokens("hlm ｜ x").unwrap_err();
        assert_eq!(error.report().span, Some(Span::new(4, 7)));
        assert_eq!(error.report().hint.as_deref(), Some("type `|`"));
    }
}
