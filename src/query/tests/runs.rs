//! The stages for tables, run on a small one; optimized answers equal those as written.

use proptest::prelude::*;

use super::lexicon;
use super::plans::query;
use crate::error::{Error, Result};
use crate::query::context::{Catalog, Context};
use crate::query::planner::{plan, plan_as_written};
use crate::query::rows::{Datum, Row};
use crate::query::stage::{Shape, Value};

/// A catalog whose last result has the shape given.
struct Last(Shape);

impl Catalog for Last {
    fn corpora(&self) -> Vec<String> {
        Vec::new()
    }

    fn saved(&self, _: &str) -> Result<Option<Shape>> {
        Ok(None)
    }

    fn saved_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn last(&self) -> Option<Shape> {
        Some(self.0.clone())
    }
}

pub(super) fn run_on(input: Value<'_>, stages: &str) -> Vec<Row> {
    let Value::Table(shape, rows) = input else { panic!("no table") };
    let plan = plan(&query(&format!("FROM _ | {stages}")), &Last(shape.clone())).unwrap();
    let rows: Vec<Result<Row>> = rows.collect();
    let context = Context::default();
    let input = Value::Table(shape, Box::new(rows.into_iter()));
    let (_, rows) = plan.run(input, &context).unwrap().table().unwrap();
    rows.collect::<Result<_>>().unwrap()
}

fn row(word: &str, n: Option<i64>, count: i64, score: Option<f64>) -> Row {
    let n = n.map_or(Datum::Null, Datum::Integer);
    vec![Datum::text(word), n, Datum::Integer(count), score.into()]
}

fn words() -> Vec<Row> {
    vec![
        row("林黛玉", Some(3), 40, Some(1.5)),
        row("宝玉", Some(2), 90, None),
        row("贾母", Some(2), 60, Some(-0.5)),
        row("Google", Some(1), 40, Some(2.0)),
        row("无", None, 1, Some(0.0)),
    ]
}

/// The first column of what the stages make of the words.
fn first(stages: &str) -> Vec<String> {
    let rows = words().into_iter().map(Ok);
    let rows = run_on(Value::Table(lexicon(), Box::new(rows)), stages);
    let shown = rows.iter().map(|row| match &row[0] {
        Datum::Text(text) => text.to_string(),
        other => format!("{other:?}"),
    });
    shown.collect()
}

#[test]
fn where_keeps_what_is_true() {
    assert_eq!(first("WHERE n >= 2"), ["林黛玉", "宝玉", "贾母"]);
    assert_eq!(first("WHERE NOT n >= 2"), ["Google"]);
    assert_eq!(first("WHERE n IS NULL OR score IS NULL"), ["宝玉", "无"]);
    assert_eq!(first("WHERE word LIKE '?玉'"), ["宝玉"]);
    assert_eq!(first("WHERE word LIKE '*(玉|母)' AND word NOT LIKE '??'"), ["林黛玉"]);
    assert_eq!(first("WHERE n IN (1, 3)"), ["林黛玉", "Google"]);
    assert_eq!(first("WHERE n NOT IN (1, null)"), Vec::<String>::new());
    assert_eq!(first("WHERE count BETWEEN 40 AND 60"), ["林黛玉", "贾母", "Google"]);
    assert_eq!(first("WHERE length(word) = 6"), ["Google"]);
    assert_eq!(first("WHERE 1 / 0 IS NULL AND count % 0 IS NULL").len(), 5);
}

#[test]
fn sort_is_stable_and_puts_nulls_last() {
    assert_eq!(first("SORT n"), ["Google", "宝玉", "贾母", "林黛玉", "无"]);
    assert_eq!(first("SORT n DESC"), ["林黛玉", "宝玉", "贾母", "Google", "无"]);
    assert_eq!(first("SORT score DESC, word | LIMIT 2"), ["Google", "林黛玉"]);
    assert_eq!(first("SORT count | LIMIT 2 OFFSET 1"), ["林黛玉", "Google"]);
    assert_eq!(first("SORT count | LIMIT 0"), Vec::<String>::new());
}

#[test]
fn limit_stops_asking() {
    let rows = words().into_iter().map(Ok);
    let broken = rows.take(2).chain(std::iter::once(Err(Error::internal("asked too far"))));
    let input = Value::Table(lexicon(), Box::new(broken));
    assert_eq!(run_on(input, "LIMIT 1 OFFSET 1").len(), 1);
}

#[test]
fn columns_come_and_go() {
    assert_eq!(first("KEEP count, word | LIMIT 1"), ["Integer(40)"]);
    assert_eq!(first("DROP word, n | LIMIT 1"), ["Integer(40)"]);
    assert_eq!(first("EVAL word = lower(word) | WHERE word == 'google'"), ["google"]);
    assert_eq!(first("EVAL a = count / 2 | KEEP a | LIMIT 1"), ["Real(20.0)"]);
}

#[test]
fn groups_come_in_order_of_appearance() {
    assert_eq!(first("STATS count() BY n"), ["Integer(3)", "Integer(2)", "Integer(1)", "Null"]);
    assert_eq!(first("STATS sum(count), count() AS rows"), ["Integer(231)"]);
    assert_eq!(first("WHERE count > 100 | STATS count()"), ["Integer(0)"]);
    assert_eq!(first("STATS median(score)"), ["Real(0.75)"]);
}

#[test]
fn samples_repeat_with_their_seed() {
    assert_eq!(first("SAMPLE 3 SEED 7").len(), 3);
    assert_eq!(first("SAMPLE 3 SEED 7"), first("SAMPLE 3 SEED 7"));
    assert_eq!(first("SAMPLE 9").len(), 5);
    let drawn: Vec<_> = (0..50).map(|seed| first(&format!("SAMPLE 1 SEED {seed}"))).collect();
    assert!(words().iter().all(|row| {
        let Datum::Text(word) = &row[0] else { panic!() };
        drawn.iter().any(|drawn| drawn[0] == **word)
    }));
}

fn stages() -> impl Strategy<Value = String> {
    let stage = prop_oneof![
        Just("WHERE n > 1".to_owned()),
        Just("WHERE count BETWEEN 40 AND 60".to_owned()),
        Just("SORT n DESC".to_owned()),
        Just("SORT count".to_owned()),
        Just("EVAL n = count - 1".to_owned()),
        Just("EVAL m = n * 2".to_owned()),
        Just("KEEP word, n, count".to_owned()),
        (0..6_u8, 0..3_u8).prop_map(|(n, m)| format!("LIMIT {n} OFFSET {m}")),
        (0..6_u8).prop_map(|n| format!("SAMPLE {n}")),
    ];
    prop::collection::vec(stage, 1..7).prop_map(|stages| stages.join(" | "))
}

proptest! {
    #[test]
    fn rewrites_change_no_answer(stages in stages()) {
        let query = query(&format!("FROM _ | {stages}"));
        let context = Context::default();
        let run = |plan: &crate::query::planner::Plan| {
            let rows = words().into_iter().map(Ok);
            let input = Value::Table(lexicon(), Box::new(rows));
            let (_, rows) = plan.run(input, &context).unwrap().table().unwrap();
            rows.collect::<Result<Vec<Row>>>().unwrap()
        };
        let plain = run(&plan_as_written(&query, &Last(lexicon())).unwrap());
        prop_assert_eq!(run(&plan(&query, &Last(lexicon())).unwrap()), plain);
    }
}
