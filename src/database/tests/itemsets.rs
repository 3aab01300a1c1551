//! ITEMSETS and RULES against brute force: whatever the ingests, the memory of what was saved, the
//! support and the confidence.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::asking::{database, refused, rows};

type Basket = BTreeSet<char>;

/// The lines of a file: blanks, repeats and empty lines among them.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let line = proptest::collection::vec(prop_oneof!["[a-e]", "[a-e] ", "f"], 0..6);
    proptest::collection::vec(line.prop_map(|items| items.join(" ")), 1..9)
}

fn baskets(files: &[Vec<String>]) -> Vec<Basket> {
    let basket = |line: &String| line.chars().filter(|c| c.is_alphabetic()).collect::<Basket>();
    files.iter().flatten().map(basket).filter(|basket| !basket.is_empty()).collect()
}

/// All itemsets with at least so many baskets, by looking at every set of the items.
fn brute(baskets: &[Basket], least: usize) -> BTreeMap<Basket, usize> {
    let sets = (1u32..64).map(|bits| {
        ('a'..='f').enumerate().filter(move |(place, _)| bits >> place & 1 == 1).map(|(_, c)| c)
    });
    let counted = sets.map(|set| {
        let set: Basket = set.collect();
        let count = baskets.iter().filter(|basket| set.is_subset(basket)).count();
        (set, count)
    });
    counted.filter(|(_, count)| *count >= least.max(1)).collect()
}

fn wanted(sets: &BTreeMap<Basket, usize>, target: &str, all: usize) -> BTreeMap<Basket, usize> {
    let keeps = |set: &Basket, count: usize| {
        let above = |equal: bool| {
            let larger = |(other, own): (&Basket, &usize)| {
                set.is_subset(other) && set != other && (!equal || *own == count)
            };
            sets.iter().any(larger)
        };
        match target {
            "closed" => !above(true),
            "maximal" => !above(false),
            "generators" => {
                let smaller = |(other, own): (&Basket, &usize)| {
                    other.is_subset(set) && set != other && *own == count
                };
                count != all && !sets.iter().any(smaller)
            }
            _ => true,
        }
    };
    let kept = sets.iter().filter(|(set, count)| keeps(set, **count));
    kept.map(|(set, count)| (set.clone(), *count)).collect()
}

fn shown(sets: &BTreeMap<Basket, usize>) -> Vec<String> {
    let line = |(set, count): (&Basket, &usize)| {
        let items: Vec<String> = set.iter().map(char::to_string).collect();
        format!("{}|{count}", items.join(" "))
    };
    let mut lines: Vec<String> = sets.iter().map(line).collect();
    lines.sort();
    lines
}

/// A corpus of some files, each an ingest of its own; one that repeats is skipped.
fn script(name: &str, files: &[Vec<String>]) -> String {
    let mut script = format!("CREATE CORPUS {name} WITH unit = item;");
    for file in files {
        script += &format!("INGEST TEXT '{}' INTO {name};", file.join("\n"));
    }
    script
}

