//! A corpus that is dropped while somebody reads it.

use crate::database::{Database, Options};
use crate::store::{Access, Family};

/// Whether any text is kept.
fn keeps_text(database: &Database) -> bool {
    let view = database.index().store().view();
    let mut cursor = view.cursor(Family::Text, Access::Point);
    cursor.seek(&[]);
    cursor.entry().unwrap().is_some()
}

#[test]
fn its_text_goes_when_its_last_reader_has_gone() {
    let database = Database::in_memory(Options::default()).unwrap();
    let mut session = database.session();
    let script = "CREATE CORPUS a; INGEST TEXT '明月光' INTO a; INGEST TEXT '望明月' INTO a";
    session.run(script).unwrap();
    let mut reader = database.session();
    let mut answer = reader.query("FROM a | CONCORDANCE '月' | KEEP left").unwrap();
    assert!(answer.rows.next().unwrap().is_ok());
    session.run("DROP CORPUS a").unwrap();
    assert!(keeps_text(&database));
    assert_eq!(answer.rows.by_ref().map(Result::unwrap).count(), 1);
    drop(answer);
    drop(reader);
    session.run("SHOW CORPORA").unwrap();
    assert!(!keeps_text(&database));
    assert!(session.query("FROM a | COUNT '月'").is_err());
}
