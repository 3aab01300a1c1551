//! SEQUENCES of words and of items against brute force, whatever the ingests.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::asking::{database, ingest, refused, rows};
use super::templates::import;

/// Files, each some lines of items.
fn files() -> impl Strategy<Value = Vec<Vec<String>>> {
    let line = proptest::collection::vec(prop_oneof!["[a-d]", "[a-d] ", "e"], 0..6);
    let file = proptest::collection::vec(line.prop_map(|items| items.join(" ")), 1..5);
    proptest::collection::btree_set(file, 1..4).prop_map(|files| files.into_iter().collect())
}

/// All sequences of items with at most so many between two of them, by every choice of places.
fn brute(lines: &[&String], support: u64, max_gap: Option<usize>) -> Vec<String> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for line in lines {
        let items: Vec<&str> = line.split_whitespace().collect();
        let mut own = BTreeSet::new();
        for choice in 1u32..1 << items.len() {
            let places: Vec<usize> = (0..items.len()).filter(|at| choice >> at & 1 == 1).collect();
            if places.windows(2).all(|two| max_gap.is_none_or(|gap| two[1] - two[0] - 1 <= gap)) {
                own.insert(places.iter().map(|at| items[*at]).collect::<Vec<_>>().join(" "));
            }
        }
        own.into_iter().for_each(|sequence| *counts.entry(sequence).or_default() += 1);
    }
    counts.retain(|_, count| *count >= support);
    counts.into_iter().map(|(sequence, count)| format!("{sequence}|{count}")).collect()
}

fn mined(database: &crate::database::Database, from: &str, support: u64, gap: &str) -> Vec<String> {
    let query = format!("FROM {from} | SEQUENCES WITH support = {support}{gap}");
    let mut found = rows(database, &format!("{query} | KEEP sequence, count"));
    found.sort();
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn items_follow_each_other_as_they_were_written(
        files in files(),
        other in files(),
        support in 1u64..4,
        max_gap in proptest::option::of(0usize..3),
    ) {
        let create = "CREATE CORPUS a WITH unit = item; CREATE CORPUS b WITH unit = item;";
        let files_of = |name: &str, files: &[Vec<String>]| -> String {
            files.iter().map(|file| ingest(name, &[file.join("\n")])).collect()
        };
        let script = format!("{create} {}{}", files_of("a", &files), files_of("b", &other));
        let database = database(&script);
        let gap = max_gap.map_or(String::new(), |gap| format!(", max_gap = {gap}"));
        let own: Vec<&String> = files.iter().flatten().collect();
        let wanted = |lines: &[&String]| {
            let mut wanted = brute(lines, support, max_gap);
            wanted.sort();
            wanted
        };
        prop_assert_eq!(mined(&database, "a", support, &gap), wanted(&own));
        let later: Vec<&String> = files[1..].iter().flatten().collect();
        prop_assert_eq!(mined(&database, "a SINCE 1", support, &gap), wanted(&later));
        let both: Vec<&String> = own.into_iter().chain(other.iter().flatten()).collect();
        prop_assert_eq!(mined(&database, "a, b", support, &gap), wanted(&both));
        let sound = rows(&database, "CHECK a").pop().unwrap_or_default();
        prop_assert!(sound.starts_with("transactions in order|"), "{sound}");
    }
}

#[test]
fn an_item_may_follow_itself() {
    let script = "CREATE CORPUS shop WITH unit = item; \
                  INGEST TEXT 'beer beer nuts' INTO shop; INGEST TEXT 'nuts beer' INTO shop";
    let database = database(script);
    let closed = "FROM shop | SEQUENCES WITH support = 1, closed = true";
    let wanted = ["beer|1|2|1.000000", "nuts|1|2|1.000000", "beer beer nuts|3|1|0.500000"];
    let found = rows(&database, closed);
    assert_eq!(found[..2], wanted[..2]);
    assert_eq!(found[2..], [wanted[2], "nuts beer|2|1|0.500000"]);
    let itemsets = rows(&database, "FROM shop | ITEMSETS WITH support = 2 | KEEP items, count");
    assert_eq!(itemsets.len(), 3, "sets know neither order nor repeats: {itemsets:?}");
}

#[test]
fn without_the_text_there_is_no_order() {
    let script = "CREATE CORPUS shop WITH unit = item, keep_text = false; \
                  INGEST TEXT 'beer nuts' INTO shop";
    let database = database(script);
    let told = refused(&database, "FROM shop | SEQUENCES");
    assert!(told.contains("the order of the items is not known: shop keeps no text"), "{told}");
    assert_eq!(rows(&database, "FROM shop | ITEMSETS WITH support = 1").len(), 3);
    assert_eq!(rows(&database, "CHECK shop").len(), 3);
}

#[test]
fn sequences_of_words() {
    let database = database("CREATE CORPUS q");
    import(&database, "lex", &["可以"]);
    let sequences = |with: &str| {
        let segmented = "FROM '鸡蛋可以吃吗，我可以走' | SEGMENT BY lex";
        rows(&database, &format!("{segmented} | SEQUENCES WITH {with}"))
    };
    let all = sequences("support = 1, max_size = 2, max_gap = 0");
    assert!(all.contains(&"可以 吃|2|1|1.000000".to_owned()), "{all:?}");
    assert!(!all.contains(&"可以 吗|2|1|1.000000".to_owned()), "{all:?}");
    let gap = sequences("support = 1, max_size = 2, max_gap = 1");
    assert!(gap.contains(&"可以 吗|2|1|1.000000".to_owned()), "{gap:?}");
    assert_eq!(sequences("support = 2"), Vec::<String>::new(), "one sentence");
}
