//! Skip-grams: how often one word follows another within a window, and which pairs are strong.

use rustc_hash::FxHashMap;

use crate::error::{Error, Result};
use crate::index::put_varint;
use crate::mine::packed::take;
use crate::mine::templates::clauses::Vocabulary;
use crate::mine::templates::pairs::{Pairs, in_order};

/// The first byte of skip-grams as bytes.
const VERSION: u8 = 3;

/// So many pairs wait to be sorted, at least; those that came several times take twice the room.
const WAITING: usize = 1 << 17;

/// Counts of words and of ordered pairs of words within a window, as nlp-zero counts them: word `j`
/// follows word `i` of the same clause where `i < j ≤ i + window`.
#[derive(Clone, Debug, Default)]
pub struct SkipGrams {
    window: usize,
    words: Vec<u64>,
    /// The distinct pairs with their counts.
    pairs: Pairs,
    /// Pairs that came since, in no order. Sorting many at once is several times faster than
    /// looking each up.
    waiting: Vec<u64>,
    /// Those that came several times at once.
    repeated: Vec<(u64, u64)>,
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
pub struct Links {
    strengths: FxHashMap<u64, f64>,
    /// Whether a word is the first of some pair: most are not.
    leads: Vec<bool>,
}

fn pair(one: u32, other: u32) -> u64 {
    u64::from(one) << 32 | u64::from(other)
}

impl SkipGrams {
    /// No counts yet.
    pub fn new(window: usize) -> Self {
        SkipGrams { window, ..SkipGrams::default() }
    }

    /// Counts the words of a clause that occurs so many times.
    pub fn count(&mut self, clause: &[u32], times: u64) {
        for (place, &word) in clause.iter().enumerate() {
            let slot = word as usize;
            if slot >= self.words.len() {
                self.words.resize(slot + 1, 0);
            }
            self.words[slot] += times;
            if self.waiting.capacity() == 0 {
                self.waiting.reserve(WAITING);
            }
            let after = &clause[place + 1..];
            let near = after[..self.window.min(after.len())].iter().map(|&other| pair(word, other));
            match times {
                1 => self.waiting.extend(near),
                _ => self.repeated.extend(near.map(|pair| (pair, times))),
            }
        }
        if self.waiting.len() + 2 * self.repeated.len() >= WAITING.max(self.pairs.len() / 2) {
            self.settle();
        }
    }

    /// Counts the pairs that wait.
    pub fn settle(&mut self) {
        let (mut waiting, mut repeated) =
            (std::mem::take(&mut self.waiting), std::mem::take(&mut self.repeated));
        if waiting.is_empty() && repeated.is_empty() {
            return;
        }
        waiting.sort_unstable();
        let once = waiting.chunk_by(|one, two| one == two);
        repeated.sort_unstable();
        let sum = |same: &[(u64, u64)]| same.iter().map(|(_, times)| times).sum();
        let more = repeated.chunk_by(|one, two| one.0 == two.0);
        self.pairs = self.pairs.merged(in_order(
            once.map(|same| (same[0], same.len() as u64)),
            more.map(|same| (same[0].0, sum(same))),
        ));
    }

    /// How far apart two words may stand.
    pub fn window(&self) -> usize {
        self.window
    }

    /// How often each word was counted, by number.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// How many different pairs there are, of what is settled.
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
        // While others are merged in, there are two of them.
        let waiting = self.waiting.len() as u64 * 8 + self.repeated.len() as u64 * 16;
        let taken = self.pairs.memory() * 2 + waiting;
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
    pub fn add(&mut self, own: &mut Vocabulary, mut other: SkipGrams, words: &Vocabulary) {
        let numbers: Vec<u32> = words.words().map(|word| own.add(word)).collect();
        self.words.resize(own.len(), 0);
        for (number, count) in numbers.iter().zip(&other.words) {
            self.words[*number as usize] += count;
        }
        self.settle();
        other.settle();
        let number = |word: u64| usize::try_from(word).ok().and_then(|word| numbers.get(word));
        let renumbered = other.pairs.iter().filter_map(|(key, count)| {
            let (one, two) = (number(key >> 32)?, number(key & 0xffff_ffff)?);
            Some((pair(*one, *two), count))
        });
        let mut pairs: Vec<(u64, u64)> = renumbered.collect();
        pairs.sort_unstable();
        self.pairs = self.pairs.merged(pairs.into_iter());
    }

