//! An index over templates: a trie whose edges are words, each directly after the word before it
//! or after a slot.
//!
//! A template without its first and last slot is its *core*: from its first word to its last. The
//! trie walks cores. Slots at the ends only widen a match: with one at its beginning, a core fits
//! every span that begins before it, and likewise at the end.

use std::ops::{ControlFlow, Range};

use rustc_hash::FxHashMap;

use crate::index::{Interner, prefetch};
use crate::mine::templates::template::Template;

/// A word that is in no template.
pub const UNKNOWN: u32 = u32::MAX;
/// The number of no template.
pub(super) const NONE: u32 = u32::MAX;
/// Up to so many edges are tried one by one.
const FEW: usize = 8;

/// Templates, ready to be looked for.
pub struct TemplateIndex {
    words: Interner,
    /// By word: where it leads from the root, directly and after a slot.
    begins: Vec<[NodeId; 2]>,
    /// The last one only ends the edges of the one before it.
    nodes: Vec<Node>,
    /// All edges: those of a node stand together, first those to words that follow directly, then
    /// those to words after a slot, each by word.
    edges: Vec<Edge>,
}

/// The number of a node of the trie; those that an edge leads to have higher ones.
pub(super) type NodeId = u32;

/// A word and the node that it leads to.
pub(super) type Edge = (u32, NodeId);

/// A node: what has been matched of a core up to one of its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Where its edges begin.
    pub edges: u32,
    /// Where those begin that follow after a slot.
    pub after_slot: u32,
    /// The template that ends here.
    pub closed: u32,
    /// The template that ends with a slot after this.
    pub open: u32,
}

/// The root, which nothing leads to.
const ROOT: NodeId = 0;

/// Where the core of a template is in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match<'m> {
    /// The number of the template, in the order in which they were given.
    pub template: u32,
    /// The places of its words, in order.
    pub places: &'m [usize],
    /// Whether a slot comes first: the span begins anywhere before the first place.
    pub leading: bool,
    /// Whether a slot comes last: the span ends anywhere after the last place.
    pub trailing: bool,
}

impl Match<'_> {
    /// The words with which a span of it may begin.
    pub fn starts(&self) -> Range<usize> {
        let first = self.places.first().copied().unwrap_or(0);
        if self.leading { 0..first } else { first..first + 1 }
    }

    /// The words before which a span of it may end, in a sentence of `length` words.
    pub fn ends(&self, length: usize) -> Range<usize> {
        let after = self.places.last().map_or(0, |last| last + 1);
        if self.trailing { after + 1..length + 1 } else { after..after + 1 }
    }
}

/// The trie while it grows.
pub(super) struct Growing {
    words: Interner,
    /// By node, whether a slot comes first, and word: the child.
    edges: FxHashMap<(NodeId, bool, u32), NodeId>,
    /// By node, the templates that end there, closed and with a slot; [`NONE`] for none.
    ends: Vec<[u32; 2]>,
}

impl Growing {
    /// A trie without templates.
    pub(super) fn new() -> Self {
        let (words, edges) = (Interner::default(), FxHashMap::default());
        Growing { words, edges, ends: vec![[NONE; 2]] }
    }

    /// The number of a word, new or not.
    pub(super) fn word(&mut self, text: &str) -> u32 {
        self.words.intern(text)
    }

    /// Adds a template under a number; gives the number of the equal one that is there already,
    /// else its own.
    pub(super) fn add(&mut self, template: &Template, number: u32) -> u32 {
        let (mut node, mut slot) = (ROOT, false);
        for part in template.parts() {
            let Some(word) = part else {
                slot = true;
                continue;
            };
            let word = self.words.intern(word);
            let next = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
            node = *self.edges.entry((node, slot, word)).or_insert(next);
            if node == next {
                self.ends.push([NONE; 2]);
            }
            slot = false;
        }
        let end = &mut self.ends[node as usize][usize::from(slot)];
        if *end == NONE {
            *end = number;
        }
        *end
    }

