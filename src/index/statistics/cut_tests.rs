//! Chunks that are cut, against strings in a map; and chunks that are written and read back.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::bits::Bits;
use super::chunks::{Base, Chunks};
use super::cut::Cut;
use super::pairs::Pairs;
use super::pieces::Key;
use super::strong::{StrongPairs, Thresholds};
use super::trie::Seen;

const ALL: Thresholds = Thresholds { min_pmi: f64::NEG_INFINITY, min_proba: 0.0 };
const SEEN: Seen = Seen { ingests: 3, windows: 5 };

/// Strings with their counts, in the order in which they came.
#[derive(Default)]
struct Counted<'s> {
    places: HashMap<&'s [u32], usize>,
    strings: Vec<(&'s [u32], u64)>,
}

impl<'s> Counted<'s> {
    fn add(&mut self, string: &'s [u32], count: u64) {
        let place = *self.places.entry(string).or_insert(self.strings.len());
        if place == self.strings.len() {
            self.strings.push((string, 0));
        }
        self.strings[place].1 += count;
    }

    fn get(&self, string: &[u32]) -> Option<u64> {
        self.places.get(string).map(|&place| self.strings[place].1)
    }
}

/// Whole runs as chunks.
fn base(runs: &[Vec<u32>], pairs: &Arc<Pairs>) -> Base {
    let mut counted = Counted::default();
    runs.iter().for_each(|run| counted.add(run, 1));
    let (mut ends, mut symbols, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for (run, count) in counted.strings {
        symbols.extend_from_slice(run);
        ends.push(u32::try_from(symbols.len()).unwrap());
        counts.push(count);
    }
    Base {
        thresholds: ALL,
        chunks: Chunks::new(ends, symbols, counts, pairs),
        pairs: Arc::clone(pairs),
    }
}

fn runs() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let symbol = prop_oneof![6 => 2..6u32, 1 => 0x7ffe..0x8003_u32];
    let run = prop::collection::vec(symbol, 1..14);
    let long = prop::collection::vec(2..4u32, 60..90);
    prop::collection::vec(prop_oneof![20 => run, 1 => long], 0..60)
}

/// The pieces that are kept, with their counts.
fn kept(cut: &Cut) -> Vec<(&[u32], u64)> {
    let counts = cut.tallies(|count| count);
    let counted = |piece| (cut.symbols(piece), counts[piece.number as usize]);
    cut.pieces().iter().map(counted).collect()
}

