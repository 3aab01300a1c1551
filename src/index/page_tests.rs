//! Pages read back, are refused when they are damaged, and tell of an n-gram what all leaves tell.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::layout::MAX_ORDER;
use super::page::{Leaf, PAGE_LEAVES, PageBuilder, PageReader, Tally, checksum, length};
use super::window::{PAD, Window, shared_prefix};

fn windows(order: usize) -> impl Strategy<Value = BTreeMap<Window, u64>> {
    let window = proptest::collection::vec(1u32..400_000, order).prop_map(move |symbols| {
        let mut window = [PAD; MAX_ORDER];
        window[..order].copy_from_slice(&symbols);
        let end = length(&window, order);
        window[end..].fill(PAD);
        window
    });
    proptest::collection::btree_map(window, 1u64..1 << 40, 1..PAGE_LEAVES)
}

/// A page that is not finished.
fn built(order: usize, leaves: &BTreeMap<Window, u64>) -> PageBuilder {
    let mut builder = PageBuilder::default();
    let mut last = [PAD; MAX_ORDER];
    for (window, &count) in leaves {
        builder.push(window, shared_prefix(&last, window), order, count);
        last = *window;
    }
    builder
}

proptest! {
    #[test]
    fn round_trip((order, leaves) in (2usize..=8).prop_flat_map(|n| (Just(n), windows(n)))) {
        let (mut builder, mut page) = (built(order, &leaves), vec![]);
        let first = *builder.first();
        prop_assert_eq!(builder.finish(7, &mut page), leaves.values().sum::<u64>());
        let mut reader = PageReader::new(&page, order).unwrap();
        prop_assert_eq!(reader.before, 7);
        let mut leaf = Leaf { window: first, ..Leaf::default() };
        for (window, &count) in &leaves {
            prop_assert!(reader.read(&mut leaf).unwrap());
            prop_assert_eq!((leaf.window, leaf.count), (*window, count));
            prop_assert_eq!(leaf.length, length(window, order));
        }
        prop_assert!(!reader.read(&mut leaf).unwrap());
    }

    #[test]
    fn a_tally_is_what_reading_says(
        (order, leaves) in (2usize..=8).prop_flat_map(|n| (Just(n), windows(n))),
        near in (any::<prop::sample::Index>(), 1usize..=8, 0u32..3),
        cut in any::<bool>(),
    ) {
        // Few symbols, so that much is shared.
        let few = |window: &Window| {
            let few = |symbol: u32| if symbol > 1 { 2 + symbol % 3 } else { symbol };
            let mut window = window.map(few);
            let end = length(&window, order);
            window[end..].fill(PAD);
            window
        };
        let leaves: BTreeMap<Window, u64> =
            leaves.iter().map(|(window, &count)| (few(window), count)).collect();
        let (mut builder, mut page) = (built(order, &leaves), vec![]);
        let first = *builder.first();
        builder.finish(7, &mut page);
        let mut ngram = *leaves.keys().nth(near.0.index(leaves.len())).unwrap();
        let units = near.1.min(length(&ngram, order));
        ngram[units - 1] = (ngram[units - 1] + near.2).saturating_sub(u32::from(cut)).max(1);
        let ngram = &ngram[..units];
        let sum = |wants: &dyn Fn(&[u32]) -> bool| {
            let wanted = leaves.iter().filter(|(window, _)| wants(&window[..units]));
            wanted.map(|(_, count)| count).sum::<u64>()
        };
        let wanted = Tally {
            before: 7 + sum(&|window| window < ngram),
            within: sum(&|window| window == ngram),
            is_whole: leaves.keys().any(|window| &window[..units] > ngram),
        };
        let tally = PageReader::new(&page, order).unwrap().tally(&first, ngram).unwrap();
        prop_assert_eq!(tally, wanted);
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut page = vec![0; 4];
        page.extend(&bytes);
        let sum = checksum(&page[4..]);
        page[..4].copy_from_slice(&sum);
        if let Ok(mut reader) = PageReader::new(&page, 5) {
            let mut leaf = Leaf::default();
            drop(reader.tally(&leaf.window, &[1, 2, 3]));
            while matches!(reader.read(&mut leaf), Ok(true)) {}
        }
    }

    #[test]
    fn a_changed_byte_is_noticed(at in 0usize..40, flip in 1u8..) {
        let (mut builder, mut page) = (PageBuilder::default(), vec![]);
        for symbol in 2..20 {
            let mut window = [PAD; MAX_ORDER];
            window[..3].copy_from_slice(&[symbol, 5, 6]);
            builder.push(&window, 0, 3, 9);
        }
        builder.finish(0, &mut page);
        let at = at % page.len();
        page[at] ^= flip;
        prop_assert!(PageReader::new(&page, 3).is_err());
    }
}