fn distinct(mut files: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(file.join("\n")));
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn itemsets_are_those_of_brute_force(
        files in proptest::collection::vec(lines(), 1..5), support in 0usize..12,
    ) {
        let files = distinct(files);
        let baskets = baskets(&files);
        let database = database(&script("shop", &files));
        for target in ["all", "closed", "maximal", "generators"] {
            let sets = wanted(&brute(&baskets, support), target, baskets.len());
            let query = format!(
                "FROM shop | ITEMSETS WITH support = {support}, target = {target}"
            );
            let mut found = rows(&database, &format!("{query} | KEEP items, count"));
            found.sort();
            prop_assert_eq!(&found, &shown(&sets), "{}", &query);
            let counted = rows(&database, &format!("{query} | STATS count()"));
            prop_assert_eq!(counted, [sets.len().to_string()]);
        }
        let mut items = rows(&database, "SHOW ITEMS IN shop");
        items.iter_mut().for_each(|row| *row = row.rsplit_once('|').unwrap().0.to_owned());
        items.sort();
        let singles = brute(&baskets, 1).into_iter().filter(|(set, _)| set.len() == 1);
        prop_assert_eq!(items, shown(&singles.collect()));
        rows(&database, "CHECK shop");
    }

    #[test]
    fn a_part_and_a_union_are_their_baskets(
        files in proptest::collection::vec(lines(), 2..4), support in 1usize..6,
    ) {
        let files = distinct(files);
        let mut text = script("one", &files[..1]);
        text += &script("other", &files[1..]);
        text += &script("both", &files);
        let database = database(&text);
        let ask = |source: &str| {
            let query = format!("FROM {source} | ITEMSETS WITH support = {support}");
            let mut found = rows(&database, &format!("{query} | KEEP items, count"));
            found.sort();
            found
        };
        prop_assert_eq!(ask("both SINCE 1"), shown(&brute(&baskets(&files[1..]), support)));
        prop_assert_eq!(ask("one, other"), ask("both"));
    }

    #[test]
    fn saved_itemsets_answer_and_are_refreshed(
        before in proptest::collection::vec(lines(), 3..6),
        after in lines(),
        support in 1usize..5,
        more in 0usize..3,
        share in proptest::bool::ANY,
    ) {
        let before = distinct(before);
        let database = database(&script("shop", &before));
        let given = if share { format!("{}%", support * 15) } else { support.to_string() };
        let mine = format!("FROM shop | ITEMSETS WITH support = {given}");
        database.session().run(&format!("{mine} | SAVE AS sets")).unwrap();
        let old = baskets(&before);
        let least = if share { (support * 15 * old.len()).div_ceil(100) } else { support };
        let least = least.max(1) + more;
        for target in ["all", "closed", "maximal", "generators"] {
            let query = format!(
                "FROM sets | ITEMSETS WITH support = {least}, target = {target} | KEEP items, count"
            );
            let mut found = rows(&database, &query);
            found.sort();
            prop_assert_eq!(found, shown(&wanted(&brute(&old, least), target, old.len())));
        }
        let files = distinct([before, vec![after]].concat());
        let last = files.last().unwrap().join("\n");
        database.session().run(&format!("INGEST TEXT '{last}' INTO shop")).unwrap();
        rows(&database, "REFRESH ITEMSETS sets");
        let ask = |query: &str| {
            let mut found = rows(&database, &format!("{query} | KEEP items, count, support"));
            found.sort();
            found
        };
        prop_assert_eq!(ask("FROM sets"), ask(&mine));
    }

    #[test]
    fn rules_are_those_of_brute_force(
        file in lines(),
        support in 1usize..4,
        hundredths in 0usize..=4,
        strict in proptest::bool::ANY,
    ) {
        let files = [file];
        let baskets = baskets(&files);
        let database = database(&script("shop", &files));
        let sets = brute(&baskets, support);
        for multi in [false, true] {
            let mut wanted = Vec::new();
            for (set, both) in &sets {
                for (left, of) in sets.iter().filter(|(left, _)| left.is_subset(set)) {
                    let right: Basket = set.difference(left).copied().collect();
                    let fits = both * 4 > hundredths * of || !strict && both * 4 == hundredths * of;
                    if right.is_empty() || right.len() > 1 && !multi || !fits {
                        continue;
                    }
                    let side = |side: &Basket| {
                        side.iter().map(char::to_string).collect::<Vec<String>>().join(" ")
                    };
                    wanted.push(format!("{}|{}|{both}", side(left), side(&right)));
                }
            }
            wanted.sort();
            let consequent = if multi { "multi" } else { "single" };
            for target in ["all", "closed"] {
                let query = format!(
                    "FROM shop | ITEMSETS WITH support = {support}, target = {target} \
                     | RULES WITH confidence = {}, strict = {strict}, consequent = {consequent} \
                     | KEEP antecedent, consequent, count",
                    hundredths as f64 / 4.0
                );
                let mut found = rows(&database, &query);
                found.sort();
                if target == "closed" {
                    // Only what makes up a closed itemset together.
                    prop_assert!(found.iter().all(|rule| wanted.contains(rule)));
                } else {
                    prop_assert_eq!(&found, &wanted, "{}", query);
                }
            }
        }
    }
}

