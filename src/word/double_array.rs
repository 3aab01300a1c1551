//! A trie of words in a double array, with a number at each word: built once, read from bytes.
//!
//! The child of a node by a code stands at the base of the node plus the code, and names its
//! parent. Sixteen bytes a node, and a step is one look at memory at most: each node has a bit for
//! the last five bits of the codes that go on from it, so that most steps into nowhere are not
//! taken. Codes are numbers from 1 up, the frequent ones small; what they stand for is the business
//! of whoever asks.

use crate::error::{Error, Result};

/// How many free places are tried for a node with several children before it goes to the end.
const TRIES: usize = 48;
/// The parent of a free place.
const FREE: u32 = u32::MAX;
/// Bytes of a node.
const NODE_BYTES: usize = 16;

/// A place of the array.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    base: u32,
    parent: u32,
    /// NaN where no word ends.
    value: f32,
    /// Of the codes that go on, one bit for each that their last five bits may be.
    next: u32,
}

const EMPTY: Node = Node { base: 0, parent: FREE, value: f32::NAN, next: 0 };

/// The node that all words begin at.
const ROOT: u32 = 0;

/// A place in the trie on the way through a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    node: u32,
    base: u32,
    next: u32,
}

/// Words as sequences of codes, each with a value.
#[derive(Clone, Debug, Default)]
pub(super) struct DoubleArray {
    nodes: Vec<Node>,
}

impl DoubleArray {
    /// Builds it from words in ascending order, each once and none empty.
    pub(super) fn new(words: &[(Vec<u32>, f32)]) -> Self {
        Builder::new().build(words)
    }

    /// The node after a code, if any word goes on so, and the value of the word that ends there,
    /// NaN where none does.
    #[inline(always)]
    pub(super) fn step(&self, node: At, code: u32) -> Option<(At, f32)> {
        if node.next >> (code & 31) & 1 == 0 {
            return None;
        }
        let next = node.base.wrapping_add(code);
        let found = self.nodes.get(next as usize)?;
        let at = At { node: next, base: found.base, next: found.next };
        (found.parent == node.node && code != 0).then_some((at, found.value))
    }

    /// Where all words begin.
    #[inline(always)]
    pub(super) fn root(&self) -> At {
        let root = self.nodes.first().copied().unwrap_or(EMPTY);
        At { node: ROOT, base: root.base, next: root.next }
    }

    /// Appends it to some bytes.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend((self.nodes.len() as u64).to_le_bytes());
        bytes.reserve(self.nodes.len() * NODE_BYTES);
        for node in &self.nodes {
            bytes.extend(node.base.to_le_bytes());
            bytes.extend(node.parent.to_le_bytes());
            bytes.extend(node.value.to_le_bytes());
            bytes.extend(node.next.to_le_bytes());
        }
    }

    /// Reads what [`Self::write`] has written, all of `bytes`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for anything of another length.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let damaged = || Error::corrupt("the automaton of a lexicon is damaged");
        let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(damaged)?;
        if (rest.len() / NODE_BYTES) as u64 != u64::from_le_bytes(*length)
            || !rest.len().is_multiple_of(NODE_BYTES)
        {
            return Err(damaged());
        }
        let word = |bytes: &[u8]| [bytes[0], bytes[1], bytes[2], bytes[3]];
        let nodes = rest.chunks_exact(NODE_BYTES).map(|node| Node {
            base: u32::from_le_bytes(word(&node[..4])),
            parent: u32::from_le_bytes(word(&node[4..8])),
            value: f32::from_le_bytes(word(&node[8..12])),
            next: u32::from_le_bytes(word(&node[12..])),
        });
        Ok(DoubleArray { nodes: nodes.collect() })
    }
}

struct Builder {
    nodes: Vec<Node>,
    /// By place, the free places after and before it; `nodes.len()` at the ends.
    after: Vec<u32>,
    before: Vec<u32>,
    first_free: u32,
    last_free: u32,
}

/// No place.
const NOWHERE: u32 = u32::MAX;

impl Builder {
    fn new() -> Self {
        let mut builder = Builder {
            nodes: Vec::new(),
            after: Vec::new(),
            before: Vec::new(),
            first_free: NOWHERE,
            last_free: NOWHERE,
        };
        builder.grow(1);
        builder.take(ROOT, ROOT);
        builder
    }

