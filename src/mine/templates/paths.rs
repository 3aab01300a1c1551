//! The paths of a clause through its links: from each word that nothing links to, along links, to a
//! word that links to nothing. Each path is a template.
//!
//! nlp-zero walks all of them, and there may be exponentially many. Here they are counted first, by
//! dynamic programme; where there are more than the cap, only the strongest are taken.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::Range;

use crate::error::{Error, Result};
use crate::mine::templates::skipgrams::Links;
use crate::mine::templates::trail::Trail;

/// Finds the paths of clauses, one after the other, and keeps its buffers.
#[derive(Default)]
pub struct Paths {
    /// The links of the clause; those of a word stand together, to the nearest word first.
    links: Vec<Link>,
    /// By word of the clause, where its links are.
    ranges: Vec<Range<usize>>,
    /// Whether something links to the word.
    reached: Vec<bool>,
    /// How many paths lead on from the word.
    ahead: Vec<u64>,
    /// By word, its strongest continuations.
    best: Vec<Vec<Continuation>>,
    path: Vec<usize>,
    /// For each word of the path, which link is tried next, and the hash so far.
    tried: Vec<(usize, Trail)>,
}

/// The word that is linked to, and how strong the link is.
type Link = (usize, f64);

/// The strength of the rest of a path, the next word and the rank there; no next word at its end.
type Continuation = (f64, Option<(usize, usize)>);

/// Bytes of one continuation of a word.
const CONTINUATION_BYTES: u64 = 32;

/// How many paths are taken of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// At most so many.
    pub paths: usize,
    /// Bytes that finding the strongest may take.
    pub memory: u64,
}

impl Paths {
    /// Hands over each path of a clause as the places of its words, with a hash of the template
    /// that it makes where it has several, within the cap: the strongest by the sum of the PMI of
    /// their links, ties to the earlier words. Gives the number of paths that there are; `u64::MAX`
    /// stands for all beyond.
    ///
    /// # Errors
    /// [`Error::Query`] where finding the strongest would take more memory than is allowed.
    pub fn each(
        &mut self,
        clause: &[u32],
        window: usize,
        links: &Links,
        cap: Cap,
        mut take: impl FnMut(&[usize], u64),
    ) -> Result<u64> {
        // Most clauses are so: each word is a path.
        if clause.len() <= cap.paths && !links.join_any(clause, window) {
            (0..clause.len()).for_each(|place| take(&[place], 0));
            return Ok(clause.len() as u64);
        }
        self.link(clause, window, links);
        let starts = (0..clause.len()).filter(|&word| !self.reached[word]);
        let total = starts.map(|start| self.ahead[start]).fold(0, u64::saturating_add);
        if total <= cap.paths as u64 {
            for start in 0..clause.len() {
                if !self.ranges[start].is_empty() && !self.reached[start] {
                    self.walk(clause, start, &mut take);
                } else if !self.reached[start] {
                    take(&[start], 0);
                }
            }
            return Ok(total);
        }
        let wanted = (cap.paths as u64).saturating_mul(clause.len() as u64 * CONTINUATION_BYTES);
        if wanted > cap.memory {
            let message = format!(
                "the {} strongest paths of a clause of {} words take more than the {} MB that are \
                 allowed",
                cap.paths,
                clause.len(),
                cap.memory >> 20
            );
            return Err(Error::query(message).hint("a smaller max_paths, or SET memory = 4GiB"));
        }
        self.strongest(clause, cap.paths, &mut take);
        Ok(total)
    }

