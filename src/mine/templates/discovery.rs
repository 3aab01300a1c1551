//! Templates from the paths of clauses: a survey that counts them by hash, and then those that may
//! be frequent, exactly.

use hashbrown::HashTable;

use crate::error::{Error, Result};
use crate::mine::templates::beyond::Beyond;
use crate::mine::templates::paths::{Cap, Paths};
use crate::mine::templates::skipgrams::{Links, Thresholds};

/// A slot among the words of a template in the arena.
pub(super) const SLOT: u32 = u32::MAX;
/// Bytes of a template beside its parts: its end, its count, its hash, its place in the table.
const TEMPLATE_BYTES: u64 = 32;
/// Counters of the sketch for each word of the clauses.
const COUNTERS_A_WORD: u64 = 2;
/// At least so many counters, as a power of two.
const FEWEST_BITS: u32 = 12;
/// The share of the memory that the sketch may take at most.
const SKETCH_SHARE: u64 = 8;

/// Goes through the clauses for the first time: how many paths there are, and how often, at most,
/// the template of each can occur.
///
/// Templates are found by the algorithm of `Template_Finder` of nlp-zero 0.1.6 (Su Jianlin,
/// <https://kexue.fm/archives/5577>): a word is linked to a word that follows it within the window
/// where the two attract each other, and every path through the links of a clause is a template,
/// with a slot wherever it leaves words out. See [`Paths`] for what happens where it has too many.
///
/// Most templates occur once. They differ in millions, and would take all the memory only to be
/// left out in the end. The survey therefore adds up paths in a fixed number of small counters, by
/// a hash of their template: what stays below the limits there is below them for certain.
pub struct Survey {
    links: Links,
    window: usize,
    cap: Cap,
    limits: Limits,
    paths: Paths,
    alone: Alone,
    sketch: Sketch,
    taken: u64,
    capped: Capped,
}

/// Goes through the clauses for the second time, and counts what the survey has left.
pub struct Discovery {
    survey: Survey,
    /// The least count of a template.
    least: u64,
    found: Found,
}

/// What the cap left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capped {
    /// Clauses with more paths than the cap.
    pub clauses: u64,
    /// The most paths that one of them had; `u64::MAX` stands for all beyond.
    pub most: u64,
}

/// What a template has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// It is more frequent than this share of all templates, and so are its links of all pairs.
    pub thresholds: Thresholds,
    /// It occurs at least so often.
    pub min_count: u64,
    /// It has no more slots; 0 is no limit.
    pub max_slots: u64,
    /// Whether a word alone between two slots is wanted too.
    pub trivial: bool,
}

/// How often a word is a template by itself, exactly: by word, and by what surrounds it.
#[derive(Default)]
struct Alone {
    counts: Vec<[u8; 4]>,
    beyond: Beyond,
}

/// Counters that several templates may share; they stay at their highest.
struct Sketch {
    counters: Vec<u8>,
    shift: u32,
}

/// Parts of templates one after the other, each distinct one once.
#[derive(Default)]
struct Found {
    parts: Vec<u32>,
    ends: Vec<usize>,
    counts: Vec<u64>,
    hashes: Vec<u64>,
    table: HashTable<u32>,
}

impl Survey {
    /// Nothing seen yet. `cap` says how many paths are taken of a clause; all clauses together have
    /// about so many words.
    pub fn new(links: Links, window: usize, cap: Cap, limits: Limits, words: u64) -> Self {
        let counters = words.saturating_mul(COUNTERS_A_WORD).min(cap.memory / SKETCH_SHARE);
        let alone = Alone { counts: vec![[0; 4]; links.words()], ..Alone::default() };
        Survey {
            links,
            window,
            cap,
            limits,
            paths: Paths::default(),
            alone,
            sketch: Sketch::new(counters),
            taken: 0,
            capped: Capped::default(),
        }
    }

    /// Adds the paths of a clause that occurs so many times.
    ///
    /// # Errors
    /// [`Error::Query`] where the strongest paths do not fit into memory.
    pub fn add(&mut self, clause: &[u32], times: u64) -> Result<()> {
        let Survey { alone, sketch, taken, .. } = self;
        let total = self.paths.each(clause, self.window, &self.links, self.cap, |path, hash| {
            match path {
                [place] => alone.count(clause, *place, times),
                _ => sketch.count(hash, times),
            }
            *taken += times;
        })?;
        if total > self.cap.paths as u64 {
            self.capped.clauses += times;
            self.capped.most = self.capped.most.max(total);
        }
        Ok(())
    }

