//! The input of the grammar: tokens with a journal of what was wanted, and the terminals.
//!
//! nom's combinators forget the failures of what was optional. The journal keeps them: whatever
//! got furthest, with everything that was wanted there, is what the message will say.

use std::cell::RefCell;

use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Input, Needed};

use crate::error::{Error, Span};
use crate::query::lexer::{Token, TokenKind};
use crate::query::node::{Name, Place, Quoted};

/// How deep parentheses may go: a level takes some 20 KiB of stack in an unoptimized build, and a
/// thread has 2 MiB.
pub(super) const DEEPEST: usize = 64;

/// What a production gives.
pub type Parsed<'t, T> = IResult<Tokens<'t>, T, Failure>;

/// What was wanted where the parse got furthest.
#[derive(Debug, Default)]
pub struct Journal {
    furthest: RefCell<(usize, Vec<&'static str>)>,
}

impl Journal {
    fn note(&self, position: usize, wanted: &'static str) {
        let mut furthest = self.furthest.borrow_mut();
        if position > furthest.0 {
            *furthest = (position, Vec::new());
        }
        if position == furthest.0 && !furthest.1.contains(&wanted) {
            furthest.1.push(wanted);
        }
    }

    /// The furthest position and what was wanted there.
    pub fn furthest(&self) -> (usize, Vec<&'static str>) {
        self.furthest.borrow().clone()
    }
}

/// A failed production: how far it got and, where one knew better, the message itself.
#[derive(Debug)]
pub struct Failure {
    /// The token it stopped at.
    pub position: usize,
    /// The clause that it stopped in.
    pub clause: Option<&'static str>,
    /// A message of its own.
    pub error: Option<Box<Error>>,
}

impl ParseError<Tokens<'_>> for Failure {
    fn from_error_kind(input: Tokens<'_>, _: ErrorKind) -> Self {
        Failure { position: input.position, clause: None, error: None }
    }

    fn append(_: Tokens<'_>, _: ErrorKind, other: Self) -> Self {
        other
    }

    fn or(self, other: Self) -> Self {
        if other.error.is_some() || other.position > self.position { other } else { self }
    }
}

/// The tokens not yet read.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'t> {
    tokens: &'t [Token],
    journal: &'t Journal,
    position: usize,
    depth: usize,
}

impl PartialEq for Tokens<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.position == other.position && self.tokens.len() == other.tokens.len()
    }
}

impl<'t> Tokens<'t> {
    /// All tokens of a text; the last of them is its end.
    pub fn new(tokens: &'t [Token], journal: &'t Journal) -> Self {
        Tokens { tokens, journal, position: 0, depth: 0 }
    }

    /// The next token.
    pub fn peek(self) -> Option<&'t Token> {
        self.tokens.first()
    }

    /// The token after the next.
    pub fn peek_second(self) -> Option<&'t Token> {
        self.tokens.get(1)
    }

    /// Where the next token stands.
    pub fn span(self) -> Span {
        self.peek().map_or_else(Span::default, |token| token.span)
    }

    /// Where the last token before `after` stands, which began here.
    pub fn last_before(self, after: Self) -> Span {
        let read = after.position.saturating_sub(self.position);
        let last = read.checked_sub(1).and_then(|last| self.tokens.get(last));
        last.map_or_else(|| self.span(), |token| token.span)
    }

    /// How many tokens stand before it.
    pub fn index(self) -> usize {
        self.position
    }

    /// Fails here, having wanted that.
    pub fn wanted<T>(self, wanted: &'static str) -> Parsed<'t, T> {
        self.journal.note(self.position, wanted);
        Err(nom::Err::Error(Failure { position: self.position, clause: None, error: None }))
    }

    /// Notes what else would have been accepted here, without failing.
    pub fn note(self, wanted: &'static str) {
        self.journal.note(self.position, wanted);
    }

    /// Gives up with a message.
    pub fn refuse<T>(self, error: Error) -> Parsed<'t, T> {
        Err(nom::Err::Failure(Failure {
            position: self.position,
            clause: None,
            error: Some(Box::new(error)),
        }))
    }

    /// Reads one token if `read` makes something of it.
    pub fn one<T>(
        self,
        wanted: &'static str,
        read: impl FnOnce(&'t Token) -> Option<T>,
    ) -> Parsed<'t, T> {
        match self.peek().and_then(read) {
            Some(value) => Ok((self.skip(1), value)),
            None => self.wanted(wanted),
        }
    }

    fn skip(self, count: usize) -> Self {
        let tokens = self.tokens.get(count..).unwrap_or_default();
        Tokens { tokens, position: self.position + count, ..self }
    }
}

impl<'t> Input for Tokens<'t> {
    type Item = &'t Token;
    type Iter = std::slice::Iter<'t, Token>;
    type IterIndices = std::iter::Enumerate<std::slice::Iter<'t, Token>>;

    fn input_len(&self) -> usize {
        self.tokens.len()
    }

    fn take(&self, index: usize) -> Self {
        Tokens { tokens: self.tokens.get(..index).unwrap_or(self.tokens), ..*self }
    }