    /// The pairs that are frequent and strong. The sums and differences of logarithms are formed in
    /// the order of nlp-zero, so that a pair on the threshold falls on the same side.
    pub fn links(&mut self, thresholds: Thresholds) -> Links {
        self.settle();
        let words_total = log(self.words.iter().sum());
        let total = self.pairs.iter().map(|(_, count)| count).sum();
        let (least, pairs_total) = (thresholds.least(total), log(total));
        let of = |word: u64| {
            let count = usize::try_from(word).ok().and_then(|word| self.words.get(word))?;
            Some(log(*count) - words_total)
        };
        let frequent = self.pairs.iter().filter(|(_, count)| *count >= least);
        let strong = frequent.filter_map(|(key, count)| {
            let pmi = log(count) - pairs_total - of(key >> 32)? - of(key & 0xffff_ffff)?;
            (pmi > thresholds.min_pmi).then_some((key, pmi))
        });
        let mut links = Links { leads: vec![false; self.words.len()], ..Links::default() };
        for (key, pmi) in strong {
            links.strengths.insert(key, pmi);
            if let Some(leads) =
                usize::try_from(key >> 32).ok().and_then(|w| links.leads.get_mut(w))
            {
                *leads = true;
            }
        }
        links
    }

    /// The counts with the texts of their words as bytes, in one order whatever was counted first:
    /// all but the pairs, and these.
    ///
    /// ```text
    /// version  1 byte
    /// window   varint
    /// words    varint how many; for each, varint its length, its text, varint its count
    /// pairs    packed, to the end
    /// ```
    pub fn to_bytes(&mut self, vocabulary: &Vocabulary) -> (Vec<u8>, &[u8]) {
        self.settle();
        let mut bytes = vec![VERSION];
        put_varint(&mut bytes, self.window as u64);
        put_varint(&mut bytes, vocabulary.len() as u64);
        let counts = self.words.iter().copied().chain(std::iter::repeat(0));
        for (word, count) in vocabulary.words().zip(counts) {
            put_varint(&mut bytes, word.len() as u64);
            bytes.extend_from_slice(word.as_bytes());
            put_varint(&mut bytes, count);
        }
        (bytes, self.pairs.bytes())
    }

    /// Reads what [`Self::to_bytes`] has given, one behind the other; the words are numbered in
    /// `vocabulary`, which is new.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for anything else.
    pub fn from_bytes(bytes: Vec<u8>, vocabulary: &mut Vocabulary) -> Result<Self> {
        let read = Self::read(bytes, vocabulary);
        read.ok_or_else(|| Error::corrupt("kept skip-grams are damaged"))
    }

    fn read(mut bytes: Vec<u8>, vocabulary: &mut Vocabulary) -> Option<Self> {
        let mut at = 1;
        let number = |at: &mut usize| usize::try_from(take(&bytes, at)?).ok();
        (bytes.first() == Some(&VERSION)).then_some(())?;
        let (window, length) = (number(&mut at)?, number(&mut at)?);
        let mut words = Vec::new();
        for place in 0..length {
            let end = number(&mut at)?.checked_add(at)?;
            let word = std::str::from_utf8(bytes.get(at..end)?).ok()?;
            at = end;
            words.push(take(&bytes, &mut at)?);
            (vocabulary.add(word) as usize == place).then_some(())?;
        }
        bytes.drain(..at);
        bytes.shrink_to_fit();
        let pairs = Pairs::new(bytes);
        let known = |(key, _): (u64, u64)| (key >> 32).max(key & 0xffff_ffff) < words.len() as u64;
        let are_known = pairs.iter().all(known);
        are_known.then_some(SkipGrams { window, words, pairs, ..SkipGrams::default() })
    }
}

impl Thresholds {
    /// The least count of what is frequent among so many.
    pub(super) fn least(&self, total: u64) -> u64 {
        let least = if self.min_proba > 0.0 { self.min_proba.ln() } else { -100.0 };
        let total_log = log(total);
        // In the order of nlp-zero, so that a count on the threshold falls on the same side.
        let is_frequent = |count: u64| log(count) - total_log > least;
        let (mut rare, mut frequent) = (0, total.saturating_add(1));
        while rare + 1 < frequent {
            let middle = rare + (frequent - rare) / 2;
            if is_frequent(middle) { frequent = middle } else { rare = middle }
        }
        frequent
    }
}

impl Links {
    /// Whether a word is linked to any that follows.
    pub fn leads(&self, word: u32) -> bool {
        self.leads.get(word as usize).is_some_and(|leads| *leads)
    }