/// What every stretch of a piece that may be a word counts, and that nothing else is found.
fn compare_stretches(cut: &Cut, naive: &Counted<'_>) {
    let counts = cut.tallies(|count| count);
    for piece in cut.pieces() {
        let symbols = cut.symbols(piece);
        for start in 0..symbols.len() {
            for end in start + 1..=symbols.len() {
                let stretch = &symbols[start..end];
                if (start + 3..=end).any(|end| cut.is_alone(piece, end)) {
                    assert!(piece.len() == stretch.len() || naive.get(stretch).is_none());
                    continue;
                }
                let is_kept = |count: &u64| stretch.len() < 3 || *count >= cut.least();
                let number = match end - start {
                    1 => Some(cut.unit(stretch[0])),
                    2 => Some(cut.pair(piece, end)),
                    _ => cut.longer(Key::of(stretch), piece, start..end),
                };
                let count = number.map_or(0, |number| counts[number as usize]);
                assert_eq!(count, naive.get(stretch).filter(is_kept).unwrap_or(0), "{stretch:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn pieces_are_those_of_strings(
        runs in runs(),
        is_strong in prop::collection::vec(prop::bool::weighted(0.7), 64),
        least in 1..4u64,
        threads in 1..4usize,
    ) {
        let pairs = Arc::new(Pairs::of(&runs));
        let base = Arc::new(base(&runs, &pairs));
        let mut bits = Bits::up_to(pairs.len());
        (0..pairs.len()).for_each(|number| bits.set(number, is_strong[number % 64]));
        let cut = Cut::at(base, StrongPairs::of(bits, &pairs), |_| least, threads);
        let mut naive = Counted::default();
        let belongs = |a: &u32, b: &u32| is_strong[pairs.number(*a, *b).unwrap() % 64];
        for run in &runs {
            run.chunk_by(belongs).for_each(|piece| naive.add(piece, 1));
        }
        let mut wanted = naive.strings.clone();
        prop_assert_eq!(cut.total(), wanted.iter().map(|(_, count)| count).sum::<u64>());
        wanted.retain(|(_, count)| *count >= least);
        wanted.sort_by_key(|(piece, _)| Reverse(piece.len()));
        prop_assert_eq!(kept(&cut), wanted);
        compare_stretches(&cut, &naive);
    }

    #[test]
    fn what_is_cut_twice_is_cut_at_once(
        runs in runs(),
        strength in prop::collection::vec(0..4u8, 64),
        least in 1..4u64,
    ) {
        let pairs = Arc::new(Pairs::of(&runs));
        let whole = Arc::new(base(&runs, &pairs));
        let cut = |base: Arc<Base>, weakest: u8, least: u64| {
            let mut bits = Bits::up_to(base.pairs.len());
            for ((first, second, _), own) in base.pairs.iter().zip(0..) {
                let number = pairs.number(first, second).unwrap();
                bits.set(own, strength[number % 64] >= weakest);
            }
            let strong = StrongPairs::of(bits, &base.pairs);
            Cut::at(base, strong, |_| least, 2)
        };
        let at_once = cut(Arc::clone(&whole), 2, least);
        let twice = cut(Arc::new(cut(whole, 1, 1).to_base(ALL)), 2, least);
        prop_assert_eq!(kept(&at_once), kept(&twice));
        prop_assert_eq!(at_once.total(), twice.total());
    }

    #[test]
    fn what_is_said_to_be_alone_is(runs in runs()) {
        let Base { chunks, .. } = base(&runs, &Arc::new(Pairs::of(&runs)));
        let mut places: HashMap<&[u32], Vec<usize>> = HashMap::new();
        let mut start = 0;
        for &end in &chunks.ends {
            for three in start..(end as usize).saturating_sub(2).max(start) {
                places.entry(&chunks.symbols[three..three + 3]).or_default().push(three + 2);
            }
            start = end as usize;
        }
        let lonely = places.into_values().filter(|places| places.len() == 1);
        let mut alone: Vec<usize> = lonely.map(|places| places[0]).collect();
        alone.sort_unstable();
        let said = (0..chunks.symbols.len()).filter(|&at| chunks.alone.contains(at));
        let missed = alone.len() - said.clone().count();
        prop_assert!(said.into_iter().all(|at| alone.binary_search(&at).is_ok()));
        prop_assert!(missed * 2 <= alone.len().max(20), "{missed} of {}", alone.len());
    }

    #[test]
    fn what_is_written_is_read(runs in runs(), cut in any::<prop::sample::Index>()) {
        let pairs = Arc::new(Pairs::of(&runs));
        let base = base(&runs, &pairs);
        let mut pieces = Vec::new();
        base.write(&SEEN, &mut |piece: &[u8]| { pieces.push(piece.to_vec()); Ok(()) }).unwrap();
        let read = |pieces: &[Vec<u8>]| {
            let mut pieces = pieces.iter().cloned();
            Base::read(&SEEN, |_| Arc::clone(&pairs), move || Ok(pieces.next()))
        };
        let (seen, again) = read(&pieces).unwrap();
        prop_assert!(seen == SEEN && again.thresholds == ALL && again.chunks == base.chunks);
        // What is damaged is an error or something else, and never a panic.
        prop_assert!(read(&pieces[..cut.index(pieces.len())]).is_err());
        let number = cut.index(pieces.len());
        let byte = cut.index(pieces[number].len());
        pieces[number][byte] ^= 0x55;
        let _ = read(&pieces);
    }
}
