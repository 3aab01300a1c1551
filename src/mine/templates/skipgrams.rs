//! Skip-grams: how often one word follows another within a window, and which pairs are strong.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::mine::templates::clauses::Vocabulary;

/// Bytes that a distinct skip-gram takes in memory, with the room that hashing wants.
const PAIR_BYTES: u64 = 40;

/// Counts of words and of ordered pairs of words within a window, as nlp-zero counts them: word `j`
/// follows word `i` of the same clause where `i < j ≤ i + window`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkipGrams {
    window: usize,
    words: Vec<u64>,
    pairs: FxHashMap<u64, u64>,
}

/// Skip-grams as they are stored: words by number with their counts, pairs in order, each as the
/// distance to the one before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSkipGrams {
    window: u64,
    words: Vec<(String, u64)>,
    pairs: Vec<(u64, u64)>,
}

/// What a link between two words has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// A skip-gram, and a template, is more frequent than this share of all.
    pub min_proba: f64,
    /// `ln p(ab) − ln p(a) − ln p(b)` of a link is above this, in nats.
    pub min_pmi: f64,
}

/// The pairs of words that attract each other, with their PMI in nats.
#[derive(Clone, Debug, Default)]
pub struct Links(FxHashMap<u64, f64>);

fn pair(one: u32, other: u32) -> u64 {
    u64::from(one) << 32 | u64::from(other)
}

impl SkipGrams {
    /// No counts yet.
    pub fn new(window: usize) -> Self {
        SkipGrams { window, ..SkipGrams::default() }
    }

    /// Counts the words of a clause.
    pub fn count(&mut self, clause: &[u32]) {
        for (place, &word) in clause.iter().enumerate() {
            let slot = word as usize;
            if slot >= self.words.len() {
                self.words.resize(slot + 1, 0);
            }
            self.words[slot] += 1;
            let after = &clause[place + 1..];
            for &other in &after[..self.window.min(after.len())] {
                *self.pairs.entry(pair(word, other)).or_insert(0) += 1;
            }
        }
    }

    /// How far apart two words may stand.
    pub fn window(&self) -> usize {
        self.window
    }

    /// How often each word was counted, by number.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// How often a word follows another.
    pub fn get(&self, one: u32, other: u32) -> u64 {
        self.pairs.get(&pair(one, other)).copied().unwrap_or(0)
    }

    /// How many different pairs there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// An error once the pairs take up more than `memory` bytes.
    ///
    /// # Errors
    /// [`Error::Query`] that says what would help.
    pub fn fits(&self, memory: u64) -> Result<()> {
        let taken = (self.pairs.len() as u64).saturating_mul(PAIR_BYTES);
        if taken <= memory {
            return Ok(());
        }
        let message = format!(
            "{} different pairs of words within {} words of each other take more than the {} MB \
             that are allowed",
            self.pairs.len(),
            self.window,
            memory >> 20
        );
        let hint = format!("SET memory = {}MiB, or a smaller window", (memory >> 20).max(1) * 2);
        Err(Error::query(message).hint(hint))
    }

    /// Adds counts of the same window whose words another vocabulary has numbered.
    pub fn add(&mut self, own: &mut Vocabulary, other: &SkipGrams, words: &Vocabulary) {
        let numbers: Vec<u32> = words.words().iter().map(|word| own.add(word)).collect();
        self.words.resize(own.len(), 0);
        for (number, count) in numbers.iter().zip(&other.words) {
            self.words[*number as usize] += count;
        }
        let number = |word: u64| usize::try_from(word).ok().and_then(|word| numbers.get(word));
        // The order in which sums are formed leaves no trace in them.
        #[expect(clippy::iter_over_hash_type)]
        for (key, count) in &other.pairs {
            if let (Some(one), Some(two)) = (number(key >> 32), number(key & 0xffff_ffff)) {
                *self.pairs.entry(pair(*one, *two)).or_insert(0) += count;
            }
        }
    }

    /// The pairs that are frequent and strong. The sums and differences of logarithms are formed in
    /// the order of nlp-zero, so that a pair on the threshold falls on the same side.
    pub fn links(&self, thresholds: Thresholds) -> Links {
        let words_total = log(self.words.iter().sum());
        let pairs_total = log(self.pairs.values().sum());
        let words: Vec<f64> = self.words.iter().map(|&count| log(count) - words_total).collect();
        let least = if thresholds.min_proba > 0.0 { thresholds.min_proba.ln() } else { -100.0 };
        let of = |key: u64| usize::try_from(key).ok().and_then(|word| words.get(word));
        let strong = self.pairs.iter().filter_map(|(&key, &count)| {
            let share = log(count) - pairs_total;
            let (one, two) = (of(key >> 32)?, of(key & 0xffff_ffff)?);
            let pmi = share - one - two;
            (share > least && pmi > thresholds.min_pmi).then_some((key, pmi))
        });
        Links(strong.collect())
    }