    /// Whether any two words of a clause are linked that stand within a window.
    pub(super) fn join_any(&self, clause: &[u32], window: usize) -> bool {
        (0..clause.len()).any(|place| {
            let after = &clause[place + 1..];
            self.leads(clause[place])
                && after.iter().take(window).any(|next| self.get(clause[place], *next).is_some())
        })
    }

    /// How strong the link is, where there is one.
    pub fn get(&self, one: u32, other: u32) -> Option<f64> {
        self.strengths.get(&pair(one, other)).copied()
    }

    /// How many words were counted, linked or not.
    pub(super) fn words(&self) -> usize {
        self.leads.len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.strengths.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.strengths.is_empty()
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
        clauses.iter().for_each(|clause| counts.count(clause, 1));
        counts.settle();
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
            let mut naive: BTreeMap<u64, u64> = BTreeMap::new();
            for clause in &clauses {
                for i in 0..clause.len() {
                    for j in i + 1..clause.len() {
                        if j - i <= window {
                            *naive.entry(pair(clause[i], clause[j])).or_default() += 1;
                        }
                    }
                }
            }
            prop_assert_eq!(counts.pairs.iter().collect::<BTreeMap<_, _>>(), naive);
            let mut twice = SkipGrams::new(window);
            for clause in &clauses {
                twice.count(clause, 3);
                twice.count(clause, 1);
            }
            twice.settle();
            let fourfold = counts.pairs.iter().map(|(pair, count)| (pair, 4 * count));
            prop_assert!(twice.pairs.iter().eq(fourfold));
        }

        #[test]
        fn parts_add_up_and_survive_the_store(
            clauses in proptest::collection::vec(proptest::collection::vec(0u32..6, 0..8), 0..8),
            cut in 0usize..8,
        ) {
            let cut = cut.min(clauses.len());
            let words = vocabulary(6);
            let mut whole = counted(&clauses, 3);
            let mut sum = counted(&clauses[..cut], 3);
            let mut own = vocabulary(6);
            sum.add(&mut own, counted(&clauses[cut..], 3), &words);
            prop_assert_eq!(sum.to_bytes(&own), whole.to_bytes(&words));
            let mut again = Vocabulary::new(&TextOptions::default());
            let (mut bytes, pairs) = sum.to_bytes(&own);
            bytes.extend_from_slice(pairs);
            let mut restored = SkipGrams::from_bytes(bytes, &mut again).unwrap();
            prop_assert_eq!(restored.to_bytes(&again), whole.to_bytes(&words));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let options = TextOptions::default();
            let versioned = [&[VERSION][..], &bytes].concat();
            let _ = SkipGrams::from_bytes(bytes, &mut Vocabulary::new(&options));
            let _ = SkipGrams::from_bytes(versioned, &mut Vocabulary::new(&options));
        }
    }

    #[test]
    fn a_pair_without_its_word_is_corrupt() {
        // Window 2, the word a once; a pair 7, once.
        let bytes = vec![VERSION, 2, 1, 1, b'a', 1, 7, 1];
        let mut words = Vocabulary::new(&TextOptions::default());
        let error = SkipGrams::from_bytes(bytes, &mut words).unwrap_err();
        assert!(error.to_string().contains("damaged"), "{error}");
    }

    #[test]
    fn links_are_frequent_and_strong() {
        // p(ab) = 2/3 of three pairs; p(a) = p(b) = 2/6 of six words: PMI = ln 6.
        let mut counts = counted(&[vec![0, 1], vec![0, 1], vec![2, 3]], 1);
        let links = counts.links(Thresholds { min_proba: 0.5, min_pmi: 1.0 });
        assert_eq!(links.len(), 1);
        assert!((links.get(0, 1).unwrap() - 6f64.ln()).abs() < 1e-12);
        let none = counts.links(Thresholds { min_proba: 0.5, min_pmi: 1.8 });
        assert!(none.is_empty());
    }
}
