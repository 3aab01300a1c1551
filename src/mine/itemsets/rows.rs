//! Transactions as rows of codes, equal ones merged: a conditional database in flat arrays.
//!
//! Codes number the items of one conditional database. Below come the *heads*, by which itemsets
//! are extended, the most frequent in all data first; then the *guards*, which were heads earlier
//! in the search or may be in no itemset, and only decide what is closed or maximal.

use rustc_hash::FxHasher;
use std::hash::Hasher;
use std::ops::Range;

use super::ground::Ground;
use crate::control::on_threads;
use crate::index::prefetch;

/// No row, no code.
pub(super) const NONE: u32 = u32::MAX;

/// How many occurrences ahead codes are asked for.
const AHEAD: usize = 12;

/// Rows of codes, ascending.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Where the codes of each row lie.
    spans: Vec<Span>,
    codes: Vec<u32>,
    /// How many transactions each row stands for.
    weights: Vec<u32>,
    /// Rows by the hash of their heads; a power of two of places, at most half of them taken.
    table: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    /// Behind the heads.
    heads: u32,
    end: u32,
}

/// A row that holds a head, seen from that head.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Occurrence {
    start: u32,
    /// Where the head itself is.
    at: u32,
    end: u32,
    pub(super) weight: u32,
}

impl Occurrence {
    /// How many codes the row has besides the head, of those that count.
    #[inline]
    pub(super) fn others(self) -> usize {
        (self.end - self.start) as usize - 1
    }
}

/// For each of some heads in a row the rows that hold it.
#[derive(Debug, Default)]
pub(super) struct Occurrences {
    /// The first of the heads.
    first: usize,
    starts: Vec<u32>,
    places: Vec<Occurrence>,
}

/// How equal rows are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// Where all codes are equal.
    Equal,
    /// Where the heads are equal; guards are kept that all have. That is enough to see which
    /// guards are in every row of a set of rows, for rows of equal heads stay together.
    Common,
}

impl Rows {
    /// The frequent items of all transactions that matter: heads, then guards. So many threads
    /// read a part each.
    pub(super) fn of(ground: &Ground<'_>, threads: usize) -> Rows {
        let all = ground.transactions;
        let each = all.div_ceil(u32::try_from(threads).unwrap_or(u32::MAX)).max(1);
        let parts = (0..all).step_by(each as usize).map(|first| first..all.min(first + each));
        let parts = on_threads(parts.collect(), |part| Rows::part(ground, part));
        parts.into_iter().reduce(Rows::followed_by).unwrap_or_default()
    }

    fn part(ground: &Ground<'_>, part: Range<u32>) -> Rows {
        let heads = ground.heads.len();
        let mut spans = vec![Span { start: 0, heads: 0, end: 0 }; part.len()];
        let items = || ground.heads.iter().chain(&ground.guards).map(|counted| counted.item);
        for item in items() {
            ground.each_within(item, part.clone(), |row| {
                spans[(row - part.start) as usize].end += 1;
            });
        }
        let mut total = 0;
        for span in &mut spans {
            span.start = total;
            total += span.end;
            (span.heads, span.end) = (span.start, span.start);
        }
        let mut codes = vec![0; total as usize];
        for (place, (code, item)) in (0u32..).zip(items()).enumerate() {
            let is_head = u32::from(place < heads);
            ground.each_within(item, part.clone(), |row| {
                let span = &mut spans[(row - part.start) as usize];
                codes[span.end as usize] = code;
                span.end += 1;
                span.heads += is_head;
            });
        }
        spans.retain(|span| span.heads > span.start);
        let weights = vec![1; spans.len()];
        Rows { spans, codes, weights, table: Vec::new() }
    }

    fn followed_by(mut self, later: Rows) -> Rows {
        let before = number(self.codes.len());
        self.codes.extend(later.codes);
        self.weights.extend(later.weights);
        self.spans.extend(later.spans.iter().map(|span| Span {
            start: span.start + before,
            heads: span.heads + before,
            end: span.end + before,
        }));
        self
    }

    /// Empties the rows, and makes ready for so many.
    pub(super) fn clear(&mut self, rows: usize) {
        self.spans.clear();
        self.codes.clear();
        self.weights.clear();
        self.table.clear();
        self.table.resize((rows * 2).next_power_of_two(), NONE);
    }

