//! Plans before and after their rewrites.

use super::Shelf;
use crate::query::parse;
use crate::query::planner::{
    Plan, count_at_the_source, only_needed_columns, plan, plan_as_written, push_limits_down,
    push_row_limits_down, without_idle_sorts,
};
use crate::query::stage::Kind;
use crate::query::tree::{Query, Statement};

pub(super) fn query(text: &str) -> Query {
    match parse(text).unwrap().remove(0).node {
        Statement::Query(query) => query,
        other => panic!("{other} is no query"),
    }
}

fn rewritten(text: &str, rewrite: fn(Plan) -> Plan) -> String {
    rewrite(plan_as_written(&query(text), &Shelf).unwrap()).to_string()
}

#[test]
fn limits_go_down_into_the_stage_before() {
    let text = "FROM hlm | NGRAMS 2..4 | WHERE count >= 50 AND (pmi > 3 OR n == 2) | \
                WHERE 4 >= length(ngram) AND n BETWEEN 2 AND 3 | KEEP ngram";
    let told = rewritten(text, push_limits_down);
    let note = "[only where count >= 50 and n <= 4 and n >= 2 and n <= 3]";
    assert!(told.contains(&format!("NGRAMS 2..4  {note}  → a table")), "{told}");
    let none = rewritten("FROM hlm | NGRAMS | SORT n | WHERE n > 2", push_limits_down);
    assert!(!none.contains('['), "{none}");
}

#[test]
fn a_lower_limit_of_characters_is_none_of_units() {
    let told = rewritten("FROM hlm | NGRAMS | WHERE length(ngram) >= 2", push_limits_down);
    assert!(!told.contains('['), "{told}");
    let told = rewritten("FROM hlm | WORDS | WHERE length(word) >= 2", push_limits_down);
    assert!(told.contains("[only where length >= 2]"), "{told}");
}

#[test]
fn a_row_limit_goes_down_into_sort() {
    let told = rewritten("FROM lex | SORT n | KEEP n | LIMIT 5 OFFSET 2", push_row_limits_down);
    assert!(told.contains("SORT n  [keeps the first 7]"), "{told}");
    let told = rewritten("FROM lex | SORT n | WHERE n > 1 | LIMIT 5", push_row_limits_down);
    assert!(!told.contains('['), "{told}");
    let told = rewritten("FROM lex | SORT n | LIMIT 9 | LIMIT 5 OFFSET 8", push_row_limits_down);
    assert!(told.contains("[keeps the first 9]"), "{told}");
}

#[test]
fn rows_that_come_in_order_are_not_sorted() {
    let idle = "FROM hlm | NGRAMS 2 | WHERE pmi > 3 | SORT count DESC | LIMIT 5";
    let told = rewritten(idle, without_idle_sorts);
    assert!(!told.contains("SORT"), "{told}");
    for other in ["count", "pmi DESC", "count DESC, ngram", "count * 2 DESC"] {
        let told = rewritten(&format!("FROM hlm | NGRAMS | SORT {other}"), without_idle_sorts);
        assert!(told.contains("SORT"), "{told}");
    }
    let between = "FROM hlm | NGRAMS | SORT pmi | SORT count DESC";
    assert!(rewritten(between, without_idle_sorts).contains("SORT count DESC"));
}

#[test]
fn what_is_only_counted_is_not_listed() {
    let text = "FROM 'text' | SEGMENT BY lex | ITEMSETS WITH support = 2 | STATS count() AS many";
    let expected = "\
ITEMSETS WITH support = 2  [counted and not listed]  → a table
  SEGMENT BY lex  → sentences
    FROM 'text'  → plain text";
    assert_eq!(rewritten(text, count_at_the_source), expected);
    for other in ["count() BY size", "count(), max(size)", "max(size)"] {
        let text = format!("FROM 'text' | SEGMENT BY lex | ITEMSETS | STATS {other}");
        assert!(!rewritten(&text, count_at_the_source).contains("not listed"), "{other}");
    }
}

#[test]
fn only_columns_that_are_asked_for_are_made() {
    let text = "FROM hlm | NGRAMS | EVAL twice = 2 * t | WHERE pmi > 3 | STATS sum(count) BY n";
    let expected = "\
STATS sum(count) BY n  → a table: n, sum_count
  WHERE pmi > 3  → a table: n, count
    EVAL twice = 2 * t  → a table: n, count, pmi
      NGRAMS  → a table: n, count, pmi
        FROM hlm  → a corpus";
    assert_eq!(rewritten(text, only_needed_columns), expected);
    let saved = rewritten("FROM hlm | WORDS | SAVE AS x | KEEP n", only_needed_columns);
    assert!(saved.contains("WORDS  → words: word, n, count, score"), "{saved}");
}

#[test]
fn kinds_last_as_long_as_their_columns() {
    let kind = |text| plan(&query(text), &Shelf).unwrap().output().kind;
    assert_eq!(kind("FROM lex | WHERE n > 2 | SORT n | LIMIT 3"), Kind::Words);
    assert_eq!(kind("FROM lex | KEEP n, count"), Kind::Table);
    assert_eq!(kind("FROM lex | DROP n"), Kind::Words);
    assert_eq!(kind("FROM lex | EVAL word = length(word)"), Kind::Table);
    assert_eq!(kind("FROM 'text' | SEGMENT BY lex"), Kind::Sentences);
}

#[test]
fn parse_cuts_its_sentences_itself() {
    let expected = "\
PARSE BY tpl  [SEGMENT BY lex as it goes]  → a table: sentence, tree, score
  FROM 'text'  → plain text";
    let told = |text| plan(&query(text), &Shelf).unwrap().to_string();
    assert_eq!(told("FROM 'text' | SEGMENT BY lex | PARSE BY tpl"), expected);
    let listed = told("FROM 'text' | SEGMENT BY lex | WHERE length(tokens) < 9 | PARSE BY tpl");
    assert!(!listed.contains("as it goes"), "{listed}");
}
