//! KEYWORDS: counts of both corpora against brute force.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::asking::{database, ingest, refused, rows};
use crate::measure::Comparison;

#[test]
fn both_corpora_have_to_fit() {
    let database = database(
        "CREATE CORPUS a; CREATE CORPUS b WITH order = 3; CREATE CORPUS w WITH unit = word;
         INGEST TEXT '甲乙' INTO a; INGEST TEXT '甲' INTO b",
    );
    assert_eq!(
        refused(&database, "FROM a | KEYWORDS AGAINST w"),
        "w counts by word, and the source by char"
    );
    assert!(refused(&database, "FROM a | KEYWORDS AGAINST c").contains("no corpus `c`"));
    let refusal = refused(&database, "FROM a | KEYWORDS AGAINST b WITH n = 2..4");
    assert_eq!(refusal, "b counts n-grams up to 3");
    assert_eq!(rows(&database, "FROM a | KEYWORDS AGAINST b").len(), 3);
    assert_eq!(rows(&database, "FROM a | KEYWORDS AGAINST b WITH n = 2").len(), 1);
}

fn counts(texts: &[String], length: usize) -> (BTreeMap<String, u64>, u64) {
    let mut counts = BTreeMap::new();
    for run in texts.iter().flat_map(|text| text.split('，')) {
        let run: Vec<char> = run.chars().collect();
        for window in run.windows(length) {
            *counts.entry(window.iter().collect()).or_default() += 1;
        }
    }
    let total = counts.values().sum();
    (counts, total)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn counts_and_measures(
        own in prop::collection::btree_set("[甲乙丙，]{1,10}", 1..5),
        others in prop::collection::btree_set("[丁乙甲，]{1,10}", 1..5),
    ) {
        let own: Vec<String> = own.into_iter().collect();
        let others: Vec<String> = others.into_iter().collect();
        let (a, b) = (ingest("a", &own), ingest("b", &others));
        let database = database(&format!("CREATE CORPUS a; CREATE CORPUS b; {b} {a}"));
        let mut wanted = Vec::new();
        for length in 1..=3 {
            let ((mine, all), (theirs, whole)) = (counts(&own, length), counts(&others, length));
            for (ngram, count) in mine {
                let other = theirs.get(&ngram).copied().unwrap_or(0);
                let comparison = Comparison::new(count, all, other, whole).unwrap();
                let ratio = comparison.log_ratio().map_or("null".into(), |r| format!("{r:.6}"));
                let g2 = comparison.g2().unwrap();
                let row = format!("{ngram}|{count}|{other}|{g2:.6}|{ratio}");
                wanted.push((g2, ngram, row));
            }
        }
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let wanted: Vec<String> = wanted.into_iter().map(|(.., row)| row).collect();
        let query = "FROM a | KEYWORDS AGAINST b WITH n = 1..3";
        prop_assert_eq!(rows(&database, query), &wanted[..]);
        let frequent = rows(&database, &format!("{query} | WHERE count >= 2"));
        let wanted: Vec<&String> =
            wanted.iter().filter(|row| row.split('|').nth(1) != Some("1")).collect();
        prop_assert_eq!(frequent.iter().collect::<Vec<_>>(), wanted);
    }
}
