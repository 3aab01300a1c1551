//! DIFF and REFRESH: two states of a lexicon, and what is no lexicon.

use super::asking::{database, refused, rows};
use crate::mine::words::METHODS;

#[test]
fn words_against_a_saved_lexicon() {
    let database = database("CREATE CORPUS a; INGEST TEXT '甲乙，甲乙，丙丁，戊己' INTO a");
    let folder = tempfile::tempdir().unwrap();
    let lists = [("old", "甲乙 2\n丙丁 5\n戊 1\n庚 9\n"), ("new", "甲乙 2\n丙丁 6\n戊己\n")];
    for (name, list) in lists {
        let path = folder.path().join(name);
        std::fs::write(&path, list).unwrap();
        let import = format!("IMPORT LEXICON {name} FROM '{}'", path.display());
        database.session().run(&import).unwrap();
    }
    let wanted =
        ["戊己|added|1|null", "庚|removed|null|9", "戊|removed|null|1", "丙丁|changed|6|5"];
    assert_eq!(rows(&database, "FROM new | DIFF old"), wanted);
    assert_eq!(rows(&database, "FROM old | DIFF old"), Vec::<String>::new());
    let removed = rows(&database, "FROM new | DIFF old | WHERE status == 'removed' | KEEP word");
    assert_eq!(removed, ["庚", "戊"]);
    let uncounted = rows(&database, "FROM old | KEEP word | DIFF old | STATS count() BY status");
    assert_eq!(uncounted, ["changed|4"], "a count that is not there is another count");
    assert!(refused(&database, "FROM new | DIFF lex").contains("no lexicon `lex`"));
    assert!(refused(&database, "FROM a | NGRAMS | DIFF old").contains("DIFF takes words"));
    assert!(refused(&database, "REFRESH LEXICON old").contains("cannot be repeated"));
}

#[test]
fn a_refreshed_lexicon_is_that_of_today() {
    let database = database(
        "CREATE CORPUS `my corpus`;
         INGEST TEXT '黛玉黛玉，宝玉，黛玉，宝玉，来' INTO `my corpus`; USE `my corpus`;
         WORDS BY minent WITH min_pmi = 0, min_proba = 0 | SAVE AS lex",
    );
    let words = "WORDS BY minent WITH min_pmi = 0, min_proba = 0 | KEEP word, count";
    assert_eq!(rows(&database, "REFRESH LEXICON lex"), Vec::<String>::new());
    let before = rows(&database, &format!("FROM `my corpus` | {words}"));
    assert_eq!(rows(&database, "FROM lex | KEEP word, count"), before);
    database.session().run("INGEST TEXT '宝钗，宝钗，黛玉' INTO `my corpus`").unwrap();
    let difference = rows(&database, &format!("FROM `my corpus` | {words} | DIFF lex"));
    assert!(difference.iter().any(|row| row.starts_with("宝钗|added|")), "{difference:?}");
    assert_eq!(rows(&database, "REFRESH LEXICON lex"), difference);
    let after = rows(&database, &format!("FROM `my corpus` | {words}"));
    assert_eq!(rows(&database, "FROM lex | KEEP word, count"), after);
    database.session().run("DROP CORPUS `my corpus`").unwrap();
    assert!(refused(&database, "REFRESH LEXICON lex").contains("cannot be made anew by FROM"));
    assert!(refused(&database, "REFRESH LEXICON lax").contains("no lexicon `lax`"));
}

#[test]
fn words_of_a_corpus_of_the_lowest_order() {
    let text = "鸡蛋可以吃吗，土豆可以吃吗，猫可以养吗";
    let create = format!("CREATE CORPUS low WITH order = 2; INGEST TEXT '{text}' INTO low");
    let database = database(&create);
    for method in METHODS {
        // The longest word of each default is longer than what is counted.
        rows(&database, &format!("FROM low | WORDS BY {}", method.name));
    }
}

#[test]
fn words_with_blanks_come_back() {
    let database = database(
        "CREATE CORPUS w WITH unit = word;
         INGEST TEXT 'new york, new york, the cat' INTO w;
         FROM w | WORDS BY minent WITH min_pmi = 0, min_proba = 0 | SAVE AS words",
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.txt");
    let path = path.display();
    let mut session = database.session();
    session.run(&format!("EXPORT FROM words TO '{path}'")).unwrap();
    session.run(&format!("IMPORT LEXICON again FROM '{path}'")).unwrap();
    let words = rows(&database, "FROM words | KEEP word, count");
    assert!(words.contains(&"new york|2".to_owned()), "{words:?}");
    assert_eq!(rows(&database, "FROM again | KEEP word, count"), words);
}

#[test]
fn what_is_no_word_with_a_count_is_refused() {
    let database = database("CREATE CORPUS a");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.txt");
    let import = format!("IMPORT LEXICON lex FROM '{}'", path.display());
    for line in ["甲 -3", "甲 1.5", "甲 乙", "甲 99999999999999999999", "bad word x"] {
        std::fs::write(&path, format!("乙 1\n{line}\n")).unwrap();
        let refusal = refused(&database, &import);
        assert!(
            refusal.contains(&format!("line 2: `{line}` is no word with a count")),
            "{refusal}"
        );
    }
    std::fs::write(&path, "\u{feff}甲 3 n\n\n乙 v\n丙\t4\n丁\n").unwrap();
    database.session().run(&import).unwrap();
    assert_eq!(rows(&database, "FROM lex | SORT word"), ["丁|1", "丙|4", "乙|1", "甲|3"]);
}

#[test]
fn a_name_is_not_taken_from_something_else() {
    let database = database(
        "CREATE CORPUS a; INGEST TEXT '甲乙，甲乙' INTO a;
         FROM a | WORDS BY minent WITH min_pmi = 0, min_proba = 0 | SAVE AS lex",
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.txt");
    std::fs::write(&path, "甲\n").unwrap();
    let import = |what: &str| format!("IMPORT {what} FROM '{}'", path.display());
    assert!(refused(&database, &import("LEXICON a")).contains("a corpus called `a`"));
    assert!(refused(&database, &import("TEMPLATES lex")).contains("would be lost"));
    assert!(refused(&database, "FROM a | NGRAMS 2 | SAVE AS lex").contains("would be lost"));
    assert_eq!(rows(&database, "FROM lex | KEEP word"), ["甲乙"]);
    database.session().run(&import("LEXICON lex")).unwrap();
    assert_eq!(rows(&database, "FROM lex | KEEP word"), ["甲"]);
}