    fn build(mut self, words: &[(Vec<u32>, f32)]) -> DoubleArray {
        let mut open = vec![(ROOT, 0, 0..words.len())];
        let mut children: Vec<(u32, std::ops::Range<usize>)> = Vec::new();
        while let Some((node, depth, mut range)) = open.pop() {
            // A word sorts before those that go on from it.
            if words[range.clone()].first().is_some_and(|(codes, _)| codes.len() == depth) {
                self.nodes[node as usize].value = words[range.start].1;
                range.start += 1;
            }
            children.clear();
            let mut at = range.start;
            while at < range.end {
                let code = words[at].0[depth];
                let same = words[at..range.end].partition_point(|(codes, _)| codes[depth] == code);
                children.push((code, at..at + same));
                at += same;
            }
            if children.is_empty() {
                continue;
            }
            let base = self.base_for(&children);
            let codes = children.iter().map(|(code, _)| 1 << (code & 31));
            self.nodes[node as usize].next = codes.fold(0, |bits, bit: u32| bits | bit);
            self.nodes[node as usize].base = base;
            for (code, words) in children.drain(..).rev() {
                let place = base.wrapping_add(code);
                self.take(place, node);
                open.push((place, depth + 1, words));
            }
        }
        self.nodes
            .truncate(self.nodes.iter().rposition(|node| node.parent != FREE).unwrap_or(0) + 1);
        DoubleArray { nodes: self.nodes }
    }

    /// A base from which the places of all children are free.
    fn base_for(&mut self, children: &[(u32, std::ops::Range<usize>)]) -> u32 {
        let (first, last) = (children[0].0, children[children.len() - 1].0);
        let mut place = self.first_free;
        for _ in 0..TRIES {
            if place == NOWHERE {
                break;
            }
            if place >= first {
                let base = place - first;
                let is_free = |(code, _): &(u32, std::ops::Range<usize>)| {
                    let node = self.nodes.get((base + code) as usize);
                    node.is_none_or(|node| node.parent == FREE)
                };
                if children.iter().all(is_free) {
                    self.grow((base + last) as usize + 1);
                    return base;
                }
            }
            place = self.after[place as usize];
        }
        let end = u32::try_from(self.nodes.len()).unwrap_or(NOWHERE);
        let base = end.saturating_sub(first).max(end.min(1));
        let base = if base + first < end { end - first } else { base };
        self.grow((base + last) as usize + 1);
        base
    }

    /// Makes the array at least so long.
    fn grow(&mut self, length: usize) {
        while self.nodes.len() < length {
            let place = u32::try_from(self.nodes.len()).unwrap_or(NOWHERE);
            self.nodes.push(EMPTY);
            self.after.push(NOWHERE);
            self.before.push(self.last_free);
            match self.last_free {
                NOWHERE => self.first_free = place,
                last => self.after[last as usize] = place,
            }
            self.last_free = place;
        }
    }

    /// Takes a free place for a child of `parent`.
    fn take(&mut self, place: u32, parent: u32) {
        let at = place as usize;
        let (before, after) = (self.before[at], self.after[at]);
        match before {
            NOWHERE => self.first_free = after,
            before => self.after[before as usize] = after,
        }
        match after {
            NOWHERE => self.last_free = before,
            after => self.before[after as usize] = before,
        }
        self.nodes[at].parent = parent;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn find(array: &DoubleArray, codes: &[u32]) -> Option<f32> {
        let mut found = (array.root(), f32::NAN);
        for &code in codes {
            found = array.step(found.0, code)?;
        }
        Some(found.1).filter(|value| !value.is_nan())
    }

    proptest! {
        #[test]
        fn it_holds_its_words_and_no_others(
            words in prop::collection::btree_map(
                prop::collection::vec(1u32..9, 1..6), 0u8..100, 0..80),
            others in prop::collection::vec(prop::collection::vec(0u32..12, 1..7), 0..50),
        ) {
            let words: BTreeMap<Vec<u32>, u8> = words;
            let list: Vec<(Vec<u32>, f32)> =
                words.iter().map(|(word, &value)| (word.clone(), f32::from(value))).collect();
            let built = DoubleArray::new(&list);
            let mut bytes = Vec::new();
            built.write(&mut bytes);
            let array = DoubleArray::read(&bytes).unwrap();
            for (word, value) in &list {
                prop_assert_eq!(find(&array, word), Some(*value));
            }
            for word in others {
                let wanted = words.get(&word).map(|&value| f32::from(value));
                prop_assert_eq!(find(&array, &word), wanted);
            }
        }

        #[test]
        fn any_bytes_are_an_error_or_harmless(
            bytes in prop::collection::vec(any::<u8>(), 0..200), steps in any::<[u32; 8]>(),
        ) {
            if let Ok(array) = DoubleArray::read(&bytes) {
                let _ = find(&array, &steps);
            }
            let mut headed = ((bytes.len() / NODE_BYTES) as u64).to_le_bytes().to_vec();
            headed.extend(&bytes[..bytes.len() / NODE_BYTES * NODE_BYTES]);
            let array = DoubleArray::read(&headed).unwrap();
            let _ = find(&array, &steps);
        }
    }
}
