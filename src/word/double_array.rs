//! A trie of words in a double array, with a number at each word: built once, read from bytes.
//!
//! The child of a node by a code stands at the base of the node plus the code, and names its
//! parent. Sixteen bytes a node, and a step is one look at memory: each node has a bit for the last
//! five bits of the codes that go on from it, so that most steps into nowhere need not be taken.
//! Codes are numbers from 1 up, the frequent ones small; what they stand for is the business of
//! whoever asks.

use std::hint::select_unpredictable;
use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use super::coded::Coded;
use crate::error::{Error, Result};
use crate::index::{Room, prefetch};

/// How many places are tried for a node with several children before there are made more.
const TRIES: usize = 4096;
/// Nodes in a line of the cache.
const LINE: usize = 4;
/// The share of places that are more than nodes.
const SPARE: (usize, usize) = (1, 5);
/// The parent of a free place.
const FREE: u32 = u32::MAX;
/// The parent of the root: no step leads there.
const ABOVE: u32 = u32::MAX - 1;
/// Bytes of a node.
const NODE_BYTES: usize = 16;
/// The value where no word ends.
pub(super) const NO_WORD: i32 = i32::MIN;

/// A place of the array, in the byte order of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct Node {
    base: u32,
    parent: u32,
    value: i32,
    /// Of the codes that go on, one bit for each that their last five bits may be.
    next: u32,
}

const EMPTY: Node = Node { base: 0, parent: FREE, value: NO_WORD, next: 0 };

/// The node that all words begin at.
const ROOT: u32 = 0;

/// A place in the trie on the way through a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    node: u32,
    base: u32,
    next: u32,
}

impl At {
    /// Whether a word may go on by a code.
    #[inline(always)]
    pub(super) fn may_go_on(self, code: u32) -> bool {
        self.next >> (code & 31) & 1 == 1
    }
}

/// Words as sequences of codes, each with a value.
#[derive(Default)]
pub(super) struct DoubleArray {
    nodes: Room<Node>,
    pairs: Pairs,
}

/// A way through an array.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    nodes: &'a [Node],
    pairs: &'a Pairs,
}

/// Which pairs of codes words may begin with: one bit for several pairs. Most pairs in a text begin
/// no word, and each look at the array that is spared leaves the cache to the others.
struct Pairs {
    bits: Vec<u64>,
    /// Places are those of a table whose rows have this many bits, as a power of two, folded into
    /// the bits that there are: pairs of frequent codes are neighbours.
    row: u32,
}

/// How many bits there are for a pair, at least.
const PAIR_BITS: usize = 8;

impl Default for Pairs {
    fn default() -> Self {
        Pairs { bits: vec![0], row: 0 }
    }
}

impl Pairs {
    /// The pairs of an array.
    fn of(nodes: &[Node]) -> Self {
        let Some(root) = nodes.first() else { return Pairs::default() };
        let begins = |node: &Node| match nodes.get(node.parent as usize) {
            Some(before) if before.parent == ROOT => Some(*before),
            _ => None,
        };
        let second = |node: u32, before: &Node| node.wrapping_sub(before.base);
        let first = |node: &Node| node.parent.wrapping_sub(root.base);
        let found = nodes.iter().filter_map(begins).count();
        let bits = (found * PAIR_BITS).next_power_of_two().max(64);
        let mut pairs = Pairs { bits: vec![0; bits / 64], row: bits.trailing_zeros() / 2 };
        for (place, node) in (0..).zip(nodes) {
            if let Some(before) = begins(node) {
                let bit = pairs.bit(first(node), second(place, &before));
                pairs.bits[bit / 64] |= 1 << (bit % 64);
            }
        }
        pairs
    }

    #[inline(always)]
    fn bit(&self, first: u32, second: u32) -> usize {
        (first.wrapping_shl(self.row).wrapping_add(second)) as usize & (self.bits.len() * 64 - 1)
    }

    #[inline(always)]
    fn may_begin(&self, first: u32, second: u32) -> bool {
        let bit = self.bit(first, second);
        self.bits[bit / 64] >> (bit % 64) & 1 == 1
    }
}

