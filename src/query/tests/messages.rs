//! The messages of typical slips: what is said, where, what was wanted and what to do.

use super::Shelf;
use crate::error::Error;
use crate::query::planner::plan;
use crate::query::tree::Statement;
use crate::query::{is_complete, parse};

/// The error of a text that does not parse, or does not plan.
fn failure(text: &str) -> Error {
    match parse(text) {
        Err(error) => error,
        Ok(statements) => match &statements[0].node {
            Statement::Query(query) => plan(query, &Shelf).expect_err(text),
            other => panic!("{other} is no query"),
        },
    }
}

/// Message, marked text and hint.
fn told(text: &str) -> (String, String, String) {
    let error = failure(text);
    let report = error.report();
    let span = report.span.unwrap_or_else(|| panic!("no place: {error}"));
    let marked = text.get(span.start..span.end).unwrap_or_else(|| panic!("cut: {error}"));
    (report.message.clone(), marked.to_owned(), report.hint.clone().unwrap_or_default())
}

fn check(text: &str, message: &str, marked: &str, hint: &str) {
    let (a, b, c) = told(text);
    assert_eq!((a.as_str(), b.as_str(), c.as_str()), (message, marked, hint), "{text}");
}

#[test]
fn slips_of_syntax() {
    check("FROM hlm | NGRMAS 2..4", "unexpected `NGRMAS`", "NGRMAS", "did you mean NGRAMS?");
    check(
        "FROM `红楼` NGRAMS 2..4",
        "unexpected `NGRAMS`",
        "NGRAMS",
        "did you forget the | before NGRAMS?",
    );
    check("FROM lex | WHERE count => 5", "unexpected `=>`", "=>", "greater or equal is written >=");
    check("FROM lex | WHERE word == '红' && n > 2", "unexpected `&&`", "&&", "write AND");
    check("FROM lex | LIMIT many", "unexpected `many` in LIMIT", "many", "");
    check("FROM lex |", "unexpected end", "", "a stage follows each |");
    check(
        "FROM hlm | COUNT 黛玉",
        "unexpected `黛玉` in COUNT",
        "黛玉",
        "write it in quotes: '黛玉'",
    );
    check(
        "FROM hlm | COUNT '黛玉",
        "this string is never closed",
        "'",
        "end it with '; inside it, ' is written ''",
    );
    check(
        "FROM hlm | SAVE AS '红'",
        "unexpected `'红'` in SAVE",
        "'红'",
        "a name stands without quotes, an unusual one in backquotes: `红`",
    );
    check(
        "SELECT word FROM lex",
        "unexpected `SELECT`",
        "SELECT",
        "a query begins with its source: FROM name | KEEP column, …",
    );
    check("CREAT CORPUS x", "unexpected `CREAT`", "CREAT", "did you mean CREATE?");
    check("FROM lex | SORT count DECS", "unexpected `DECS`", "DECS", "did you mean DESC?");
    check(
        "FROM lex | WHERE 1 < n < 3",
        "comparisons do not chain",
        "<",
        "write a < b AND b < c, or b BETWEEN a AND c",
    );
    check("FROM hlm ｜ WORDS", "the character `｜` (U+FF5C) means nothing here", "｜", "type `|`");
    check("FROM lex | WHERE (n > 2", "unexpected end in WHERE", "", "");
    check("FROM hlm | WORDS WITH min_pmi 2", "unexpected `2` in WITH", "2", "");
}

#[test]
fn what_was_wanted_is_listed_once() {
    let expected = |text: &str| failure(text).report().expected.clone();
    assert_eq!(expected("FROM lex | LIMIT x"), ["a whole number"]);
    assert_eq!(expected("FROM hlm | WORDS WITH min_pmi 2"), ["`=`"]);
    assert_eq!(expected("hello"), ["a stage", "a statement"]);
    assert_eq!(expected("FROM hlm | x"), ["a stage"]);
    assert_eq!(expected("FROM lex | LIMIT 5 x"), ["OFFSET", "`|`", "the end"]);
}

#[test]
fn slips_of_meaning() {
    check(
        "FROM hlm | WHERE count > 5",
        "WHERE takes a table, and FROM hlm gives a corpus",
        "WHERE count > 5",
        "COUNT, NGRAMS, NEXT, PREV, CONCORDANCE, COLLOCATES, KEYWORDS, WORDS, WHY or SEGMENT \
         between them would fit",
    );
    check(
        "FROM hlm | WORDS | NGRAMS",
        "NGRAMS takes a corpus, and WORDS gives words",
        "NGRAMS",
        "NGRAMS comes first, directly after FROM corpus",
    );
    check(
        "FROM hml | WORDS",
        "there is no corpus or saved result `hml`",
        "hml",
        "did you mean hlm?",
    );
    check(
        "FROM lex | SORT cuont",
        "there is no column `cuont` here",
        "cuont",
        "did you mean count?",
    );
    check(
        "FROM lex | WHERE word > 5",
        "`>` cannot compare text with a whole number",
        "word > 5",
        "text is written in quotes",
    );
    check(
        "FROM lex | WHERE word == '红楼' AND count",
        "a condition is true or false, and this is a whole number",
        "count",
        "compare it: count > 0",
    );
}

