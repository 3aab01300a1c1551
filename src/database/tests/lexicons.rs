//! DIFF: two lexicons, and what is no lexicon.

use super::{database, refused, rows};

#[test]
fn words_against_a_saved_lexicon() {
    let database = database(
        "CREATE CORPUS a; INGEST TEXT '甲乙，甲乙，丙丁，戊' INTO a;
         FROM a | NGRAMS 2 | EVAL word = ngram | KEEP word, count | SAVE AS old;
         FROM a | NGRAMS 1..2 | EVAL word = ngram | WHERE word != '丙丁' | KEEP word, count | SAVE AS new",
    );
    let kinds = rows(&database, "SHOW TABLES | LIMIT 9".split(" |").next().unwrap());
    assert_eq!(kinds.len(), 2, "a table with words that was made by EVAL is a table: {kinds:?}");
    assert!(refused(&database, "FROM new | DIFF old").contains("takes words"));
}

#[test]
fn diff_names_what_is_missing() {
    let database = database("CREATE CORPUS a; INGEST TEXT '甲乙' INTO a");
    assert!(refused(&database, "FROM a | WORDS | DIFF lex").contains("no lexicon `lex`"));
}
