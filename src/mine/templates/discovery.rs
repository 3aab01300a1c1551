//! Templates from the paths of clauses, counted in one arena.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use crate::error::{Error, Result};
use crate::mine::templates::paths::{Cap, Paths};
use crate::mine::templates::skipgrams::{Links, Thresholds, log};

/// A slot among the words of a template in the arena.
const SLOT: u32 = u32::MAX;
/// Bytes of a template beside its parts: its end, its count, its place in the hash table.
const TEMPLATE_BYTES: u64 = 24;

/// Finds templates: a word is linked to a word that follows it within the window where the two
/// attract each other, and every path through the links of a clause is a template, with a slot
/// wherever it leaves words out.
///
/// The algorithm is that of `Template_Finder` of nlp-zero 0.1.6 (Su Jianlin,
/// <https://kexue.fm/archives/5577>); see [`Paths`] for what happens where it has too many paths.
pub struct Discovery {
    links: Links,
    window: usize,
    cap: Cap,
    paths: Paths,
    found: Found,
    capped: Capped,
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

/// Parts of templates one after the other, each distinct one once.
struct Found {
    parts: Vec<u32>,
    ends: Vec<usize>,
    counts: Vec<u64>,
    table: HashTable<u32>,
}

/// A template that was found: its parts, `None` for a slot, and its count.
pub type Counted = (Vec<Option<u32>>, u64);

impl Discovery {
    /// Nothing found yet. `cap` says how many paths are taken of a clause.
    pub fn new(links: Links, window: usize, cap: Cap) -> Self {
        let found = Found {
            parts: Vec::new(),
            ends: Vec::new(),
            counts: Vec::new(),
            table: HashTable::new(),
        };
        Discovery { links, window, cap, paths: Paths::default(), found, capped: Capped::default() }
    }

    /// Counts the templates of a clause.
    ///
    /// # Errors
    /// [`Error::Query`] where there are more distinct templates than can be numbered, and where the
    /// strongest paths do not fit into memory.
    pub fn add(&mut self, clause: &[u32]) -> Result<()> {
        let (found, mut parts) = (&mut self.found, Vec::new());
        let mut outcome = Ok(());
        let total = self.paths.each(clause, self.window, &self.links, self.cap, |path| {
            template_of(clause, path, &mut parts);
            if outcome.is_ok() {
                outcome = found.count(&parts);
            }
        })?;
        if total > self.cap.paths as u64 {
            self.capped.clauses += 1;
            self.capped.most = self.capped.most.max(total);
        }
        outcome
    }

    /// What the cap left out so far.
    pub fn capped(&self) -> Capped {
        self.capped
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
            "a higher min_pmi or min_proba links fewer words, and max_paths = 100 takes fewer \
             paths of a clause; SET memory = 2GiB allows more",
        ))
    }

    /// The templates within the limits, in the order in which they were first found.
    pub fn templates(&self, limits: &Limits) -> Vec<Counted> {
        let total = log(self.found.counts.iter().sum());
        let min_proba = limits.thresholds.min_proba;
        let least = if min_proba > 0.0 { min_proba.ln() } else { -100.0 };
        let wanted = |parts: &[u32], count: u64| {
            let slots = parts.iter().filter(|part| **part == SLOT).count();
            count >= limits.min_count
                && log(count) - total > least
                && (limits.max_slots == 0 || slots as u64 <= limits.max_slots)
                && (limits.trivial || !is_trivial(parts))
        };
        let all = (0..self.found.counts.len()).map(|number| self.found.get(number));
        let part = |part: &u32| (*part != SLOT).then_some(*part);
        all.filter(|(parts, count)| wanted(parts, *count))
            .map(|(parts, count)| (parts.iter().map(part).collect(), count))
            .collect()
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

impl Found {
    fn get(&self, number: usize) -> (&[u32], u64) {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        (&self.parts[start..self.ends[number]], self.counts[number])
    }

    fn count(&mut self, parts: &[u32]) -> Result<()> {
        let Found { parts: all, ends, counts, table } = self;
        let of = |number: u32| {
            let number = number as usize;
            let start = number.checked_sub(1).map_or(0, |before| ends[before]);
            &all[start..ends[number]]
        };
        let found = table.find(hash(parts), |&number| of(number) == parts);
        if let Some(&number) = found {
            counts[number as usize] += 1;
            return Ok(());
        }
        let number = u32::try_from(counts.len())
            .map_err(|_| Error::query("more than 4 294 967 295 different templates"))?;
        table.insert_unique(hash(parts), number, |&number| hash(of(number)));
        all.extend_from_slice(parts);
        ends.push(all.len());
        counts.push(1);
        Ok(())
    }
}

fn hash(parts: &[u32]) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    parts.iter().for_each(|part| hasher.write_u32(*part));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::templates::skipgrams::SkipGrams;
    use std::collections::BTreeMap;

    const ALL: Limits = Limits {
        thresholds: Thresholds { min_proba: 0.0, min_pmi: 0.0 },
        min_count: 1,
        max_slots: 0,
        trivial: true,
    };

    fn found(clauses: &[&[u32]], cap: usize, limits: &Limits) -> BTreeMap<Vec<Option<u32>>, u64> {
        let mut counts = SkipGrams::new(3);
        clauses.iter().for_each(|clause| counts.count(clause));
        let cap = Cap { paths: cap, memory: 1 << 30 };
        let mut discovery = Discovery::new(counts.links(limits.thresholds), 3, cap);
        clauses.iter().for_each(|clause| discovery.add(clause).unwrap());
        discovery.templates(limits).into_iter().collect()
    }

    #[test]
    fn words_left_out_are_slots() {
        // 1 and 3 attract each other; what stands before, between and after is different each time.
        let clauses: [&[u32]; 3] = [&[10, 1, 11, 3, 12], &[1, 13, 3], &[14, 15, 1, 16, 3]];
        let strict = Limits {
            thresholds: Thresholds { min_proba: 0.09, min_pmi: 0.5 },
            trivial: false,
            ..ALL
        };
        let found = found(&clauses, 100, &strict);
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
        let clauses: [&[u32]; 4] = [&[1, 2], &[1, 2], &[3], &[1, 4, 2]];
        let all = found(&clauses, 100, &ALL);
        assert_eq!(all.get(&vec![Some(1), Some(2)]), Some(&2));
        let frequent = found(&clauses, 100, &Limits { min_count: 2, ..ALL });
        assert_eq!(frequent.into_iter().collect::<Vec<_>>(), [(vec![Some(1), Some(2)], 2)]);
        let few = found(&clauses, 100, &Limits { max_slots: 1, ..ALL });
        assert!(few.keys().all(|parts| parts.iter().filter(|part| part.is_none()).count() <= 1));
    }

    #[test]
    fn the_cap_is_reported() {
        let clause: Vec<u32> = (0..30).collect();
        let mut counts = SkipGrams::new(3);
        counts.count(&clause);
        let cap = Cap { paths: 5, memory: 1 << 30 };
        let mut discovery = Discovery::new(counts.links(ALL.thresholds), 3, cap);
        discovery.add(&clause).unwrap();
        assert_eq!(discovery.capped().clauses, 1);
        assert!(discovery.capped().most > 1_000_000);
        assert_eq!(discovery.templates(&ALL).len(), 5);
        assert!(discovery.fits(1).unwrap_err().to_string().contains("5 different templates"));
    }
}
