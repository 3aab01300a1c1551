//! What is printed parses back to the same tree, and no text makes the parser panic.

use proptest::prelude::*;

use crate::query::{is_complete, parse};

/// Texts of expressions, built so that most of them mean something.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        name(),
        text(),
        Just("null".to_owned()),
        Just("true".to_owned()),
        (0..1_000_000_u32).prop_map(|n| n.to_string()),
        (0.0..1e9_f64).prop_map(|x| format!("{x:?}")),
        (0..1000_u16).prop_map(|n| format!("{}%", f64::from(n) / 8.0)),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let two = (inner.clone(), inner.clone());
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "=", "AND", "OR",
        ]);
        prop_oneof![
            (two.clone(), operator).prop_map(|((a, b), o)| format!("({a}) {o} ({b})")),
            inner.clone().prop_map(|a| format!("NOT ({a})")),
            inner.clone().prop_map(|a| format!("- ({a})")),
            inner.clone().prop_map(|a| format!("({a}) IS NOT NULL")),
            inner.clone().prop_map(|a| format!("({a}) NOT LIKE '林?(玉|妹)*'")),
            two.clone().prop_map(|(a, b)| format!("(2 * 3 + 1) BETWEEN ({a}) AND ({b})")),
            two.clone().prop_map(|(a, b)| format!("({a}) NOT IN ({b}, 2)")),
            (name(), two).prop_map(|(f, (a, b))| format!("{f}({a}, {b})")),
            inner.prop_map(|a| format!("2 - 1 + ({a}) * 4 - (3 - ({a})) / 2")),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec!["n", "count", "words", "limit", "红楼", "with", "by", "desc"])
            .prop_map(str::to_owned),
        "[a-zA-Z红楼 `'-]{1,6}".prop_map(|name| format!("`{}`", name.replace('`', "``"))),
        prop::sample::select(vec!["`not`", "`null`", "`stdin`", "`_`", "`file`", "`if`", "`text`"])
            .prop_map(str::to_owned),
    ]
}

fn text() -> impl Strategy<Value = String> {
    "[a-z红 '\"\\\\;|]{0,6}".prop_map(|text| format!("'{}'", text.replace('\'', "''")))
}

fn constant() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        name(),
        text(),
        Just("2..4".to_owned()),
        Just("-1.5".to_owned()),
        Just("0.1%".to_owned()),
        Just("null".to_owned()),
        (
            0..100_000_u32,
            prop::sample::select(vec!["k", "MiB", "KB", "B", "ms", "s", "m", "h", "d"])
        )
            .prop_map(|(n, unit)| format!("{n}{unit}")),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop::collection::vec(inner, 1..4).prop_map(|list| format!("({})", list.join(", ")))
    })
}

fn with() -> impl Strategy<Value = String> {
    prop::collection::vec((name(), constant()), 0..3).prop_map(|list| {
        let list: Vec<String> = list.iter().map(|(n, v)| format!("{n} = {v}")).collect();
        if list.is_empty() { String::new() } else { format!(" WITH {}", list.join(", ")) }
    })
}

fn stage() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("COUNT '黛玉', '林?玉', 'it''s'".to_owned()),
        Just("NGRAMS 2..4 LIKE '*玉$'".to_owned()),
        Just("ngrams 3".to_owned()),
        text().prop_map(|t| format!("NEXT {t}")),
        text().prop_map(|t| format!("prev {t}")),
        (name(), with()).prop_map(|(n, w)| format!("WORDS BY {n}{w}")),
        with().prop_map(|w| format!("WORDS{w}")),
        (name(), name(), with()).prop_map(|(n, m, w)| format!("SEGMENT BY {n} IN {m}{w}")),
        with().prop_map(|w| format!("CONCORDANCE '林?玉$'{w}")),
        with().prop_map(|w| format!("COLLOCATES '(a|b)/c+/'{w}")),
        (name(), with()).prop_map(|(n, w)| format!("KEYWORDS AGAINST {n}{w}")),
        (text(), name(), with()).prop_map(|(t, n, w)| format!("WHY {t} BY {n}{w}")),
        (text(), with()).prop_map(|(t, w)| format!("EVALUATE AGAINST {t}{w}")),
        name().prop_map(|n| format!("DIFF {n}")),
        expression().prop_map(|e| format!("WHERE {e}")),
        (name(), name()).prop_map(|(a, b)| format!("SORT {a} DESC, {b} ASC")),
        (0..9_u8).prop_map(|n| format!("LIMIT {n} OFFSET {n}")),
        (name(), name()).prop_map(|(a, b)| format!("KEEP {a}, {b}")),
        (name(), name()).prop_map(|(a, b)| format!("DROP {a}, {b}")),
        (name(), expression()).prop_map(|(n, e)| format!("EVAL {n} = {e}")),
        (name(), expression(), name())
            .prop_map(|(n, e, b)| format!("STATS count() AS {n}, sum({e}) BY {b}")),
        Just("SAMPLE 5 SEED 3".to_owned()),
        name().prop_map(|n| format!("SAVE AS {n}")),
    ]
}