    /// What the cap left out so far.
    pub fn capped(&self) -> Capped {
        self.capped
    }

    /// Once all clauses were seen: what counts those of their templates that may be frequent.
    pub fn finish(self) -> Discovery {
        let least = self.limits.thresholds.least(self.taken).max(self.limits.min_count);
        Discovery { survey: self, least, found: Found::default() }
    }
}

impl Discovery {
    /// Counts the templates of a clause, of those that the survey saw, as often as then.
    ///
    /// # Errors
    /// [`Error::Query`] where there are more distinct templates than can be numbered.
    pub fn add(&mut self, clause: &[u32], times: u64) -> Result<()> {
        let Discovery { survey: Survey { links, window, cap, limits, paths, sketch, .. }, .. } =
            self;
        let (found, mut parts) = (&mut self.found, Vec::new());
        let mut outcome = Ok(());
        paths.each(clause, *window, links, *cap, |path, hash| {
            let may_be = || sketch.most(hash) >= self.least.min(u8::MAX.into());
            if path.len() > 1 && outcome.is_ok() && may_be() {
                template_of(clause, path, &mut parts);
                if limits.want(&parts) {
                    outcome = found.count(&parts, hash, times);
                }
            }
        })?;
        outcome
    }

    /// What the cap left out.
    pub fn capped(&self) -> Capped {
        self.survey.capped()
    }

    /// An error once the templates take up more than `memory` bytes.
    ///
    /// # Errors
    /// [`Error::Query`] that says what would help.
    pub fn fits(&self, memory: u64) -> Result<()> {
        let templates = self.found.counts.len() as u64;
        let taken = templates * TEMPLATE_BYTES + self.found.parts.len() as u64 * 4;
        if taken <= memory {
            return Ok(());
        }
        let message = format!(
            "{templates} different templates take more than the {} MB that are allowed",
            memory >> 20
        );
        Err(Error::query(message).hint(
            "a higher min_count, min_pmi or min_proba, or max_paths = 100, which takes fewer paths \
             of a clause; SET memory = 2GiB allows more",
        ))
    }

    /// Hands over the templates within the limits, each as its parts, `None` for a slot, and its
    /// count: words by themselves, then others as they were first found.
    pub fn each(self, mut take: impl FnMut(&[Option<u32>], u64)) {
        let Survey { alone, limits, links, sketch, .. } = self.survey;
        drop((links, sketch));
        let mut buffer = Vec::new();
        let mut each = |parts: &[u32], count: u64| {
            if count >= self.least {
                buffer.clear();
                buffer.extend(parts.iter().map(|part| (*part != SLOT).then_some(*part)));
                take(&buffer, count);
            }
        };
        alone.each(|parts, count| {
            if count > 0 && limits.want(parts) {
                each(parts, count);
            }
        });
        (0..self.found.counts.len()).for_each(|number| {
            let (parts, count) = self.found.get(number);
            each(parts, count);
        });
    }
}

impl Limits {
    /// Whether a template is wanted, however frequent it may be.
    fn want(&self, parts: &[u32]) -> bool {
        let slots = parts.iter().filter(|part| **part == SLOT).count();
        (self.max_slots == 0 || slots as u64 <= self.max_slots)
            && (self.trivial || !is_trivial(parts))
    }
}

/// A word between two slots fits every clause that has the word inside, and says nothing.
fn is_trivial(parts: &[u32]) -> bool {
    parts.len() == 3 && parts[0] == SLOT && parts[2] == SLOT
}

/// Writes the words of a path with slots for what it leaves out.
fn template_of(clause: &[u32], path: &[usize], parts: &mut Vec<u32>) {
    parts.clear();
    let mut next = 0;
    for &place in path {
        if place > next {
            parts.push(SLOT);
        }
        parts.push(clause[place]);
        next = place + 1;
    }
    if next < clause.len() {
        parts.push(SLOT);
    }
}

impl Alone {
    fn count(&mut self, clause: &[u32], place: usize, times: u64) {
        let word = clause[place] as usize;
        if word >= self.counts.len() {
            self.counts.resize(word + 1, [0; 4]);
        }
        let is_last = place + 1 == clause.len();
        let kind = usize::from(place > 0) * 2 + usize::from(!is_last);
        let key = Alone::key(clause[place], kind);
        self.beyond.add(key, &mut self.counts[word][kind], times);
    }

