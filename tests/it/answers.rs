//! What the tests ask and what they get: statements in, plain values out.

use erya::database::Session;
use erya::error::Result;
use erya::query::rows::{Datum, Row};

/// All rows of an answer.
pub(crate) fn try_rows(session: &mut Session<'_>, statement: &str) -> Result<Vec<Row>> {
    session.query(statement)?.rows.collect()
}

/// All rows of an answer that must not fail.
#[track_caller]
pub(crate) fn rows(session: &mut Session<'_>, statement: &str) -> Vec<Row> {
    try_rows(session, statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
}

/// The texts and numbers of two columns.
#[track_caller]
pub(crate) fn numbered(
    session: &mut Session<'_>,
    statement: &str,
    text_column: usize,
    number_column: usize,
) -> Vec<(String, u64)> {
    let rows = rows(session, statement);
    let pair = |row: &Row| (text(&row[text_column]), number(&row[number_column]));
    rows.iter().map(pair).collect()
}

/// The count of a plain text.
#[track_caller]
pub(crate) fn count(session: &mut Session<'_>, corpus: &str, text: &str) -> u64 {
    let statement = format!("FROM {corpus} | COUNT {}", quoted(text));
    let found = numbered(session, &statement, 1, 2);
    assert_eq!(found.len(), 1, "{statement}");
    found[0].1
}

/// The cell of a table of one row.
#[track_caller]
pub(crate) fn cell(rows: &[Row], column: usize) -> u64 {
    assert_eq!(rows.len(), 1);
    number(&rows[0][column])
}

#[track_caller]
pub(crate) fn text(datum: &Datum) -> String {
    match datum {
        Datum::Text(text) => text.to_string(),
        other => panic!("{other:?} is no text"),
    }
}

#[track_caller]
pub(crate) fn number(datum: &Datum) -> u64 {
    match datum {
        Datum::Integer(number) => u64::try_from(*number).unwrap(),
        other => panic!("{other:?} is no count"),
    }
}

#[track_caller]
pub(crate) fn real(datum: &Datum) -> Option<f64> {
    match datum {
        Datum::Null => None,
        Datum::Real(value) => Some(*value),
        other => panic!("{other:?} is no measure"),
    }
}

/// A string of the language.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A text as a part of a pattern.
pub(crate) fn literal(text: &str) -> String {
    let mut pattern = String::new();
    for character in text.chars() {
        if "?*(|)^$\\/".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