impl DoubleArray {
    /// Builds it from words in ascending order, each once and none empty.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub(super) fn new(words: Coded<i32>) -> Result<Self> {
        let trie = Trie::new(&words);
        drop(words);
        Builder::build(&trie)
    }

    fn of(nodes: Room<Node>) -> Self {
        DoubleArray { pairs: Pairs::of(nodes.elements()), nodes }
    }

    /// What words are looked up with.
    #[inline(always)]
    pub(super) fn walk(&self) -> Walk<'_> {
        Walk { nodes: self.nodes.elements(), pairs: &self.pairs }
    }

    /// Appends it to some bytes.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        let nodes = self.nodes.elements();
        bytes.extend((nodes.len() as u64).to_le_bytes());
        bytes.reserve(nodes.len() * NODE_BYTES);
        for node in nodes {
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
        let mut room = Room::new(rest.len() / NODE_BYTES)?;
        let nodes = room.elements_mut();
        bytemuck::cast_slice_mut::<Node, u8>(nodes).copy_from_slice(rest);
        for node in nodes.iter_mut().filter(|_| cfg!(target_endian = "big")) {
            let Node { base, parent, value, next } = *node;
            let (base, parent, next) = (base.swap_bytes(), parent.swap_bytes(), next.swap_bytes());
            *node = Node { base, parent, value: value.swap_bytes(), next };
        }
        Ok(DoubleArray::of(room))
    }
}

impl Walk<'_> {
    /// Goes on by a code: whether any word does, where that leads, and the value of the word that
    /// ends there, [`NO_WORD`] where none does. No branch depends on what is found.
    #[inline(always)]
    pub(super) fn step(self, from: At, code: u32) -> (bool, At, i32) {
        let node = from.base.wrapping_add(code);
        let found = self.nodes.get(node as usize).unwrap_or(&EMPTY);
        let there = found.parent == from.node;
        let value = select_unpredictable(there, found.value, NO_WORD);
        (there, At { node, base: found.base, next: found.next }, value)
    }

    /// Asks for the node that a step by a code would look at, where it is going to be made.
    #[inline(always)]
    pub(super) fn prefetch(self, from: At, code: u32, is_wanted: bool) {
        let node = select_unpredictable(is_wanted, from.base.wrapping_add(code), ROOT);
        prefetch(self.nodes, node as usize);
    }

    /// Whether words may begin with a pair of codes.
    #[inline(always)]
    pub(super) fn may_begin(self, first: u32, second: u32) -> bool {
        self.pairs.may_begin(first, second)
    }

    /// Where all words begin.
    #[inline(always)]
    pub(super) fn root(self) -> At {
        let root = self.nodes.first().copied().unwrap_or(EMPTY);
        At { node: ROOT, base: root.base, next: root.next }
    }
}

/// The trie as such: nodes in the order of their depth, the children of a node side by side.
struct Trie {
    /// By node, its first child; its last is before the first one of the next node. Node 0 is the
    /// root, and so each other node is the child of one.
    first: Vec<u32>,
    /// By node, the code that leads to it, and its value.
    codes: Vec<u32>,
    values: Vec<i32>,
}

impl Trie {
    /// Of words in ascending order, each once and none empty. All words go down one level at a
    /// time, those side by side that are at the same node.
    fn new(words: &Coded<i32>) -> Self {
        let mut trie = Trie { first: Vec::new(), codes: vec![0], values: vec![NO_WORD] };
        // By node, how many children it has.
        let mut children = vec![0];
        // Words that go on, each with how many codes it shares with the word before, and its node.
        let shared = |word: usize| match word.checked_sub(1) {
            None => 0,
            Some(before) => {
                let both = words.word(before).iter().zip(words.word(word));
                both.take_while(|(one, other)| one == other).count()
            }
        };
        let all = (0..words.len()).map(|word| (number(word), number(shared(word)), ROOT));
        let mut open: Vec<(u32, u32, u32)> = all.collect();
        let mut depth = 0;
        while !open.is_empty() {
            open.retain_mut(|(word, shared, node)| {
                let codes = words.word(*word as usize);
                if *shared as usize <= depth {
                    trie.codes.push(codes[depth]);
                    trie.values.push(NO_WORD);
                    children[*node as usize] += 1;
                    children.push(0);
                }
                *node = number(trie.codes.len() - 1);
                let ends = codes.len() == depth + 1;
                if ends {
                    trie.values[*node as usize] = words.values()[*word as usize];
                }
                !ends
            });
            depth += 1;
        }
        trie.first.push(1);
        for own in children {
            trie.first.push(trie.first.last().map_or(0, |first| first + own));
        }
        trie
    }

    /// How many nodes it has.
    fn len(&self) -> usize {
        self.values.len()
    }

