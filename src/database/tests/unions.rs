//! `FROM a, b`: the same answers as of one corpus with both texts.

use proptest::prelude::*;

use super::asking::{database, ingest, refused, rows};

const QUERIES: &[&str] = &[
    "COUNT '甲', '甲?', '?*乙', '(甲|丙丁)$', '戊', 'Ａ乙', 'a乙'",
    "NEXT '甲'",
    "PREV '乙'",
    "NGRAMS 1..3",
    "WORDS BY minent WITH min_pmi = 0, min_proba = 0",
    "COLLOCATES '甲' WITH window = 2",
    "KEYWORDS AGAINST a WITH n = 1..2",
    "CONCORDANCE '甲*' WITH window = 2 | KEEP left, match, right",
    "SEGMENT BY lex",
    "SEGMENT BY nvbe",
];

#[test]
fn corpora_have_to_be_alike() {
    let database = database(
        "CREATE CORPUS a; CREATE CORPUS b WITH order = 3; CREATE CORPUS c WITH case = fold;
         CREATE CORPUS d",
    );
    let refusal = refused(&database, "FROM a, b | COUNT '甲'");
    assert_eq!(refusal, "a and b do not add up: order is 6 in a and 3 in b");
    assert!(refused(&database, "FROM a, c | COUNT '甲'").contains("case is keep in a and fold"));
    assert!(refused(&database, "FROM a, d").contains("corpora alone are no table"));
    assert_eq!(rows(&database, "FROM a, d | COUNT '甲'"), ["甲|甲|0|null"]);
}

#[test]
fn explain_says_how() {
    let database = database("CREATE CORPUS a; CREATE CORPUS b");
    let plan = rows(&database, "EXPLAIN FROM a, b | NGRAMS 2").join("\n");
    assert!(plan.contains("FROM a, b  [their kept texts counted together]"), "{plan}");
    let plan = rows(&database, "EXPLAIN FROM a, b | COUNT '甲'").join("\n");
    assert!(plan.contains("FROM a, b  [counts added up]"), "{plan}");
    let plan = rows(&database, "EXPLAIN FROM a, b | CONCORDANCE '甲'").join("\n");
    assert!(plan.contains("FROM a, b  → a corpus"), "{plan}");
}

#[test]
fn texts_too_long_for_the_memory_are_refused() {
    let text = "甲乙丙丁\n".repeat(2 << 20);
    let database = database(&format!(
        "CREATE CORPUS a; CREATE CORPUS b WITH keep_text = false; INGEST TEXT '{text}' INTO a;
         INGEST TEXT '乙' INTO b",
    ));
    let mut session = database.session();
    session.run("SET memory = 64MiB").unwrap();
    let Err(error) = session.query("FROM a, b | NGRAMS 2") else { panic!("it was counted") };
    let said = "NGRAMS of this source means counting 26 MB of kept text in memory, and 64 MB are \
                allowed";
    assert_eq!(error.to_string(), said);
    drop(session);
    assert!(refused(&database, "FROM b, a | NGRAMS 2").contains("b was created WITH keep_text"));
    let sums = rows(&database, "FROM a, b | COUNT '乙' | KEEP count");
    assert_eq!(sums, [((2 << 20) + 1).to_string()]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn as_of_one_corpus(
        own in prop::collection::btree_set("[甲乙丙，Ａ\n]{1,12}", 1..4),
        others in prop::collection::btree_set("[丁乙甲，Ａ\n]{1,12}", 1..4),
    ) {
        let own: Vec<String> = own.into_iter().collect();
        let others: Vec<String> = others.into_iter().collect();
        // Contents that occur twice are skipped within a corpus, and count twice in a union.
        let joined = vec![own.join("\n"), others.join("\n") + "\n\n\n"];
        let script = [
            "CREATE CORPUS a; CREATE CORPUS b; CREATE CORPUS c; CREATE CORPUS d;",
            &ingest("a", &own),
            &ingest("b", &others),
            &ingest("c", &joined),
            "INGEST TEXT '甲乙甲乙丙丁，丙甲' INTO d;
             FROM d | WORDS BY minent WITH min_pmi = 0, min_proba = 0 | SAVE AS lex",
        ];
        let database = database(&script.concat());
        for query in QUERIES {
            let union = rows(&database, &format!("FROM a, b | {query}"));
            prop_assert_eq!(union, rows(&database, &format!("FROM c | {query}")), "{}", query);
        }
    }
}
