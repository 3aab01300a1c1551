//! Databases for tests, and what they answer as strings.

use crate::database::{Database, Options};
use crate::query::rows::Datum;

/// A database in memory after a script.
pub(super) fn database(script: &str) -> Database {
    let database = Database::in_memory(Options { threads: 2, ..Options::default() }).unwrap();
    database.session().run(script).unwrap();
    database
}

/// The rows of an answer, each as its values with bars between them; six digits after the point.
pub(super) fn rows(database: &Database, query: &str) -> Vec<String> {
    let mut session = database.session();
    let answer = session.query(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let rows = answer.rows.map(|row| {
        let row = row.unwrap_or_else(|error| panic!("{query}: {error}"));
        row.iter().map(shown).collect::<Vec<_>>().join("|")
    });
    rows.collect()
}

fn shown(datum: &Datum) -> String {
    match datum {
        Datum::Null => "null".into(),
        Datum::Boolean(value) => value.to_string(),
        Datum::Integer(value) => value.to_string(),
        Datum::Real(value) => format!("{value:.6}"),
        Datum::Text(text) => text.to_string(),
        Datum::Tree(tree) => tree.nested(),
        Datum::List(list) | Datum::Set(list) => {
            list.iter().map(shown).collect::<Vec<_>>().join(" ")
        }
    }
}

/// What a statement is refused with.
pub(super) fn refused(database: &Database, query: &str) -> String {
    let mut session = database.session();
    let refused = match session.query(query) {
        Err(error) => error,
        Ok(answer) => answer.rows.filter_map(Result::err).next().expect(query),
    };
    refused.to_string()
}

/// `INGEST TEXT '…', '…' INTO name`.
pub(super) fn ingest(name: &str, texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
    format!("INGEST TEXT {} INTO {name};", quoted.join(", "))
}