#[test]
fn many_chunks_and_a_last_one_that_grows() {
    let line = |number: u32| match number % 3 {
        0 => "a b\n",
        1 => "b c\n",
        _ => "a\n",
    };
    let text = |range: std::ops::Range<u32>| range.map(line).collect::<String>();
    // The first file ends with the second chunk, the next one begins a third and grows it twice.
    let cuts = [0, 131_072, 140_000, 150_001];
    let mut script = "CREATE CORPUS shop WITH unit = item;".to_owned();
    for cut in cuts.windows(2) {
        script += &format!("INGEST TEXT '{}' INTO shop;", text(cut[0]..cut[1]));
    }
    let database = database(&script);
    let query = "FROM shop | ITEMSETS WITH support = 1 | SORT items | KEEP items, count";
    let found = rows(&database, query);
    assert_eq!(found, ["a|100001", "a b|50001", "b|100001", "b c|50000", "c|50000"]);
    let part = "FROM shop SINCE 2 | ITEMSETS WITH support = 1 | SORT items | KEEP items, count";
    assert_eq!(rows(&database, part), ["a|6668", "a b|3334", "b|6667", "b c|3333", "c|3333"]);
    assert_eq!(rows(&database, "CHECK shop")[0], "transactions|150001|sound");
    let chunks = database.index().view("shop").unwrap().manifest().segments.len();
    assert_eq!(chunks, 3);
}

#[test]
fn a_dropped_corpus_is_not_taken_for_the_new_one() {
    let database = database(
        "CREATE CORPUS shop WITH unit = item; INGEST TEXT 'a b' INTO shop;
         FROM shop | ITEMSETS WITH support = 1 | SAVE AS sets; DROP CORPUS shop;
         CREATE CORPUS shop WITH unit = item; INGEST TEXT 'c' INTO shop; REFRESH ITEMSETS sets",
    );
    assert_eq!(rows(&database, "FROM sets | KEEP items"), ["c"]);
}

#[test]
fn an_item_too_rare_for_saved_itemsets_is_known_all_the_same() {
    let database = database(
        "CREATE CORPUS shop WITH unit = item; INGEST TEXT 'a b\na b\na c' INTO shop;
         FROM shop | ITEMSETS WITH support = 2 | SAVE AS sets",
    );
    for source in ["sets", "shop"] {
        let ask = |with: &str| format!("FROM {source} | ITEMSETS WITH support = 2, {with}");
        let query = ask("without = ('c')");
        assert_eq!(rows(&database, &format!("{query} | STATS count()")), ["3"]);
        assert!(rows(&database, &format!("EXPLAIN {query}")).join("\n").contains("saved"));
        assert!(rows(&database, &ask("contains = ('c')")).is_empty());
        let refusal = refused(&database, &ask("contains = ('x')"));
        assert!(refusal.contains("there is no item `x`"), "{refusal}");
    }
}

#[test]
fn text_stages_refuse_baskets_before_anything_runs() {
    let database = database("CREATE CORPUS shop WITH unit = item");
    for stage in ["NGRAMS 2", "COUNT 'a'", "WORDS", "NEXT 'a'", "CONCORDANCE 'a'", "SEGMENT BY l"] {
        let refusal = refused(&database, &format!("FROM shop | {stage}"));
        assert!(refusal.contains("gives a corpus of items"), "{refusal}");
    }
}

#[test]
fn little_memory_and_little_time_are_said() {
    let wide: String = (0..4000).map(|row| format!("{} a b c d e f g h\n", row % 40)).collect();
    let script = format!("CREATE CORPUS shop WITH unit = item; INGEST TEXT '{wide}' INTO shop");
    let database = database(&script);
    let mut session = database.session();
    session.run("SET timeout = 0s").unwrap();
    let error = session.run("FROM shop | ITEMSETS WITH support = 1").unwrap_err();
    assert!(error.to_string().contains("time"), "{error}");
}