    /// The trie, ready to be walked.
    pub(super) fn finish(self) -> TemplateIndex {
        let Growing { words, edges, ends } = self;
        let mut all: Vec<((NodeId, bool, u32), NodeId)> = edges.into_iter().collect();
        all.sort_unstable();
        let mut at = 0;
        let mut past = |node: NodeId, slot: bool| {
            let here = all[at..].iter().take_while(|(key, _)| (key.0, key.1) == (node, slot));
            at += here.count();
            u32::try_from(at).unwrap_or(u32::MAX)
        };
        let mut nodes = Vec::with_capacity(ends.len() + 1);
        let mut start = 0;
        for (node, [closed, open]) in (0u32..).zip(ends) {
            let after_slot = past(node, false);
            nodes.push(Node { edges: start, after_slot, closed, open });
            start = past(node, true);
        }
        nodes.push(Node { edges: start, after_slot: start, closed: NONE, open: NONE });
        let edges = all.iter().map(|((_, _, word), child)| (*word, *child)).collect();
        TemplateIndex::of(words, nodes, edges)
    }
}

impl TemplateIndex {
    /// An index over templates. Of two that are equal, only the first is found.
    pub fn new(templates: &[Template]) -> Self {
        let mut growing = Growing::new();
        for (number, template) in (0u32..).zip(templates) {
            growing.add(template, number);
        }
        growing.finish()
    }

    /// From its parts, which fit together.
    pub(super) fn of(words: Interner, nodes: Vec<Node>, edges: Vec<Edge>) -> Self {
        let begins = vec![[ROOT; 2]; words.len()];
        let mut index = TemplateIndex { words, begins, nodes, edges };
        for (slot_first, edges) in [false, true].into_iter().zip(index.edges(ROOT)) {
            for at in edges {
                let (word, child) = index.edges[at];
                index.begins[word as usize][usize::from(slot_first)] = child;
            }
        }
        index
    }

    /// The number of a word, [`UNKNOWN`] where no template has it.
    pub fn word(&self, text: &str) -> u32 {
        self.words.find(text).unwrap_or(UNKNOWN)
    }

    /// The words of all templates.
    pub(super) fn words(&self) -> &Interner {
        &self.words
    }

    /// All nodes and edges.
    pub(super) fn parts(&self) -> (&[Node], &[Edge]) {
        (&self.nodes, &self.edges)
    }

    /// Where the edges of a node are: to the words that follow directly, and after a slot.
    fn edges(&self, node: NodeId) -> [Range<usize>; 2] {
        let [own, next] = [self.nodes[node as usize], self.nodes[node as usize + 1]];
        let middle = own.after_slot as usize;
        [own.edges as usize..middle, middle..next.edges as usize]
    }

    /// The edges to the words that follow directly.
    #[inline]
    pub(super) fn adjacent(&self, node: NodeId) -> &[Edge] {
        &self.edges[self.edges(node)[0].clone()]
    }

    /// The edges to the words that follow after a slot.
    #[inline]
    pub(super) fn after_slot(&self, node: NodeId) -> &[Edge] {
        &self.edges[self.edges(node)[1].clone()]
    }

    /// The template that ends at a node, and the one that ends with a slot after it.
    #[inline]
    pub(super) fn ends(&self, node: NodeId) -> [Option<u32>; 2] {
        let Node { closed, open, .. } = self.nodes[node as usize];
        [closed, open].map(|template| (template != NONE).then_some(template))
    }

    /// Where the first word of a core leads, one without a first slot or one with it.
    #[inline]
    pub(super) fn begin(&self, word: u32, slot_first: bool) -> Option<NodeId> {
        let begins = self.begins.get(word as usize)?;
        Some(begins[usize::from(slot_first)]).filter(|child| *child != ROOT)
    }

    /// Asks for where a word leads that will be looked at soon.
    #[inline]
    pub(super) fn prefetch_begins(&self, word: u32) {
        for child in self.begins.get(word as usize).into_iter().flatten() {
            prefetch(&self.nodes, *child as usize);
        }
    }

    /// Asks for the edges of a node that will be looked at soon.
    #[inline]
    pub(super) fn prefetch_edges(&self, node: NodeId) {
        prefetch(&self.edges, self.nodes[node as usize].edges as usize);
    }

