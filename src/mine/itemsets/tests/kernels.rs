//! The kernels of this processor, and those for any, against what they say they do.

use proptest::prelude::*;

use super::super::bits::{Field, Kernels, available};

fn bit(words: &[u64], place: usize) -> bool {
    words[place / 64] >> (place % 64) & 1 == 1
}

fn places(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    (0..words.len() * 64).filter(|&place| bit(words, place))
}

/// A mask and rows of as many words; bits are rare, frequent or all there.
fn fields() -> impl Strategy<Value = (Vec<u64>, Field)> {
    let word = || {
        prop_oneof![
            any::<u64>(),
            (any::<u64>(), any::<u64>(), any::<u64>()).prop_map(|(a, b, c)| a & b & c),
            Just(u64::MAX),
            Just(0),
        ]
    };
    (prop_oneof![1usize..5, 6usize..20], 1usize..17).prop_flat_map(move |(words, rows)| {
        let bits = proptest::collection::vec(word(), words * rows);
        (proptest::collection::vec(word(), words), bits)
            .prop_map(move |(mask, bits)| (mask, Field { words, bits }))
    })
}

fn check(kernels: &Kernels, mask: &[u64], field: &Field) {
    let rows: Vec<u32> = (0u32..).take(field.bits.len() / field.words).collect();
    let common = |row: u32| places(mask).filter(|&place| bit(field.row(row), place)).count();

    let mut counts = vec![7];
    (kernels.counts)(mask, field, &rows, &mut counts);
    assert!(counts.iter().zip(&rows).all(|(count, &row)| *count as usize == common(row)));
    assert_eq!(counts.len(), rows.len());

    let mut both = vec![0; mask.len()];
    let number = (kernels.and)(mask, field.row(0), &mut both);
    assert_eq!(number as usize, common(0));
    assert!(places(&both).all(|place| bit(mask, place) && bit(field.row(0), place)));

    let ones = places(mask).count();
    let most = rows.iter().map(|&row| common(row)).max().unwrap();
    assert_eq!((kernels.covered)(mask, field, &rows), most == ones);
    assert!((kernels.reached)(mask, field, &rows, u32::try_from(most).unwrap()));
    assert!(!(kernels.reached)(mask, field, &rows, u32::try_from(most + 1).unwrap()));

    let mut moved = vec![0; ones.div_ceil(64)];
    (kernels.extract)(mask, field.row(0), &mut moved);
    let wanted: Vec<bool> = places(mask).map(|place| bit(field.row(0), place)).collect();
    let found: Vec<bool> = (0..ones).map(|place| bit(&moved, place)).collect();
    assert_eq!(found, wanted);

    for mask in [mask, &[]] {
        check_sums(kernels, mask, field, &rows);
    }
}

fn check_sums(kernels: &Kernels, mask: &[u64], field: &Field, rows: &[u32]) {
    let mut sums = vec![0; 1 << rows.len()];
    (kernels.choices)(mask, field, rows, &mut sums);
    (kernels.superset_sums)(&mut sums);
    let choice = |place: usize| {
        let counts = mask.is_empty() || bit(mask, place);
        rows.iter()
            .fold(0, |all, &row| all | usize::from(counts && bit(field.row(row), place)) << row)
    };
    let choices: Vec<usize> = (0..field.words * 64).map(choice).collect();
    let single = (0..rows.len()).map(|row| 1 << row);
    for wanted in single.chain([(1 << rows.len()) - 1, 5 & (sums.len() - 1)]) {
        let number = choices.iter().filter(|&choice| wanted != 0 && choice & wanted == wanted);
        assert!(wanted == 0 || sums[wanted] as usize == number.count(), "{wanted:b}");
    }
    let least = sums[1];
    let reached = sums.iter().filter(|sum| **sum >= least).count();
    assert_eq!((kernels.at_least)(&sums, least), reached as u64);
}

proptest! {
    #[test]
    fn kernels_do_what_they_say((mask, field) in fields()) {
        available().iter().for_each(|kernels| check(kernels, &mask, &field));
    }
}
