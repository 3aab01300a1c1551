//! Data of many rows and itemsets, where bitmaps have several words, sums pay and blocks wait.

use proptest::prelude::*;

use super::super::{Gain, Listing, METHODS, Search, Target, gained, method, mine};
use super::naive::Found;
use crate::control::Control;
use crate::error::Error;
use crate::index::Vertical;

fn found(name: &str, data: &Vertical, search: &Search) -> Vec<Found> {
    let mut listing = Listing::default();
    mine(method(name).unwrap(), data, search, &Control::default(), &mut listing).unwrap();
    listing.itemsets
}

/// Rows that hold item `i` with a chance of `shares[i]` in 256, by a generator of numbers.
fn rows(number: usize, shares: &[u8], seed: u64) -> Vec<Vec<u32>> {
    let mut state = seed | 1;
    let mut next = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    let mut rows = vec![Vec::new(); number];
    for row in &mut rows {
        row.extend((0u32..).zip(shares).filter(|(_, share)| next() < **share).map(|(i, _)| i));
    }
    rows
}

fn any_rows() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let shares = proptest::collection::vec(
        prop_oneof![2 => 10u8..60, 2 => 60u8..200, 1 => 200u8..=255],
        1..13,
    );
    (1usize..700, shares, any::<u64>())
        .prop_map(|(number, shares, seed)| rows(number, &shares, seed))
}

fn targets() -> impl Strategy<Value = Target> {
    let targets = [Target::All, Target::Closed, Target::Maximal, Target::Generators];
    proptest::sample::select(targets.to_vec())
}

fn constraints() -> impl Strategy<Value = Search> {
    let items = || proptest::collection::vec(0u32..13, 0..2);
    let limits = (1usize..4, 0usize..8, proptest::option::weighted(0.2, 0usize..50));
    (limits, items(), items()).prop_map(|((min_size, max_size, top), contains, without)| Search {
        min_size,
        max_size,
        top,
        contains,
        without,
        ..Search::default()
    })
}

proptest! {
    #[test]
    fn methods_agree(
        rows in any_rows(),
        percent in 3u64..90,
        target in targets(),
        constraints in prop_oneof![Just(Search::default()), constraints()],
    ) {
        let data = Vertical::from_rows(&rows).unwrap();
        let min_count = rows.len() as u64 * percent / 100;
        let search = Search { min_count, target, ..constraints };
        let mut wanted = found("apriori", &data, &search);
        if search.top.is_none() {
            wanted.sort();
        }
        for method in METHODS {
            let one = found(method.name, &data, &search);
            let three = found(method.name, &data, &Search { threads: 3, ..search.clone() });
            prop_assert_eq!(&one, &three, "{} orders by threads", method.name);
            let mut one = one;
            if search.top.is_none() {
                one.sort();
            }
            prop_assert_eq!(&one, &wanted, "{}", method.name);
        }
    }
}

proptest! {
    #[test]
    fn gained_are_frequent_now_and_were_not(
        rows in any_rows(), share in 0.0f64..1.0, percent in 3u64..60, more in 0u64..4,
    ) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let first_new = (rows.len() as f64 * share) as usize;
        let old_least = (rows.len() as u64 * percent / 100).max(1);
        let least = old_least + more;
        let data = Vertical::from_rows(&rows).unwrap();
        let before = Vertical::from_rows(&rows[..first_new]).unwrap();
        let of = |data: &Vertical, min_count| {
            found("auto", data, &Search { min_count, ..Search::default() })
        };
        let known = of(&before, old_least);
        let mut wanted = of(&data, least);
        wanted.retain(|(items, _)| known.iter().all(|(other, _)| other != items));
        wanted.sort();
        let first_new = u32::try_from(first_new).unwrap();
        let gain = Gain { data: &data, first_new, old_least, least, memory: 1 << 30 };
        let mut listing = Listing::default();
        gained(&gain, &Control::default(), &mut listing).unwrap();
        listing.itemsets.sort();
        prop_assert_eq!(listing.itemsets, wanted);
    }
}

#[test]
fn blocks_that_do_not_fit_wait_for_their_turn() {
    let rows = rows(300, &[230; 17], 7);
    let data = Vertical::from_rows(&rows).unwrap();
    let search = Search { min_count: 20, ..Search::default() };
    let one = found("auto", &data, &search);
    assert!(one.len() > 50_000, "{}", one.len());
    let narrow = Search { threads: 4, memory: 1 << 18, ..search };
    assert!(found("auto", &data, &narrow) == one);
}

#[test]
fn data_beyond_the_memory_is_refused() {
    let data = Vertical::from_rows(rows(5000, &[200; 16], 3)).unwrap();
    let search = Search { min_count: 1000, memory: 1 << 13, ..Search::default() };
    let mut listing = Listing::default();
    for method in METHODS {
        let error = mine(method, &data, &search, &Control::default(), &mut listing).unwrap_err();
        assert!(matches!(error, Error::Input(_)), "{error}");
        assert!(error.to_string().contains("of memory, and 0 MB are allowed"), "{error}");
    }
    assert!(listing.itemsets.is_empty());
}
