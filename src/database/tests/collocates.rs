//! COLLOCATES: counts against brute force, measures by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::asking::{database, ingest, refused, rows};
use crate::measure::Contingency;

#[test]
fn words_near_a_word() {
    let database = database(
        "CREATE CORPUS a WITH unit = word, case = fold;
         INGEST TEXT 'strong tea and strong coffee, tea. Very strong tea' INTO a",
    );
    let found = rows(
        &database,
        "FROM a | COLLOCATES 'strong' WITH window = 1 | KEEP word, count, pmi, log_ratio",
    );
    // f(strong) = 3, N = 9, two slots: E11 = 2·3·f/9.
    let value = |o11, f: u64| {
        let table = Contingency::new(o11, 6, 2 * f, 18).unwrap();
        format!("{:.6}|{:.6}", table.pmi().unwrap(), table.log_ratio().unwrap())
    };
    let wanted = [
        format!("tea|2|{}", value(2, 3)),
        format!("and|1|{}", value(1, 1)),
        format!("coffee|1|{}", value(1, 1)),
        format!("very|1|{}", value(1, 1)),
    ];
    assert_eq!(found, wanted);
    assert!((Contingency::new(2, 6, 6, 18).unwrap().expected().unwrap() - 2.0).abs() < 1e-12);
    let refusal = refused(&database, "FROM a | COLLOCATES 'strong' WITH window = 0");
    assert_eq!(refusal, "`window` is a whole number, 1 or more, not 0");
    assert!(refused(&database, "FROM a | COLLOCATES 'strong' | KEEP unit").contains("`unit`"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn counts_of_slots(
        lines in prop::collection::vec("[甲乙丙丁，]{0,12}", 1..8),
        window in 1_usize..4,
    ) {
        let text = lines.join("\n");
        prop_assume!(text.chars().any(|c| !"，\n".contains(c)));
        let text_in = ingest("a", std::slice::from_ref(&text));
        let database = database(&format!("CREATE CORPUS a; {text_in}"));
        let mut counts: BTreeMap<char, u64> = BTreeMap::new();
        let mut nodes = 0;
        for run in text.split(['，', '\n']) {
            let run: Vec<char> = run.chars().collect();
            let mut at = 0;
            while at + 2 <= run.len() {
                if run[at] != '甲' {
                    at += 1;
                    continue;
                }
                nodes += 1;
                let after = at + 2..(at + 2 + window).min(run.len());
                let near = (at.saturating_sub(window)..at).chain(after);
                near.for_each(|place| *counts.entry(run[place]).or_default() += 1);
                at += 2;
            }
        }
        let total = text.chars().filter(|c| !"，\n".contains(*c)).count() as u64;
        let slots = 2 * window as u64;
        let mut wanted: Vec<(u64, char, String)> = counts.into_iter().map(|(unit, count)| {
            let frequency = text.matches(unit).count() as u64;
            let table = Contingency::new(count, slots * nodes, slots * frequency, slots * total);
            let g2 = table.and_then(|table| table.g2());
            let g2 = g2.map_or("null".into(), |g2| format!("{g2:.6}"));
            (count, unit, format!("{unit}|{count}|{g2}"))
        }).collect();
        wanted.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let wanted: Vec<String> = wanted.into_iter().map(|(.., row)| row).collect();
        let stage = format!("COLLOCATES '甲?' WITH window = {window}");
        let query = format!("FROM a | {stage} | KEEP unit, count, g2");
        prop_assert_eq!(rows(&database, &query), wanted);
    }
}