fn query() -> impl Strategy<Value = String> {
    let source = prop_oneof![
        (name(), name()).prop_map(|(a, b)| format!("FROM {a}, {b}")),
        (text(), text()).prop_map(|(a, b)| format!("FROM {a}, {b}")),
        text().prop_map(|a| format!("FROM FILE {a}")),
        (name(), 0..9_u8).prop_map(|(a, n)| format!("FROM {a} SINCE {n}")),
        Just("FROM STDIN".to_owned()),
        Just("FROM _".to_owned()),
    ];
    let stages = || prop::collection::vec(stage(), 1..4).prop_map(|stages| stages.join(" | "));
    prop_oneof![stages(), (source, stages()).prop_map(|(s, more)| format!("{s} | {more}"))]
}

fn statement() -> impl Strategy<Value = String> {
    prop_oneof![
        query(),
        query().prop_map(|q| format!("EXPLAIN {q}")),
        query().prop_map(|q| format!("EXPLAIN ANALYZE {q}")),
        (query(), text()).prop_map(|(q, t)| format!("EXPORT {q} TO {t}")),
        (name(), with()).prop_map(|(n, w)| format!("CREATE CORPUS {n}{w}")),
        name().prop_map(|n| format!("CREATE CORPUS IF NOT EXISTS {n}")),
        (text(), name(), name(), with())
            .prop_map(|(t, f, n, w)| format!("INGEST {t}, {t} FORMAT {f} INTO {n}{w}")),
        (text(), name()).prop_map(|(t, n)| format!("INGEST TEXT {t}, {t} INTO {n}")),
        name().prop_map(|n| format!("INGEST STDIN INTO {n}")),
        name().prop_map(|n| format!("DROP LEXICON IF EXISTS {n}")),
        name().prop_map(|n| format!("DROP CORPUS {n}")),
        name().prop_map(|n| format!("SHOW INGESTS IN {n}")),
        (name(), constant()).prop_map(|(n, c)| format!("SET {n} = {c}")),
        (name(), text()).prop_map(|(n, t)| format!("IMPORT LEXICON {n} FROM {t}")),
        name().prop_map(|n| format!("DESCRIBE {n}")),
        name().prop_map(|n| format!("REFRESH LEXICON {n}")),
        Just("SHOW FUNCTIONS".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_printed_parses_back(text in statement()) {
        let tree = parse(&text).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?;
        let printed = tree[0].to_string();
        let again = parse(&printed).map_err(|e| TestCaseError::fail(format!("{printed}: {e}")))?;
        prop_assert_eq!(&again, &tree, "{} prints as {}", text, printed);
        prop_assert_eq!(again[0].to_string(), printed);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = (parse(&text), is_complete(&text));
    }

    #[test]
    fn no_heap_of_tokens_makes_it_panic(tokens in prop::collection::vec(token(), 0..20)) {
        let text = tokens.join(" ");
        if let Err(error) = parse(&text) {
            let span = error.report().span.unwrap_or_default();
            prop_assert!(text.get(span.start..span.end).is_some());
        }
    }
}

fn token() -> impl Strategy<Value = String> {
    let tokens = "FROM hlm | WHERE count >= 5 AND OR NOT ( ) , ; = == 'a' '(' \"b\" 1 2..4 0.1% 5k \
                  BETWEEN IN LIKE IS NULL DROP CORPUS LEXICON lex STATS count() BY SORT DESC WITH \
                  - \
                  * 红 `x` EXPLAIN SHOW CREATE IF EXISTS WORDS NGRAMS LIMIT SAVE AS ' /* -- => § `";
    let tokens: Vec<String> = tokens.split_whitespace().map(str::to_owned).collect();
    prop::sample::select(tokens)
}