#[test]
fn slips_of_meaning_in_calls_and_parameters() {
    check(
        "FROM lex | EVAL a = lenght(word)",
        "there is no function `lenght`",
        "lenght",
        "did you mean length?",
    );
    check(
        "FROM lex | WHERE avg(n) > 2",
        "there is no function `avg`",
        "avg",
        "avg is an aggregate: STATS avg(n) AS …",
    );
    check(
        "FROM lex | EVAL a = lower(n)",
        "lower takes text, and this is a whole number",
        "n",
        "it is called as lower(text)",
    );
    check(
        "FROM hlm | WORDS BY minnet",
        "there is no method `minnet`",
        "minnet",
        "did you mean minent?",
    );
    check(
        "FROM hlm | WORDS BY minent WITH min_pmy = 2",
        "WORDS BY minent has no parameter `min_pmy`",
        "min_pmy",
        "did you mean min_pmi?",
    );
    check(
        "FROM hlm | WORDS BY minent WITH min_pmi = '红'",
        "`min_pmi` does not take '红', which is a string",
        "'红'",
        "",
    );
    check("WORDS", "no corpus is in use", "WORDS", "begin with FROM name, or say USE name before");
    check("FROM hlm | NGRAMS 4..2", "the range 4..2 is empty", "4..2", "write 2..4");
}

#[test]
fn slips_inside_a_pattern_point_into_it() {
    check(
        "FROM hlm | COUNT '林''(黛'",
        "in the pattern '林''(黛': this `(` is never closed",
        "(",
        "write \\( for the character itself",
    );
}

#[test]
fn deep_nesting_is_an_error() {
    for (open, close) in [("(", ")"), ("- ", ""), ("NOT ", ""), ("lower(", ")"), ("1 IN (", ")")] {
        let nested = format!("WHERE {}n{}", open.repeat(5000), close.repeat(5000));
        let error = parse(&nested).unwrap_err();
        assert!(error.to_string().starts_with("nested too deep"), "{open}: {error}");
        let fine = format!("WHERE {}n{}", open.repeat(60), close.repeat(60));
        assert!(parse(&fine).is_ok(), "{open}");
    }
    let list = format!("SET a = {}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(parse(&list).is_err());
}

#[test]
fn long_chains_are_fine() {
    let sum = format!("WHERE {}1 > 2", "1 + ".repeat(20_000));
    assert!(parse(&sum).unwrap()[0].node.to_string().len() > 20_000);
    let either = format!("WHERE {}n == 2", "n == 1 OR ".repeat(20_000));
    assert!(parse(&either).is_ok());
}

#[test]
fn statements_are_complete_at_a_semicolon() {
    assert!(is_complete("FROM hlm | WORDS;"));
    assert!(is_complete("FROM hlm; -- done"));
    assert!(is_complete(" -- nothing\n"));
    assert!(!is_complete("FROM hlm | WORDS"));
    assert!(!is_complete("FROM 'a;"));
    assert!(!is_complete("FROM a /* ;"));
    assert!(is_complete("FROM § x;"));
    assert!(!is_complete("FROM § x"));
}

#[test]
fn numbers_out_of_their_bounds() {
    let words = |with: &str| format!("FROM hlm | WORDS BY {with}");
    let texts = |with: &str| format!("FROM hlm | SEGMENT BY lex | {with}");
    let share = "a number from 0 to 1";
    for (query, name, wanted, value) in [
        (texts("TEMPLATES WITH min_proba = 2"), "min_proba", share, "2"),
        (texts("TEMPLATES WITH min_proba = -1e-5"), "min_proba", share, "-1e-5"),
        (texts("TEMPLATES WITH max_paths = 0"), "max_paths", "a whole number, 1 or more", "0"),
        (texts("PARSE BY tpl WITH max_words = 0"), "max_words", "a whole number, 1 or more", "0"),
        (
            texts("PARSE BY tpl WITH null_score = 1"),
            "null_score",
            "a number from -100000 to 0",
            "1",
        ),
        (words("nvbe WITH max_length = 0"), "max_length", "a whole number from 1 to 7", "0"),
        (words("nvbe WITH max_length = 8"), "max_length", "a whole number from 1 to 7", "8"),
        (words("bayes WITH sweeps = 0"), "sweeps", "a whole number, 1 or more", "0"),
        (words("bayes WITH discount = 5"), "discount", share, "5"),
        (words("bayes WITH strength = 0"), "strength", "a number above 0", "0"),
        (words("minent WITH min_proba = 200%"), "min_proba", share, "200%"),
        (words("ngram WITH second = 1.5"), "second", share, "1.5"),
        ("FROM hlm | SEGMENT BY bayes WITH votes = 0".into(), "votes", "", "0"),
        ("FROM hlm | COLLOCATES '玉' WITH window = 0".into(), "window", "", "0"),
    ] {
        let wanted = if wanted.is_empty() { "a whole number, 1 or more" } else { wanted };
        check(&query, &format!("`{name}` is {wanted}, not {value}"), value, "");
    }
}