    /// The children of a node.
    fn children(&self, node: usize) -> Range<usize> {
        self.first[node] as usize..self.first[node + 1] as usize
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Finds places for nodes. Those with many children come first, when there is room, and are tried
/// anywhere: next to each other, nodes whose children are spread over all codes leave most places
/// empty. Those with one child fill the holes that are left.
struct Builder {
    /// By place, whether it is free.
    free: Vec<bool>,
    /// No place before it is free.
    first_free: usize,
    /// xorshift64, always the same.
    random: u64,
}

impl Builder {
    fn build(trie: &Trie) -> Result<DoubleArray> {
        let largest = trie.codes.iter().max().map_or(0, |&code| code as usize);
        let size = trie.len() + trie.len() * SPARE.0 / SPARE.1 + largest + 1;
        let mut builder = Builder { free: vec![true; size], first_free: 0, random: 1 };
        builder.take(ROOT);
        let children = |node: u32| trie.children(node as usize).len();
        let mut order: Vec<u32> =
            (0..number(trie.len())).filter(|&node| children(node) > 0).collect();
        order.sort_unstable_by_key(|&node| (std::cmp::Reverse(children(node)), node));
        let mut places = vec![ROOT; trie.len()];
        for node in order {
            let node = node as usize;
            let children = trie.children(node);
            let codes = &trie.codes[children.clone()];
            let base = builder.base_for(codes, places[node]);
            for (place, code) in places[children].iter_mut().zip(codes) {
                *place = base.wrapping_add(*code);
                builder.take(*place);
            }
        }
        let used = builder.free.iter().rposition(|free| !free).unwrap_or(0) + 1;
        drop(builder);
        let mut room = Room::new(used)?;
        let nodes = room.elements_mut();
        nodes.fill(EMPTY);
        nodes[ROOT as usize].parent = ABOVE;
        for (node, &place) in places.iter().enumerate() {
            let children = trie.children(node);
            let own = &mut nodes[place as usize];
            own.value = trie.values[node];
            if let Some(child) = children.clone().next() {
                own.base = places[child].wrapping_sub(trie.codes[child]);
            }
            let bits = trie.codes[children.clone()].iter().map(|code| 1 << (code & 31));
            own.next = bits.fold(0, |bits, bit: u32| bits | bit);
            for &child in &places[children] {
                nodes[child as usize].parent = place;
            }
        }
        Ok(DoubleArray::of(room))
    }

    /// A base from which the places of all children of a node are free. It may be below zero, and
    /// then wraps. A single child comes into the same line of the cache as its parent, if it can.
    fn base_for(&mut self, codes: &[u32], parent: u32) -> u32 {
        let (first, last) = (codes[0], codes[codes.len() - 1]);
        if first == last {
            let line = parent as usize / LINE * LINE;
            let near = (line..line + LINE).find(|&place| self.free.get(place) == Some(&true));
            let place = near.unwrap_or_else(|| self.next_free());
            return number(place).wrapping_sub(first);
        }
        let span = (last - first) as usize + 1;
        self.reach(span + 1);
        loop {
            for _ in 0..TRIES {
                let place = self.any(self.free.len() - span);
                let is_free = |code: &u32| self.free[place + (code - first) as usize];
                if codes.iter().all(is_free) {
                    return number(place).wrapping_sub(first);
                }
            }
            self.reach(self.free.len() + self.free.len() / 8 + span);
        }
    }

    /// The first free place.
    fn next_free(&mut self) -> usize {
        while self.free.get(self.first_free) == Some(&false) {
            self.first_free += 1;
        }
        self.reach(self.first_free + 1);
        self.first_free
    }

    /// A number from 0 to `most`.
    fn any(&mut self, most: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % (most as u64 + 1)).unwrap_or(0)
    }

    /// Makes the array at least so long.
    fn reach(&mut self, length: usize) {
        self.free.resize(self.free.len().max(length), true);
    }

    fn take(&mut self, place: u32) {
        self.free[place as usize] = false;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn find(array: &DoubleArray, codes: &[u32]) -> Option<i32> {
        let walk = array.walk();
        let (mut at, mut value) = (walk.root(), NO_WORD);
        if let [first, second, ..] = codes {
            walk.may_begin(*first, *second).then_some(())?;
        }
        for &code in codes {
            at.may_go_on(code).then_some(())?;
            let there;
            (there, at, value) = walk.step(at, code);
            there.then_some(())?;
        }
        Some(value).filter(|&value| value != NO_WORD)
    }

    proptest! {
        #[test]
        fn it_holds_its_words_and_no_others(
            words in prop::collection::btree_map(
                prop::collection::vec(1u32..9, 1..6), 0u8..100, 0..80),
            others in prop::collection::vec(prop::collection::vec(0u32..12, 1..7), 0..50),
        ) {
            let words: BTreeMap<Vec<u32>, u8> = words;
            let list: Vec<(Vec<u32>, i32)> =
                words.iter().map(|(word, &value)| (word.clone(), i32::from(value))).collect();
            let mut coded = Coded::default();
            list.iter().for_each(|(word, value)| coded.push(word, *value));
            let built = DoubleArray::new(coded).unwrap();
            let mut bytes = Vec::new();
            built.write(&mut bytes);
            let array = DoubleArray::read(&bytes).unwrap();
            for (word, value) in &list {
                prop_assert_eq!(find(&array, word), Some(*value));
            }
            for word in others {
                let wanted = words.get(&word).map(|&value| i32::from(value));
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