    /// Hands over every match in a sentence until told to stop: each template with each choice of
    /// places for its words that leaves a word or more to each of its inner slots.
    pub fn each_match(
        &self,
        sentence: &[u32],
        mut take: impl FnMut(Match<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut known = Occurrences::default();
        known.fill(sentence);
        let mut search = Search { index: self, sentence, known: &known, places: Vec::new() };
        for (place, &word) in sentence.iter().enumerate() {
            for leading in [false, true] {
                if leading && place == 0 {
                    continue;
                }
                if let Some(child) = self.begin(word, leading) {
                    search.visit(child, place, leading, &mut take)?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// Where a word leads along some edges.
#[inline]
pub(super) fn follow(edges: &[Edge], word: u32) -> Option<NodeId> {
    if edges.len() <= FEW {
        return edges.iter().find(|(own, _)| *own == word).map(|(_, child)| *child);
    }
    let found = edges.binary_search_by_key(&word, |(own, _)| *own).ok()?;
    Some(edges[found].1)
}

/// The words of a sentence that are in some template, each with its places.
#[derive(Default)]
pub(super) struct Occurrences {
    /// A word with its range in `places`, by word.
    words: Vec<(u32, Range<usize>)>,
    places: Vec<usize>,
}

impl Occurrences {
    /// Takes up a sentence in place of the one before.
    pub(super) fn fill(&mut self, sentence: &[u32]) {
        let Occurrences { words, places } = self;
        places.clear();
        places.extend((0..sentence.len()).filter(|place| sentence[*place] != UNKNOWN));
        places.sort_unstable_by_key(|place| (sentence[*place], *place));
        words.clear();
        for (at, place) in places.iter().enumerate() {
            match words.last_mut() {
                Some((word, range)) if *word == sentence[*place] => range.end = at + 1,
                _ => words.push((sentence[*place], at..at + 1)),
            }
        }
    }

    /// The places of a word from one place on.
    fn from(&self, range: &Range<usize>, first: usize) -> &[usize] {
        let places = &self.places[range.clone()];
        &places[places.partition_point(|place| *place < first)..]
    }

    /// Hands over each edge whose word occurs from a place on, with the places where it does.
    /// Whichever is fewer, the edges or the words, is gone through.
    pub(super) fn each_edge(
        &self,
        edges: &[Edge],
        first: usize,
        mut take: impl FnMut(NodeId, &[usize]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if edges.len() < self.words.len() {
            for (word, child) in edges {
                let found = self.words.binary_search_by_key(word, |(own, _)| *own);
                let Ok(found) = found else { continue };
                let places = self.from(&self.words[found].1, first);
                if !places.is_empty() {
                    take(*child, places)?;
                }
            }
        } else {
            for (word, range) in &self.words {
                let places = self.from(range, first);
                if places.is_empty() {
                    continue;
                }
                if let Some(child) = follow(edges, *word) {
                    take(child, places)?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// The walk through the trie along one sentence.
struct Search<'s> {
    index: &'s TemplateIndex,
    sentence: &'s [u32],
    known: &'s Occurrences,
    places: Vec<usize>,
}

impl Search<'_> {
    /// Goes on from a node whose last word stands at `place`.
    fn visit(
        &mut self,
        node: NodeId,
        place: usize,
        leading: bool,
        take: &mut dyn FnMut(Match<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (index, length) = (self.index, self.sentence.len());
        self.places.push(place);
        for (template, trailing) in index.ends(node).into_iter().zip([false, true]) {
            if let Some(template) = template
                && !(trailing && place + 1 == length)
            {
                take(Match { template, places: &self.places, leading, trailing })?;
            }
        }
        if let Some(word) = self.sentence.get(place + 1)
            && let Some(child) = follow(index.adjacent(node), *word)
        {
            self.visit(child, place + 1, leading, take)?;
        }
        let edges = index.after_slot(node);
        if !edges.is_empty() {
            let known = self.known;
            known.each_edge(edges, place + 2, |child, places| {
                places.iter().try_for_each(|next| self.visit(child, *next, leading, take))
            })?;
        }
        self.places.pop();
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// A match with its span: template, from, to, places.
    pub(in crate::mine::templates) type Spanned = (u32, usize, usize, Vec<usize>);

    /// Every way in which the parts fit the words exactly; `from` is added to the places.
    pub(in crate::mine::templates) fn naive(
        parts: &[Option<&str>],
        words: &[&str],
        from: usize,
    ) -> Vec<Vec<usize>> {
        match parts.split_first() {
            None if words.is_empty() => vec![Vec::new()],
            None => Vec::new(),
            Some((Some(word), rest)) if words.first() == Some(word) => {
                let mut found = naive(rest, &words[1..], from + 1);
                found.iter_mut().for_each(|places| places.insert(0, from));
                found
            }
            Some((Some(_), _)) => Vec::new(),
            Some((None, rest)) => {
                let ways = 1..=words.len();
                ways.flat_map(|taken| naive(rest, &words[taken..], from + taken)).collect()
            }
        }
    }

    fn found(templates: &[Template], sentence: &[&str]) -> BTreeSet<Spanned> {
        let index = TemplateIndex::new(templates);
        let words: Vec<u32> = sentence.iter().map(|word| index.word(word)).collect();
        let mut found = BTreeSet::new();
        let done = index.each_match(&words, |each| {
            for from in each.starts() {
                for to in each.ends(words.len()) {
                    assert!(found.insert((each.template, from, to, each.places.to_vec())));
                }
            }
            ControlFlow::Continue(())
        });
        assert!(done.is_continue());
        found
    }

    fn templates(texts: &[&str]) -> Vec<Template> {
        texts.iter().map(|text| Template::parse(text).unwrap()).collect()
    }

    pub(in crate::mine::templates) fn any_templates() -> impl Strategy<Value = Vec<Template>> {
        let part = proptest::option::weighted(0.6, "[abcd]");
        let template =
            proptest::collection::vec(part, 1..6).prop_filter_map("no word", Template::new);
        proptest::collection::btree_set(template, 1..8)
            .prop_map(|templates| templates.into_iter().collect())
    }

    proptest! {
        #[test]
        fn finds_what_a_naive_matcher_finds(
            templates in any_templates(),
            sentence in proptest::collection::vec("[abcde]", 0..9),
        ) {
            let sentence: Vec<&str> = sentence.iter().map(String::as_str).collect();
            let mut wanted = BTreeSet::new();
            for (number, template) in (0u32..).zip(&templates) {
                let parts: Vec<Option<&str>> = template.parts().collect();
                for from in 0..sentence.len() {
                    for to in from + 1..=sentence.len() {
                        for places in naive(&parts, &sentence[from..to], from) {
                            wanted.insert((number, from, to, places));
                        }
                    }
                }
            }
            prop_assert_eq!(found(&templates, &sentence), wanted);
        }
    }

    #[test]
    fn neighbours_are_adjacent_and_spans_exact() {
        // nlp-zero lets 我 爱 match 我 很 爱, and 他 我 爱 from its first word on.
        let adjacent = templates(&["我 爱"]);
        let one = BTreeSet::from([(0, 0, 2, vec![0, 1])]);
        assert_eq!(found(&adjacent, &["我", "爱"]), one);
        assert_eq!(found(&adjacent, &["我", "很", "爱"]), BTreeSet::new());
        assert_eq!(found(&adjacent, &["他", "我", "爱"]), [(0, 1, 3, vec![1, 2])].into());
        assert_eq!(found(&adjacent, &["我", "爱", "吃"]), one);
        let slot = templates(&["我[X]你"]);
        assert_eq!(found(&slot, &["我", "你"]), BTreeSet::new());
        assert_eq!(found(&slot, &["我", "很", "想", "你"]), [(0, 0, 4, vec![0, 3])].into());
        let sentence = ["他", "我", "想", "你", "吗"];
        assert_eq!(found(&slot, &sentence), [(0, 1, 4, vec![1, 3])].into());
    }

    #[test]
    fn of_equal_templates_the_first_is_found() {
        let twice = templates(&["a[X]", "a[X]"]);
        assert_eq!(found(&twice, &["a", "b"]), [(0, 0, 2, vec![0])].into());
    }
}