    /// A word and what surrounds it, as a number.
    fn key(word: u32, kind: usize) -> u64 {
        u64::from(word) << 2 | kind as u64
    }

    /// All words with and without slots around them.
    fn each(&self, mut take: impl FnMut(&[u32], u64)) {
        for (word, counts) in (0u32..).zip(&self.counts) {
            let all = [SLOT, word, SLOT];
            for (kind, byte) in counts.iter().enumerate() {
                let count = self.beyond.total(Alone::key(word, kind), *byte);
                take(&all[1 - kind / 2..2 + kind % 2], count);
            }
        }
    }
}

impl Sketch {
    /// About so many counters.
    fn new(counters: u64) -> Self {
        let bits = counters.max(1).ilog2().clamp(FEWEST_BITS, 32);
        Sketch { counters: vec![0; 1 << bits], shift: u64::BITS - bits }
    }

    fn count(&mut self, hash: u64, times: u64) {
        let place = self.place(hash);
        let counter = &mut self.counters[place];
        *counter = counter.saturating_add(u8::try_from(times).unwrap_or(u8::MAX));
    }

    /// How often, at most, something of this hash was counted; 255 stands for all beyond.
    fn most(&self, hash: u64) -> u64 {
        self.counters[self.place(hash)].into()
    }

    #[expect(clippy::cast_possible_truncation, reason = "no more than 32 bits are left")]
    fn place(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }
}

impl Found {
    fn get(&self, number: usize) -> (&[u32], u64) {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        (&self.parts[start..self.ends[number]], self.counts[number])
    }

