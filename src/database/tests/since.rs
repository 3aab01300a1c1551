//! `FROM a SINCE n`: the same answers as of a corpus with the later texts alone.

use proptest::prelude::*;

use super::asking::{database, ingest, refused, rows};

const QUERIES: &[&str] = &[
    "COUNT '甲', '甲?', '?*乙', '(甲|丙丁)$', '丁'",
    "NEXT '甲'",
    "PREV '乙'",
    "NGRAMS 1..3",
    "WORDS BY minent WITH min_pmi = 0, min_proba = 0",
    "COLLOCATES '甲' WITH window = 2",
    "KEYWORDS AGAINST late WITH n = 1..2",
    "CONCORDANCE '甲*' WITH window = 2",
    "SEGMENT BY lex",
    "SEGMENT BY nvbe",
    "SEGMENT BY ngram | STATS count()",
];

#[test]
fn an_ingest_has_to_be_there() {
    let database = database(
        "CREATE CORPUS a; INGEST TEXT '甲' INTO a; INGEST TEXT '甲乙' INTO a;
         FROM a | WORDS BY minent WITH min_pmi = 0, min_proba = 0 | SAVE AS lex",
    );
    assert_eq!(rows(&database, "FROM a SINCE 0 | COUNT '甲' | KEEP count"), ["2"]);
    assert_eq!(rows(&database, "FROM a SINCE 1 | COUNT '甲' | KEEP count"), ["1"]);
    assert_eq!(rows(&database, "FROM a SINCE 2 | COUNT '甲' | KEEP count"), ["0"]);
    assert!(rows(&database, "FROM a SINCE 2 | CONCORDANCE '甲'").is_empty());
    let refusal = refused(&database, "FROM a SINCE 3 | COUNT '甲'");
    assert_eq!(refusal, "a has no ingest 3: there were 2");
    let refusal = refused(&database, "FROM lex SINCE 1 | COUNT '甲'");
    assert!(refusal.contains("only a corpus has ingests"), "{refusal}");
}

#[test]
fn what_was_merged_needs_the_text() {
    let database = database(
        "CREATE CORPUS a WITH keep_text = false; INGEST TEXT '甲' INTO a;
         INGEST TEXT '甲乙' INTO a",
    );
    assert_eq!(rows(&database, "FROM a SINCE 1 | NGRAMS 2 | KEEP ngram, count"), ["甲乙|1"]);
    database.session().run("COMPACT a").unwrap();
    let refusal = refused(&database, "FROM a SINCE 1 | NGRAMS 2");
    assert!(refusal.contains("was merged with what was there before"), "{refusal}");
    assert_eq!(rows(&database, "FROM a SINCE 0 | NGRAMS 2 | KEEP ngram, count"), ["甲乙|1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn as_of_the_later_texts(
        texts in prop::collection::btree_set("[甲乙丙丁，]{1,12}", 2..7),
        cuts in (0_usize..6, 0_usize..6),
        compact in 0_usize..8,
    ) {
        let texts: Vec<String> = texts.into_iter().collect();
        // Each text is an ingest of its own but the first two; all after `since` are late.
        let since = cuts.0 % (texts.len() - 1);
        let mut script = "CREATE CORPUS a; CREATE CORPUS late; CREATE CORPUS d;".to_owned();
        script += "INGEST TEXT '甲乙甲乙丙丁，丙甲' INTO d;";
        script += "FROM d | WORDS BY minent WITH min_pmi = 0, min_proba = 0 | SAVE AS lex;";
        script += &ingest("a", &texts[..2]);
        for (number, text) in (1..).zip(&texts[2..]) {
            if number == cuts.1 {
                script += "FROM a | NGRAMS 2; COMPACT a;";
            }
            script += &ingest("a", std::slice::from_ref(text));
        }
        if compact < 4 {
            script += "FROM a | WORDS; COMPACT a;";
        }
        let late = if since == 0 { &texts[..] } else { &texts[since + 1..] };
        if !late.is_empty() {
            script += &ingest("late", late);
        }
        let database = database(&script);
        for query in QUERIES {
            let part = rows(&database, &format!("FROM a SINCE {since} | {query}"));
            prop_assert_eq!(part, rows(&database, &format!("FROM late | {query}")), "{}", query);
        }
        let whole = rows(&database, "FROM a | NGRAMS 1..2 | STATS sum(count)");
        let parts = rows(&database, "FROM a SINCE 0 | NGRAMS 1..2 | STATS sum(count)");
        prop_assert_eq!(whole, parts);
    }
}