    /// Lays out the links of the clause and counts the paths that lead on from each word.
    fn link(&mut self, clause: &[u32], window: usize, links: &Links) {
        let length = clause.len();
        self.links.clear();
        self.ranges.clear();
        self.ranges.resize(length, 0..0);
        self.reached.clear();
        self.reached.resize(length, false);
        self.ahead.clear();
        self.ahead.resize(length, 1);
        for (place, &word) in clause.iter().enumerate().rev() {
            if !links.leads(word) {
                continue;
            }
            let first = self.links.len();
            let end = length.min(place.saturating_add(window).saturating_add(1));
            let mut ahead = 0u64;
            for (next, &other) in clause.iter().enumerate().take(end).skip(place + 1) {
                if let Some(strength) = links.get(word, other) {
                    self.links.push((next, strength));
                    self.reached[next] = true;
                    ahead = ahead.saturating_add(self.ahead[next]);
                }
            }
            self.ranges[place] = first..self.links.len();
            self.ahead[place] = ahead.max(1);
        }
    }

    /// All paths from a word.
    fn walk(&mut self, clause: &[u32], start: usize, take: &mut impl FnMut(&[usize], u64)) {
        self.path.clear();
        self.tried.clear();
        self.path.push(start);
        self.tried.push((self.ranges[start].start, Trail::start(clause, start)));
        while let (Some(&last), Some((next, trail))) = (self.path.last(), self.tried.last_mut()) {
            let ahead = &self.ranges[last];
            if ahead.is_empty() {
                take(&self.path, trail.end(clause, last));
            }
            if *next < ahead.end {
                let (word, _) = self.links[*next];
                *next += 1;
                let trail = trail.on(clause, last, word);
                self.path.push(word);
                self.tried.push((self.ranges[word].start, trail));
            } else {
                self.path.pop();
                self.tried.pop();
            }
        }
    }

    /// The strongest paths. From the last word to the first, each word keeps its strongest
    /// continuations, no more than are wanted in all.
    fn strongest(&mut self, clause: &[u32], cap: usize, take: &mut impl FnMut(&[usize], u64)) {
        let length = clause.len();
        self.best.iter_mut().for_each(Vec::clear);
        self.best.resize_with(length.max(self.best.len()), Vec::new);
        for place in (0..length).rev() {
            let mut mine = std::mem::take(&mut self.best[place]);
            let links = &self.links[self.ranges[place].clone()];
            strongest_of(links, &self.best, cap, |sum, next, rank| {
                mine.push((sum, Some((next, rank))));
            });
            if mine.is_empty() {
                mine.push((0.0, None));
            }
            self.best[place] = mine;
        }
        let starts = (0..length).filter(|&start| !self.reached[start]);
        let starts: Vec<Link> = starts.map(|start| (start, 0.0)).collect();
        let path = &mut self.path;
        strongest_of(&starts, &self.best, cap, |_, start, rank| {
            path.clear();
            let mut at = Some((start, rank));
            while let Some((word, rank)) = at {
                path.push(word);
                at = self.best[word][rank].1;
            }
            take(path, if path.len() > 1 { Trail::of(clause, path) } else { 0 });
        });
    }
}

/// The strongest of what continues some words, each of which adds its own strength: strength, word
/// and rank there. Among equals the earlier word comes first, and there the better rank.
fn strongest_of(
    words: &[Link],
    best: &[Vec<Continuation>],
    most: usize,
    mut take: impl FnMut(f64, usize, usize),
) {
    let head = |at: usize, rank: usize| {
        let (word, strength) = words[at];
        let (sum, _) = best[word].get(rank)?;
        Some(Head { sum: strength + sum, at, rank })
    };
    let mut heads: BinaryHeap<Head> = (0..words.len()).filter_map(|at| head(at, 0)).collect();
    for _ in 0..most {
        let Some(mut first) = heads.peek_mut() else { return };
        let Head { sum, at, rank } = *first;
        match head(at, rank + 1) {
            Some(next) => *first = next,
            None => drop(PeekMut::pop(first)),
        }
        take(sum, words[at].0, rank);
    }
}

/// The strongest of what is left of a word's continuations.
#[derive(Clone, Copy)]
struct Head {
    sum: f64,
    at: usize,
    rank: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.sum.total_cmp(&other.sum).then_with(|| other.at.cmp(&self.at))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::templates::skipgrams::{SkipGrams, Thresholds};
    use proptest::prelude::*;