    /// Adds the row of an occurrence, its codes translated, those that become [`NONE`] left out.
    /// Merges it with an equal row, and leaves out one without heads.
    pub(super) fn add(&mut self, from: &Rows, seen: Occurrence, map: &[u32], merge: Merge) {
        let start = self.codes.len();
        self.translate(from.before(seen), map);
        let heads = self.codes.len();
        if heads == start {
            return;
        }
        self.translate(from.behind(seen), map);
        let key = if merge == Merge::Equal { start..self.codes.len() } else { start..heads };
        let mut place = hash(&self.codes[key.clone()]) & (self.table.len() - 1);
        loop {
            let row = self.table[place];
            if row == NONE {
                break;
            }
            let span = self.spans[row as usize];
            let other = match merge {
                Merge::Equal => span.start as usize..span.end as usize,
                Merge::Common => span.start as usize..span.heads as usize,
            };
            if self.codes[key.clone()] == self.codes[other] {
                self.weights[row as usize] += seen.weight;
                if merge == Merge::Common {
                    self.keep_common(row as usize, heads);
                }
                self.codes.truncate(start);
                return;
            }
            place = (place + 1) & (self.table.len() - 1);
        }
        self.table[place] = number(self.spans.len());
        let [start, heads, end] = [start, heads, self.codes.len()].map(number);
        self.spans.push(Span { start, heads, end });
        self.weights.push(seen.weight);
    }

    fn translate(&mut self, codes: &[u32], map: &[u32]) {
        self.codes
            .extend(codes.iter().map(|&code| map[code as usize]).filter(|&code| code != NONE));
    }

    /// Keeps those guards of a row that stand at the end of the codes too, from `other` on.
    fn keep_common(&mut self, row: usize, other: usize) {
        let span = self.spans[row];
        let (kept, new) = self.codes.split_at_mut(other);
        let guards = &mut kept[span.heads as usize..span.end as usize];
        let mut new = new.iter().copied().peekable();
        let mut length = 0;
        for place in 0..guards.len() {
            let guard = guards[place];
            while new.next_if(|other| *other < guard).is_some() {}
            if new.peek() == Some(&guard) {
                guards[length] = guard;
                length += 1;
            }
        }
        self.spans[row].end = span.heads + number(length);
    }

    /// The occurrences, those to come asked for in time: their rows lie far apart.
    #[inline]
    pub(super) fn visit<'a>(
        &'a self,
        occurrences: &'a [Occurrence],
    ) -> impl Iterator<Item = Occurrence> + 'a {
        occurrences.iter().enumerate().map(|(place, seen)| {
            if let Some(later) = occurrences.get(place + AHEAD) {
                prefetch(&self.codes, later.start as usize);
            }
            *seen
        })
    }

    /// The heads before the one that an occurrence is of.
    #[inline]
    pub(super) fn before(&self, seen: Occurrence) -> &[u32] {
        &self.codes[seen.start as usize..seen.at as usize]
    }

    /// The heads and guards behind it.
    #[inline]
    pub(super) fn behind(&self, seen: Occurrence) -> &[u32] {
        &self.codes[seen.at as usize + 1..seen.end as usize]
    }
}

impl Occurrences {
    /// Sorts the occurrences of `heads`, those of [`Merge`] `guarded` with what is behind.
    pub(super) fn gather(&mut self, rows: &Rows, heads: Range<usize>, guarded: bool) {
        let (first, number) = (heads.start, heads.len());
        self.first = first;
        self.starts.clear();
        self.starts.resize(number + 2, 0);
        for span in &rows.spans {
            for &code in &rows.codes[span.start as usize..span.heads as usize] {
                if let Some(head) = (code as usize).checked_sub(first)
                    && head < number
                {
                    self.starts[head + 2] += 1;
                }
            }
        }
        for head in 2..number + 2 {
            self.starts[head] += self.starts[head - 1];
        }
        self.places.clear();
        self.places.resize(self.starts[number + 1] as usize, Occurrence::default());
        for (span, &weight) in rows.spans.iter().zip(&rows.weights) {
            for at in span.start..span.heads {
                let Some(head) = (rows.codes[at as usize] as usize).checked_sub(first) else {
                    continue;
                };
                if head >= number {
                    break;
                }
                // After this loop, what was written at `head + 1` is where the next one starts.
                let next = &mut self.starts[head + 1];
                let end = if guarded { span.end } else { at + 1 };
                self.places[*next as usize] = Occurrence { start: span.start, at, end, weight };
                *next += 1;
            }
        }
    }

    /// The occurrences of a head.
    #[inline]
    pub(super) fn of(&self, head: usize) -> &[Occurrence] {
        let head = head - self.first;
        &self.places[self.starts[head] as usize..self.starts[head + 1] as usize]
    }
}

fn hash(codes: &[u32]) -> usize {
    let mut hasher = FxHasher::default();
    for &code in codes {
        hasher.write_u32(code);
    }
    let hash = hasher.finish();
    usize::try_from(hash ^ hash >> 32).unwrap_or(0)
}

/// As a place within the codes, which are fewer than 2³².
#[inline]
fn number(place: usize) -> u32 {
    u32::try_from(place).expect("a search begins with fewer than 2³² postings")
}