    /// The counts with the texts of their words, in one order whatever was counted first.
    pub fn stored(&self, vocabulary: &Vocabulary) -> StoredSkipGrams {
        let counts = self.words.iter().copied().chain(std::iter::repeat(0));
        let words = vocabulary.words().iter().zip(counts);
        let words = words.map(|(word, count)| (word.to_string(), count)).collect();
        let mut sorted: Vec<(u64, u64)> = self.pairs.iter().map(|(k, c)| (*k, *c)).collect();
        sorted.sort_unstable();
        let mut before = 0;
        for (key, _) in &mut sorted {
            let distance = *key - before;
            before = *key;
            *key = distance;
        }
        StoredSkipGrams { window: self.window as u64, words, pairs: sorted }
    }

    /// Takes counts back from the store; their words are numbered in `vocabulary`, which is new.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for numbers that no word has.
    pub fn restored(stored: StoredSkipGrams, vocabulary: &mut Vocabulary) -> Result<Self> {
        let broken = || Error::corrupt("stored skip-grams name words that are not there");
        let window = usize::try_from(stored.window).map_err(|_| broken())?;
        for (word, _) in &stored.words {
            vocabulary.add(word);
        }
        let words: Vec<u64> = stored.words.iter().map(|(_, count)| *count).collect();
        let mut pairs = FxHashMap::default();
        pairs.reserve(stored.pairs.len());
        let mut key = 0u64;
        for (distance, count) in stored.pairs {
            key = key.checked_add(distance).ok_or_else(broken)?;
            if (key >> 32).max(key & 0xffff_ffff) >= words.len() as u64 {
                return Err(broken());
            }
            pairs.insert(key, count);
        }
        Ok(SkipGrams { window, words, pairs })
    }
}

impl Links {
    /// How strong the link is, where there is one.
    pub fn get(&self, one: u32, other: u32) -> Option<f64> {
        self.0.get(&pair(one, other)).copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The natural logarithm of a count; −100 of none, as nlp-zero has it.
pub(super) fn log(count: u64) -> f64 {
    if count == 0 { -100.0 } else { (count as f64).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextOptions;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn counted(clauses: &[Vec<u32>], window: usize) -> SkipGrams {
        let mut counts = SkipGrams::new(window);
        clauses.iter().for_each(|clause| counts.count(clause));
        counts
    }

    fn vocabulary(words: u32) -> Vocabulary {
        let mut vocabulary = Vocabulary::new(&TextOptions::default());
        for word in 0..words {
            vocabulary.add(&format!("w{word}"));
        }
        vocabulary
    }

    proptest! {
        #[test]
        fn every_pair_within_the_window_is_counted(
            clauses in proptest::collection::vec(proptest::collection::vec(0u32..6, 0..12), 0..8),
            window in 0usize..5,
        ) {
            let counts = counted(&clauses, window);
            let mut naive: BTreeMap<(u32, u32), u64> = BTreeMap::new();
            for clause in &clauses {
                for i in 0..clause.len() {
                    for j in i + 1..clause.len() {
                        if j - i <= window {
                            *naive.entry((clause[i], clause[j])).or_default() += 1;
                        }
                    }
                }
            }
            prop_assert_eq!(counts.len(), naive.len());
            for ((one, two), count) in naive {
                prop_assert_eq!(counts.get(one, two), count);
            }
        }

        #[test]
        fn parts_add_up_and_survive_the_store(
            clauses in proptest::collection::vec(proptest::collection::vec(0u32..6, 0..8), 0..8),
            cut in 0usize..8,
        ) {
            let cut = cut.min(clauses.len());
            let words = vocabulary(6);
            let whole = counted(&clauses, 3);
            let mut sum = counted(&clauses[..cut], 3);
            let mut own = vocabulary(6);
            sum.add(&mut own, &counted(&clauses[cut..], 3), &words);
            prop_assert_eq!(sum.stored(&own), whole.stored(&words));
            let mut again = Vocabulary::new(&TextOptions::default());
            let restored = SkipGrams::restored(sum.stored(&own), &mut again).unwrap();
            prop_assert_eq!(restored.stored(&again), whole.stored(&words));
        }
    }

    #[test]
    fn a_pair_without_its_word_is_corrupt() {
        let stored =
            StoredSkipGrams { window: 2, words: vec![("a".into(), 1)], pairs: vec![(1 << 32, 1)] };
        let mut words = Vocabulary::new(&TextOptions::default());
        let error = SkipGrams::restored(stored, &mut words).unwrap_err();
        assert!(error.to_string().contains("not there"), "{error}");
    }

    #[test]
    fn links_are_frequent_and_strong() {
        // p(ab) = 2/3 of three pairs; p(a) = p(b) = 2/6 of six words: PMI = ln 6.
        let counts = counted(&[vec![0, 1], vec![0, 1], vec![2, 3]], 1);
        let links = counts.links(Thresholds { min_proba: 0.5, min_pmi: 1.0 });
        assert_eq!(links.len(), 1);
        assert!((links.get(0, 1).unwrap() - 6f64.ln()).abs() < 1e-12);
        let none = counts.links(Thresholds { min_proba: 0.5, min_pmi: 1.8 });
        assert!(none.is_empty());
    }
}