    fn links(clauses: &[Vec<u32>], window: usize, min_pmi: f64) -> Links {
        let mut counts = SkipGrams::new(window);
        clauses.iter().for_each(|clause| counts.count(clause, 1));
        counts.links(Thresholds { min_proba: 0.0, min_pmi })
    }

    fn paths(clause: &[u32], window: usize, links: &Links, cap: usize) -> (u64, Vec<Vec<usize>>) {
        let mut found = Vec::new();
        let cap = Cap { paths: cap, memory: 1 << 30 };
        let total = Paths::default().each(clause, window, links, cap, |path, hash| {
            assert_eq!(hash, if path.len() > 1 { Trail::of(clause, path) } else { 0 });
            found.push(path.to_vec());
        });
        (total.unwrap(), found)
    }

    /// All paths as nlp-zero finds them: recursively, from every word that nothing links to.
    fn naive(clause: &[u32], window: usize, links: &Links) -> Vec<Vec<usize>> {
        let linked = |i: usize, j: usize| {
            j > i && j - i <= window && links.get(clause[i], clause[j]).is_some()
        };
        let n = clause.len();
        let mut open: Vec<Vec<usize>> =
            (0..n).filter(|&j| !(0..n).any(|i| linked(i, j))).map(|start| vec![start]).collect();
        let mut done = Vec::new();
        while let Some(path) = open.pop() {
            let last = *path.last().unwrap();
            let next: Vec<usize> = (0..n).filter(|&j| linked(last, j)).collect();
            if next.is_empty() {
                done.push(path);
            } else {
                open.extend(next.into_iter().map(|word| [&path[..], &[word]].concat()));
            }
        }
        done.sort();
        done
    }

    fn strength(clause: &[u32], path: &[usize], links: &Links) -> f64 {
        let steps = path.windows(2).map(|step| (clause[step[0]], clause[step[1]]));
        // From the end, as the sums are formed.
        steps.rev().fold(0.0, |sum, (one, two)| links.get(one, two).unwrap() + sum)
    }

    proptest! {
        #[test]
        fn all_paths_or_the_strongest(
            clauses in proptest::collection::vec(proptest::collection::vec(0u32..7, 0..9), 1..8),
            window in 1usize..4,
            min_pmi in -1.0f64..1.5,
            cap in 1usize..12,
        ) {
            let links = links(&clauses, window, min_pmi);
            for clause in &clauses {
                let all = naive(clause, window, &links);
                let (total, mut found) = paths(clause, window, &links, usize::MAX);
                found.sort();
                prop_assert_eq!(total, all.len() as u64);
                prop_assert_eq!(&found, &all);
                let mut strongest = all.clone();
                let by = |path: &Vec<usize>| strength(clause, path, &links);
                strongest.sort_by(|a, b| by(b).total_cmp(&by(a)).then_with(|| a.cmp(b)));
                strongest.truncate(cap);
                let (capped_total, mut capped) = paths(clause, window, &links, cap);
                prop_assert_eq!(capped_total, total);
                if total <= cap as u64 {
                    capped.sort();
                    strongest.sort();
                    prop_assert_eq!(&capped, &strongest);
                }
                // Which of two that are equally strong comes first may hang on a rounding.
                prop_assert_eq!(capped.len(), strongest.len());
                for (path, other) in capped.iter().zip(&strongest) {
                    prop_assert!(all.contains(path));
                    prop_assert!((by(path) - by(other)).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn a_fully_linked_clause_is_counted_and_not_walked() {
        let clause: Vec<u32> = (0..400).collect();
        let links = links(std::slice::from_ref(&clause), 5, 0.0);
        let (total, found) = paths(&clause, 5, &links, 10);
        assert_eq!(total, u64::MAX);
        assert_eq!(found.len(), 10);
        let cap = Cap { paths: 1 << 20, memory: 1 << 30 };
        let refused = Paths::default().each(&clause, 5, &links, cap, |_, _| {}).unwrap_err();
        assert!(refused.to_string().contains("strongest paths of a clause of 400"), "{refused}");
    }
}