    fn count(&mut self, parts: &[u32], hash: u64, times: u64) -> Result<()> {
        let found = self.table.find(hash, |&number| self.get(number as usize).0 == parts);
        if let Some(&number) = found {
            self.counts[number as usize] += times;
            return Ok(());
        }
        let number = u32::try_from(self.counts.len())
            .map_err(|_| Error::query("more than 4 294 967 295 different templates"))?;
        let hashes = &self.hashes;
        self.table.insert_unique(hash, number, |&number| hashes[number as usize]);
        self.parts.extend_from_slice(parts);
        self.ends.push(self.parts.len());
        self.counts.push(times);
        self.hashes.push(hash);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::templates::skipgrams::{SkipGrams, log};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const ALL: Limits = Limits {
        thresholds: Thresholds { min_proba: 0.0, min_pmi: 0.0 },
        min_count: 1,
        max_slots: 0,
        trivial: true,
    };

    fn discovered(clauses: &[Vec<u32>], paths: usize, memory: u64, limits: &Limits) -> Discovery {
        let mut counts = SkipGrams::new(3);
        clauses.iter().for_each(|clause| counts.count(clause, 1));
        let links = counts.links(limits.thresholds);
        let cap = Cap { paths, memory };
        let mut survey = Survey::new(links, 3, cap, *limits, counts.words().iter().sum());
        clauses.iter().for_each(|clause| survey.add(clause, 1).unwrap());
        let mut discovery = survey.finish();
        clauses.iter().for_each(|clause| discovery.add(clause, 1).unwrap());
        discovery
    }

    fn templates(discovery: Discovery) -> BTreeMap<Vec<Option<u32>>, u64> {
        let mut templates = BTreeMap::new();
        discovery.each(|parts, count| assert!(templates.insert(parts.to_vec(), count).is_none()));
        templates
    }

    fn found(clauses: &[Vec<u32>], limits: &Limits) -> BTreeMap<Vec<Option<u32>>, u64> {
        templates(discovered(clauses, 1000, 1 << 20, limits))
    }

    /// All templates in a map, and the limits afterwards.
    fn naive(clauses: &[Vec<u32>], limits: &Limits) -> BTreeMap<Vec<Option<u32>>, u64> {
        let mut counts = SkipGrams::new(3);
        clauses.iter().for_each(|clause| counts.count(clause, 1));
        let links = counts.links(limits.thresholds);
        let mut all: BTreeMap<Vec<Option<u32>>, u64> = BTreeMap::new();
        for clause in clauses {
            let cap = Cap { paths: usize::MAX, memory: 0 };
            let each = |path: &[usize], _| {
                let mut parts = Vec::new();
                for (place, word) in clause.iter().enumerate() {
                    let part = path.contains(&place).then_some(*word);
                    if part.is_some() || parts.last() != Some(&None) {
                        parts.push(part);
                    }
                }
                *all.entry(parts).or_default() += 1;
            };
            Paths::default().each(clause, 3, &links, cap, each).unwrap();
        }
        let total = log(all.values().sum());
        all.retain(|parts, count| {
            let slots = parts.iter().filter(|part| part.is_none()).count() as u64;
            let is_trivial = slots == 2 && parts.len() == 3 && parts[1].is_some();
            *count >= limits.min_count
                && log(*count) - total > limits.thresholds.min_proba.ln().max(-100.0)
                && (limits.max_slots == 0 || slots <= limits.max_slots)
                && (limits.trivial || !is_trivial)
        });
        all
    }

    proptest! {
        #[test]
        fn the_survey_leaves_out_nothing_frequent(
            clauses in proptest::collection::vec(proptest::collection::vec(0u32..5, 0..8), 0..20),
            min_proba in prop_oneof![Just(0.0), 0.0f64..0.1],
            min_pmi in -1.0f64..1.0,
            min_count in 0u64..5,
            max_slots in 0u64..4,
            trivial: bool,
        ) {
            let thresholds = Thresholds { min_proba, min_pmi };
            let limits = Limits { thresholds, min_count, max_slots, trivial };
            prop_assert_eq!(found(&clauses, &limits), naive(&clauses, &limits));
        }
    }

    #[test]
    fn counters_that_are_shared_or_full_change_nothing() {
        // 4096 counters for 10 000 templates, some of which occur more than 255 times.
        let clause = |n: u32| vec![n % 7000, 9000 + n % 3];
        let clauses: Vec<Vec<u32>> = (0..10_000).map(clause).collect();
        let limits = Limits { min_count: 300, ..ALL };
        let strict = Thresholds { min_proba: 0.5, min_pmi: 0.0 };
        let limits = Limits { thresholds: strict, ..limits };
        assert_eq!(found(&clauses, &limits), naive(&clauses, &limits));
        let twice = Limits { min_count: 2, ..ALL };
        let discovery = discovered(&clauses, 1000, 1, &twice);
        assert_eq!(templates(discovery), naive(&clauses, &twice));
    }

    #[test]
    fn words_left_out_are_slots() {
        // 1 and 3 attract each other; what stands before, between and after is different each time.
        let clauses = [vec![10, 1, 11, 3, 12], vec![1, 13, 3], vec![14, 15, 1, 16, 3]];
        let strict = Limits {
            thresholds: Thresholds { min_proba: 0.09, min_pmi: 0.5 },
            trivial: false,
            ..ALL
        };
        let found = found(&clauses, &strict);
        let wanted = [
            (vec![None, Some(1), None, Some(3), None], 1),
            (vec![Some(1), None, Some(3)], 1),
            (vec![None, Some(1), None, Some(3)], 1),
        ];
        for (template, count) in &wanted {
            assert_eq!(found.get(template), Some(count), "{template:?}");
        }
        // Besides, the words that nothing links: alone, at an edge where they stand at one.
        assert_eq!(found.get(&vec![Some(10), None]), Some(&1));
        assert_eq!(found.get(&vec![None, Some(11), None]), None, "trivial");
    }

    #[test]
    fn limits_are_kept() {
        let clauses = [vec![1, 2], vec![1, 2], vec![3], vec![1, 4, 2]];
        let all = found(&clauses, &ALL);
        assert_eq!(all.get(&vec![Some(1), Some(2)]), Some(&2));
        let frequent = found(&clauses, &Limits { min_count: 2, ..ALL });
        assert_eq!(frequent.into_iter().collect::<Vec<_>>(), [(vec![Some(1), Some(2)], 2)]);
        let few = found(&clauses, &Limits { max_slots: 1, ..ALL });
        assert!(few.keys().all(|parts| parts.iter().filter(|part| part.is_none()).count() <= 1));
    }

    #[test]
    fn the_cap_is_reported() {
        let clause: Vec<u32> = (0..30).collect();
        let discovery = discovered(&[clause], 5, 1 << 20, &ALL);
        assert_eq!(discovery.capped().clauses, 1);
        assert!(discovery.capped().most > 1_000_000);
        assert!(discovery.fits(1).unwrap_err().to_string().contains("5 different templates"));
        assert_eq!(templates(discovery).len(), 5);
    }
}
