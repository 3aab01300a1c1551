//! Every method, target and constraint against brute force.

use proptest::prelude::*;

use super::super::{Listing, METHODS, Method, Search, Sink, Tally, Target, mine};
use super::naive;
use crate::control::Control;
use crate::index::Vertical;

const TARGETS: [Target; 4] = [Target::All, Target::Closed, Target::Maximal, Target::Generators];

/// What a method lists, and how many itemsets it counts.
fn answer(method: &Method, data: &Vertical, search: &Search) -> (Vec<naive::Found>, u64) {
    let (mut listing, mut tally) = (Listing::default(), Tally::default());
    let control = Control::default();
    let listed = mine(method, data, search, &control, &mut listing).unwrap();
    let counted = mine(method, data, search, &control, &mut tally).unwrap();
    assert_eq!(listed, listing.itemsets.len() as u64, "{}", method.name);
    assert_eq!(counted, tally.found, "{}", method.name);
    (listing.itemsets, counted)
}

#[track_caller]
fn check(rows: &[Vec<u32>], search: &Search) {
    let data = Vertical::from_rows(rows).unwrap();
    for target in TARGETS {
        let search = Search { target, ..search.clone() };
        let mut wanted = naive::mine(rows, &search);
        for method in METHODS {
            let (mut found, number) = answer(method, &data, &search);
            if search.top.is_none() {
                found.sort();
                wanted.sort();
            }
            assert_eq!(found, wanted, "{} {search:?}", method.name);
            assert_eq!(number, wanted.len() as u64, "{} {search:?}", method.name);
        }
    }
}

/// Rows of few items, some of them in many rows, some rows again and again, some empty.
fn rows() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let row = proptest::collection::vec(prop_oneof![3 => 0u32..4, 2 => 0u32..9], 0..9);
    let rows = proptest::collection::vec((row, 1usize..4), 0..24);
    (rows, proptest::option::weighted(0.3, 0u32..10)).prop_map(|(rows, everywhere)| {
        let repeated = rows.into_iter().flat_map(|(row, times)| vec![row; times]);
        repeated.map(|row| row.into_iter().chain(everywhere).collect()).collect()
    })
}

fn searches() -> impl Strategy<Value = Search> {
    let items = || proptest::collection::vec(0u32..10, 0..3);
    let limits = (1u64..8, 1usize..4, 0usize..5, proptest::option::weighted(0.3, 0usize..12));
    (limits, items(), items(), 1usize..4).prop_map(|(limits, contains, without, threads)| {
        let (min_count, min_size, max_size, top) = limits;
        Search { min_count, min_size, max_size, top, contains, without, threads, ..plain(1) }
    })
}

fn plain(min_count: u64) -> Search {
    Search { min_count, ..Search::default() }
}

proptest! {
    #[test]
    fn all_methods_find_what_brute_force_finds(rows in rows(), min_count in 1u64..12) {
        check(&rows, &plain(min_count));
    }

    #[test]
    fn constraints_select_from_the_whole_answer(rows in rows(), search in searches()) {
        check(&rows, &search);
    }
}

#[test]
fn the_least_count_may_be_anything() {
    let rows = [vec![0, 1, 3], vec![0, 1, 1], vec![], vec![0, 3], vec![5, 0]];
    check(&rows, &plain(1));
    check(&rows[..2], &plain(2));
    let data = Vertical::from_rows(&rows).unwrap();
    for method in METHODS {
        let none = answer(method, &data, &plain(0)).0.len();
        assert_eq!(none, answer(method, &data, &plain(1)).0.len(), "0 is taken for 1");
        assert_eq!(answer(method, &data, &plain(4)).0, [(vec![0], 4)]);
        assert!(answer(method, &data, &plain(5)).0.is_empty());
        assert!(answer(method, &data, &plain(6)).0.is_empty());
        assert!(answer(method, &data, &plain(u64::MAX)).0.is_empty());
    }
}

#[test]
fn nothing_is_found_in_nothing() {
    check(&[], &plain(1));
    check(&[vec![], vec![]], &plain(1));
    check(&[vec![0]], &Search { contains: vec![7], ..plain(1) });
    check(&[vec![0]], &Search { contains: vec![0], without: vec![0], ..plain(1) });
    check(&[vec![0, 1]], &Search { min_size: 2, max_size: 1, ..plain(1) });
}

#[test]
fn items_of_every_transaction_are_counted() {
    let rows = vec![vec![0, 1, 2], vec![2, 1, 0], vec![1, 0, 2, 3]];
    check(&rows, &plain(3));
    check(&rows, &plain(1));
    check(&rows, &Search { contains: vec![1, 1], max_size: 2, ..plain(2) });
    check(&rows, &Search { without: vec![1], ..plain(2) });
}

#[test]
fn the_top_is_cut_by_rank_at_equal_counts() {
    let rows = [vec![2, 1], vec![1, 2], vec![0], vec![0]];
    let data = Vertical::from_rows(rows).unwrap();
    let search = Search { top: Some(3), ..plain(1) };
    for method in METHODS {
        let found = answer(method, &data, &search).0;
        assert_eq!(found, [(vec![0], 2), (vec![1], 2), (vec![2], 2)], "{}", method.name);
    }
}

#[test]
fn a_stopped_search_says_so() {
    struct Stopping(Control);
    impl Sink for Stopping {
        fn take(&mut self, _items: &[u32], _count: u64) -> crate::error::Result<()> {
            self.0.stop.set();
            Ok(())
        }
    }
    // 2^30 itemsets: the end is not waited for.
    let rows: Vec<Vec<u32>> = (0..2).map(|_| (0..30).collect()).collect();
    let data = Vertical::from_rows(rows).unwrap();
    for method in METHODS.iter().filter(|method| method.name != "apriori") {
        let control = Control::default();
        let mut sink = Stopping(control.clone());
        let error = mine(method, &data, &plain(1), &control, &mut sink).unwrap_err();
        assert!(error.to_string().contains("interrupted"), "{}: {error}", method.name);
    }
}
