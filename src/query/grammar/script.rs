//! A script: statements with `;` between them, and the errors of the whole.

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result};
use crate::query::grammar::advice::advice;
use crate::query::grammar::statement::statement;
use crate::query::grammar::tokens::{Failure, Journal, Parsed, Tokens, end, symbol};
use crate::query::lexer::{Token, TokenKind, is_open, tokens};
use crate::query::node::Spanned;
use crate::query::tree::Statement;

/// The statements of a text.
pub fn parse(text: &str) -> Result<Vec<Spanned<Statement>>> {
    let tokens = tokens(text)?;
    let journal = Journal::default();
    match script(Tokens::new(&tokens, &journal)) {
        Ok((_, statements)) => Ok(statements),
        Err(nom::Err::Error(failure) | nom::Err::Failure(failure)) => {
            Err(error(failure, text, &tokens, &journal))
        }
        Err(nom::Err::Incomplete(_)) => Err(Error::internal("the grammar asked for more text")),
    }
}

/// Whether a text ends what it began: no string or comment stands open and `;` comes last. A text
/// of blanks and comments is complete.
pub fn is_complete(text: &str) -> bool {
    if is_open(text) {
        return false;
    }
    match tokens(text) {
        Ok(tokens) => {
            let last = tokens.iter().rev().find(|token| token.kind != TokenKind::End);
            last.is_none_or(|token| token.kind == TokenKind::Operator(";"))
        }
        // An error that more text will not mend: let it be shown, once the line says it is done.
        Err(_) => text.trim_end().ends_with(';'),
    }
}

/// Statements with `;` between them; empty ones do nothing.
fn script(input: Tokens<'_>) -> Parsed<'_, Vec<Spanned<Statement>>> {
    let mut statements = Vec::new();
    let mut rest = input;
    loop {
        while let Ok((after, _)) = symbol(";")(rest) {
            rest = after;
        }
        if end(rest).is_ok() {
            return Ok((rest, statements));
        }
        let start = rest.span();
        let (after, statement) = cut(statement).parse(rest)?;
        statements.push(Spanned::new(statement, start.to(rest.last_before(after))));
        if symbol(";")(after).is_err() {
            let (after, ()) = cut(end).parse(after)?;
            return Ok((after, statements));
        }
        rest = after;
    }
}

/// The error of a failed parse: its own message, or what was wanted where it got furthest.
fn error(failure: Failure, text: &str, tokens: &[Token], journal: &Journal) -> Error {
    if let Some(error) = failure.error {
        return *error;
    }
    let (position, wanted) = journal.furthest();
    let Some(token) = tokens.get(position).or(tokens.last()) else {
        return Error::internal("a text without an end");
    };
    let found = match token.kind {
        TokenKind::End => "end".to_owned(),
        _ => format!("`{}`", text.get(token.span.start..token.span.end).unwrap_or_default()),
    };
    let clause = failure.clause.map(|clause| format!(" in {clause}")).unwrap_or_default();
    let before = position.checked_sub(1).and_then(|before| tokens.get(before));
    let message = format!("unexpected {found}{clause}");
    let error = Error::query(message).at(token.span).expected(shown(&wanted));
    advice(before, token, &wanted).into_iter().fold(error, Error::hint)
}

/// What was wanted, for a reader: sorted out, symbols in backquotes.
fn shown(wanted: &[&'static str]) -> Vec<String> {
    // `the end` and `;` are the same to a reader; a statement is said at the beginning only.
    let statement = wanted.contains(&"a statement");
    let kept = wanted.iter().filter(|wanted| match **wanted {
        "the end" => !statement,
        ";" => false,
        other => !statement || other == "a statement" || other == "a stage",
    });
    let mut shown: Vec<String> = kept
        .map(|wanted| match wanted.chars().all(|c| c.is_ascii_punctuation() && c != '`') {
            true => format!("`{wanted}`"),
            false => (*wanted).to_owned(),
        })
        .collect();
    shown.sort_by_key(|wanted| (wanted == "the end", !wanted.starts_with("a "), wanted.clone()));
    shown
}