    fn take_from(&self, index: usize) -> Self {
        self.skip(index)
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.skip(index), self.take(index))
    }

    fn position<P: Fn(Self::Item) -> bool>(&self, predicate: P) -> Option<usize> {
        self.tokens.iter().position(predicate)
    }

    fn iter_elements(&self) -> Self::Iter {
        self.tokens.iter()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.tokens.iter().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        if count <= self.tokens.len() { Ok(count) } else { Err(Needed::Unknown) }
    }
}

/// The keyword, in any case, as a place. Backquoted names are never keywords.
pub fn keyword<'t>(word: &'static str) -> impl Fn(Tokens<'t>) -> Parsed<'t, Place> + Copy {
    move |input| {
        input.one(word, |token| match &token.kind {
            TokenKind::Word(text) if text.eq_ignore_ascii_case(word) => Some(Place(token.span)),
            _ => None,
        })
    }
}

/// An operator or a bracket, as a place; `wanted` is what messages call it.
pub(super) fn operator<'t>(
    symbol: &'static str,
    wanted: &'static str,
) -> impl Fn(Tokens<'t>) -> Parsed<'t, Place> + Copy {
    move |input| {
        input.one(wanted, |token| match token.kind {
            TokenKind::Operator(found) if found == symbol => Some(Place(token.span)),
            _ => None,
        })
    }
}

/// An operator or a bracket that messages show as it is written.
pub fn symbol<'t>(symbol: &'static str) -> impl Fn(Tokens<'t>) -> Parsed<'t, Place> + Copy {
    operator(symbol, symbol)
}

/// A name, bare or in backquotes.
pub fn name(input: Tokens<'_>) -> Parsed<'_, Name> {
    named("a name")(input)
}

/// A name that messages call by its role: "a corpus", "a column".
pub fn named<'t>(wanted: &'static str) -> impl Fn(Tokens<'t>) -> Parsed<'t, Name> + Copy {
    move |input| {
        input.one(wanted, |token| match &token.kind {
            TokenKind::Word(text) | TokenKind::Backquoted(text) => {
                Some(Name::new(text.clone(), token.span))
            }
            _ => None,
        })
    }
}

/// A string in single or double quotes.
pub fn string(input: Tokens<'_>) -> Parsed<'_, Quoted> {
    quoted("a string")(input)
}

/// A string that messages call by its role: "a quoted pattern", "a quoted file name".
pub fn quoted<'t>(wanted: &'static str) -> impl Fn(Tokens<'t>) -> Parsed<'t, Quoted> + Copy {
    move |input| {
        input.one(wanted, |token| match &token.kind {
            TokenKind::Text { text, quote } => {
                Some(Quoted { text: text.clone(), quote: *quote, span: token.span })
            }
            _ => None,
        })
    }
}

/// The end of the text.
pub(super) fn end(input: Tokens<'_>) -> Parsed<'_, ()> {
    input.one("the end", |token| (token.kind == TokenKind::End).then_some(()))
}

/// What nom's `cut` does, without its frames: from here on the clause is decided.
pub(super) fn decided<T>(result: Parsed<'_, T>) -> Parsed<'_, T> {
    result.map_err(|error| match error {
        nom::Err::Error(failure) => nom::Err::Failure(failure),
        other => other,
    })
}

/// One or more, a separator deciding that another follows.
pub fn separated<'t, T, S>(
    separator: impl Fn(Tokens<'t>) -> Parsed<'t, S> + Copy,
    item: impl Fn(Tokens<'t>) -> Parsed<'t, T> + Copy,
) -> impl Fn(Tokens<'t>) -> Parsed<'t, Vec<T>> + Copy {
    move |input| {
        let (mut rest, first) = item(input)?;
        let mut items = vec![first];
        while let Ok((after, _)) = separator(rest) {
            let (after, next) = decided(item(after))?;
            items.push(next);
            rest = after;
        }
        Ok((rest, items))
    }
}

/// The production one level deeper; refuses where the text is nested too deep.
pub(super) fn deeper<'t, T>(
    production: impl Fn(Tokens<'t>) -> Parsed<'t, T>,
) -> impl Fn(Tokens<'t>) -> Parsed<'t, T> {
    move |input| {
        if input.depth >= DEEPEST {
            let message = format!("nested too deep, more than {DEEPEST} levels");
            return input.refuse(Error::query(message).at(input.span()));
        }
        let inner = Tokens { depth: input.depth + 1, ..input };
        let (rest, value) = production(inner)?;
        Ok((Tokens { depth: input.depth, ..rest }, value))
    }
}

/// The production, its failures said to be in that clause.
pub fn clause<'t, T>(
    name: &'static str,
    production: impl Fn(Tokens<'t>) -> Parsed<'t, T>,
) -> impl Fn(Tokens<'t>) -> Parsed<'t, T> {
    move |input| {
        production(input).map_err(|error| match error {
            // Only what was decided for the clause is a failure in it.
            nom::Err::Failure(mut failure) => {
                failure.clause.get_or_insert(name);
                nom::Err::Failure(failure)
            }
            other => other,
        })
    }
}
