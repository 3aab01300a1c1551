//! REFRESH ITEMSETS: whatever has come in and how often it was brought up to date, saved itemsets
//! answer as those that are mined and saved anew.

use proptest::prelude::*;

use super::asking::{database, rows};
use crate::database::Database;
use crate::index::SavedHead;
use crate::query::kept_sets::KeptSets;

/// Baskets of items `a` to `l`, the first ones more often; some pairs come together.
fn baskets(number: usize, seed: u64) -> String {
    let number = number - 1;
    let mut state = seed;
    let mut below = |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % end
    };
    let mut text = String::new();
    for _ in 0..number {
        let twin = below(4);
        for (place, item) in (0..).zip('a'..='l') {
            if below(12) >= place || place / 2 == twin {
                text.push(item);
                text.push(' ');
            }
        }
        text.push('\n');
    }
    // A file that was there before would be passed over.
    text + &format!("z{seed}")
}

fn ingest(database: &Database, text: &str) {
    database.session().run(&format!("INGEST TEXT '{text}' INTO shop")).unwrap();
}

/// All that is asked of saved itemsets, of which the least count is `least`.
fn asked(database: &Database, name: &str, least: u64) -> Vec<Vec<String>> {
    let mut answers = vec![rows(database, &format!("FROM {name}"))];
    for support in [least, least + 1, least + 7, 2 * least, 100_000] {
        for rest in ["", ", top = 5", ", target = closed", ", without = (a)", ", min_size = 2"] {
            let query = format!("FROM {name} | ITEMSETS WITH support = {support}{rest}");
            answers.push(rows(database, &query));
        }
        let query = format!("FROM {name} | ITEMSETS WITH support = {support} | STATS count()");
        answers.push(rows(database, &query));
    }
    answers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn refreshed_answers_as_saved_anew(
        seed in any::<u64>(),
        first in 40usize..400,
        more in proptest::collection::vec(1usize..8, 1..5),
        least in 3u64..60,
        share in any::<bool>(),
    ) {
        let database = database("CREATE CORPUS shop WITH unit = item");
        ingest(&database, &baskets(first, seed));
        let percent = (100 * least / first as u64 + 1).min(100);
        let support = if share { format!("{percent}%") } else { least.to_string() };
        let mine = format!("FROM shop | ITEMSETS BY auto WITH support = {support}");
        database.session().run(&format!("{mine} | SAVE AS kept")).unwrap();
        let mut number = first;
        for (round, more) in more.into_iter().enumerate() {
            ingest(&database, &baskets(more, seed ^ (round as u64 + 1)));
            number += more;
            rows(&database, "REFRESH ITEMSETS kept");
            database.session().run(&format!("{mine} | SAVE AS anew")).unwrap();
            let least = match share {
                true => (percent * number as u64).div_ceil(100),
                false => least,
            };
            prop_assert_eq!(asked(&database, "kept", least), asked(&database, "anew", least));
            let listed = rows(&database, "SHOW TABLES");
            let of = |name: &str| {
                let line = listed.iter().find(|line| line.starts_with(name)).unwrap();
                line.split('|').nth(2).unwrap().to_owned()
            };
            prop_assert_eq!(of("kept"), of("anew"));
        }
    }
}

/// Itemsets that are saved, and have been brought up to date once.
fn refreshed() -> Database {
    let database = database("CREATE CORPUS shop WITH unit = item");
    ingest(&database, &baskets(300, 7));
    let mut session = database.session();
    session.run("FROM shop | ITEMSETS WITH support = 20 | SAVE AS kept").unwrap();
    ingest(&database, &baskets(3, 8));
    session.run("REFRESH ITEMSETS kept").unwrap();
    drop(session);
    database
}

fn head(database: &Database) -> SavedHead {
    database.index().saved_head("kept").unwrap().unwrap()
}

#[test]
fn a_view_stays_as_it_was() {
    let database = refreshed();
    let before = rows(&database, "FROM kept");
    let kept = KeptSets::open(database.index(), "kept").unwrap().unwrap();
    ingest(&database, &baskets(4, 9));
    rows(&database, "REFRESH ITEMSETS kept");
    assert_ne!(rows(&database, "FROM kept"), before);
    assert_eq!(kept.load().unwrap().list.len(), before.len() as u64);
}

#[test]
fn what_was_saved_anew_meanwhile_is_left_alone() {
    let database = refreshed();
    let before = head(&database);
    database.session().run("FROM shop | ITEMSETS WITH support = 30 | SAVE AS kept").unwrap();
    let now = head(&database);
    let error = database.index().amend(&before, &before, &[]).unwrap_err();
    assert!(error.to_string().contains("saved anew meanwhile"), "{error}");
    assert_eq!(head(&database), now);
}

#[test]
fn dropped_with_all_that_came_later() {
    let database = refreshed();
    let mut session = database.session();
    session.run("DROP ITEMSETS kept").unwrap();
    session.run("FROM shop | ITEMSETS WITH support = 200 | SAVE AS kept").unwrap();
    let query = "FROM shop | ITEMSETS BY apriori WITH support = 200 | STATS count()";
    assert_eq!(rows(&database, "FROM kept | STATS count()"), rows(&database, query));
}

#[test]
fn damage_is_said() {
    let database = refreshed();
    let index = database.index();
    let head = head(&database);
    let whole = index.saved_parts("kept").later(0..1 << 20).unwrap();
    let rest = 5 + u32::from_le_bytes(*whole[1..].first_chunk().unwrap()) as usize;
    for place in (0..whole.len()).step_by(3) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x55;
        index.amend(&head, &head, &bytes).unwrap();
        let loaded = KeptSets::open(index, "kept").and_then(|kept| kept.unwrap().load());
        assert!(loaded.is_err() || place < rest, "byte {place}");
        bytes.truncate(place);
        index.amend(&head, &head, &bytes).unwrap();
        let loaded = KeptSets::open(index, "kept").and_then(|kept| kept.unwrap().load());
        assert!(loaded.is_err() || place == 0, "{place} bytes");
    }
}

#[test]
fn what_was_saved_as_a_whole_is_read_and_refreshed() {
    let database = refreshed();
    let wanted = rows(&database, "FROM kept");
    let index = database.index();
    let kept = KeptSets::open(index, "kept").unwrap().unwrap().load().unwrap();
    let bytes = crate::query::kept_sets::encode_whole(&kept).unwrap();
    index.save(&head(&database), &bytes, &[]).unwrap();
    assert_eq!(rows(&database, "FROM kept"), wanted);
    assert!(KeptSets::open(index, "kept").unwrap().unwrap().identity().is_none());
    ingest(&database, &baskets(3, 10));
    rows(&database, "REFRESH ITEMSETS kept");
    assert!(KeptSets::open(index, "kept").unwrap().unwrap().identity().is_some());
    let mine = "FROM shop | ITEMSETS BY auto WITH support = 20 | SAVE AS anew";
    database.session().run(mine).unwrap();
    assert_eq!(rows(&database, "FROM kept"), rows(&database, "FROM anew"));
}
