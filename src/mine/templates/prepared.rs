//! A set of templates ready for PARSE, and the same as bytes: what is stored beside the rows of a
//! saved set, so that nobody reads them one by one and grows the trie again.
//!
//! ```text
//! version    1 byte
//! sizes      how many words, nodes, edges, templates, parts there are
//! words      by word, where its text ends in the texts
//! nodes      by node, where its edges begin, where those after a slot begin, the template that
//!            ends there, the one that ends with a slot after it; the last only ends the edges
//! edges      a word and a node each
//! templates  by template, where its parts end; then by template, the count in 8 bytes
//! parts      the numbers of words, all ones for a slot
//! texts      those of the words, one after the other
//! ```
//!
//! Numbers have 4 bytes, little-endian, where nothing else is said.

use std::sync::{Arc, OnceLock};

use crate::error::{Error, Result};
use crate::index::{Interner, prefetch};
use crate::mine::templates::chart::{Score, scaled};
use crate::mine::templates::discovery::SLOT;
use crate::mine::templates::skipgrams::log;
use crate::mine::templates::template::{Template, text_of};
use crate::mine::templates::trie::{Edge, Growing, NONE, Node, TemplateIndex};

/// The first byte of a set as bytes.
const VERSION: u8 = 1;

/// Templates with their counts, each once, and an index over them.
pub struct TemplateSet {
    index: TemplateIndex,
    counts: Vec<u64>,
    /// By template, ln of its share of all counts, in billionths.
    scores: Vec<Score>,
    /// By template, where its parts end.
    ends: Vec<u32>,
    parts: Vec<u32>,
    /// Without blanks between the words and with them.
    written: [Written; 2],
}

/// Templates as they are written, each since it was first asked for.
#[derive(Default)]
struct Written(OnceLock<Box<[OnceLock<Arc<str>>]>>);

impl TemplateSet {
    /// Of templates with counts. The counts of equal ones add up; those of count 0 are left out.
    pub fn new(templates: impl IntoIterator<Item = (Template, u64)>) -> Self {
        let mut growing = Growing::new();
        let (mut counts, mut ends, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for (template, count) in templates.into_iter().filter(|(_, count)| *count > 0) {
            let fresh = u32::try_from(counts.len()).unwrap_or(NONE);
            let number = growing.add(&template, fresh);
            if number == fresh {
                counts.push(0);
                parts.extend(template.parts().map(|part| part.map_or(SLOT, |w| growing.word(w))));
                ends.push(u32::try_from(parts.len()).unwrap_or(u32::MAX));
            }
            let own: &mut u64 = &mut counts[number as usize];
            *own = own.saturating_add(count);
        }
        TemplateSet::of(growing.finish(), counts, ends, parts)
    }

    fn of(index: TemplateIndex, counts: Vec<u64>, ends: Vec<u32>, parts: Vec<u32>) -> Self {
        let total = log(counts.iter().fold(0, |sum, count| sum.saturating_add(*count)));
        let scores = counts.iter().map(|count| scaled(log(*count) - total)).collect();
        TemplateSet { index, counts, scores, ends, parts, written: Default::default() }
    }

    /// The index over them.
    pub(super) fn index(&self) -> &TemplateIndex {
        &self.index
    }

    /// By template, ln of its share of all counts, in billionths.
    pub(super) fn scores(&self) -> &[Score] {
        &self.scores
    }

    /// Asks for a template as it is written that will be taken soon.
    #[inline]
    pub(super) fn prefetch_written(&self, number: u32, apart: bool) {
        if let Some(all) = self.written[usize::from(apart)].0.get() {
            prefetch(all, number as usize);
        }
    }

    /// A template as it is written, made once.
    pub(super) fn written(&self, number: u32, apart: bool) -> Arc<str> {
        let Written(all) = &self.written[usize::from(apart)];
        let all = all.get_or_init(|| self.ends.iter().map(|_| OnceLock::new()).collect());
        Arc::clone(all[number as usize].get_or_init(|| self.text(number, apart).into()))
    }

    /// A template as it is written; see [`Template::text`].
    pub fn text(&self, number: u32, apart: bool) -> String {
        let end = |number: usize| self.ends.get(number).map_or(0, |end| *end as usize);
        let start = (number as usize).checked_sub(1).map_or(0, end);
        let parts = self.parts.get(start..end(number as usize)).unwrap_or(&[]);
        let words = self.index.words();
        let texts = parts.iter().map(|part| match *part {
            SLOT => None,
            word => Some(words.text(word as usize).unwrap_or_default()),
        });
        text_of(texts, apart)
    }

    /// The set as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let words = self.index.words();
        let (nodes, edges) = self.index.parts();
        let lengths = [words.len(), nodes.len(), edges.len(), self.ends.len(), self.parts.len()];
        let mut texts = String::new();
        let word_ends = (0..words.len()).map(|word| {
            texts.push_str(words.text(word).unwrap_or_default());
            texts.len()
        });
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mut bytes = vec![VERSION];
        let mut put = |numbers: &mut dyn Iterator<Item = u32>| {
            numbers.for_each(|number| bytes.extend(number.to_le_bytes()));
        };
        put(&mut lengths.into_iter().chain(word_ends).map(narrow));
        put(&mut nodes.iter().flat_map(|n| [n.edges, n.after_slot, n.closed, n.open]));
        put(&mut edges.iter().flat_map(|(word, child)| [*word, *child]));
        put(&mut self.ends.iter().copied());
        self.counts.iter().for_each(|count| bytes.extend(count.to_le_bytes()));
        self.parts.iter().for_each(|part| bytes.extend(part.to_le_bytes()));
        bytes.extend(texts.as_bytes());
        bytes
    }

    /// Reads the bytes of [`Self::to_bytes`].
    ///
    /// # Errors
    /// [`Error::Corrupt`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let Some((&VERSION, rest)) = bytes.split_first() else { return Err(damaged()) };
        let mut reader = Reader(rest);
        let lengths = reader.numbers(5)?;
        let [words, nodes, edges, templates, parts] = lengths[..] else { return Err(damaged()) };
        let word_ends = reader.numbers(words)?;
        let nodes: Vec<Node> = reader.groups(nodes, |[edges, after_slot, closed, open]| Node {
            edges,
            after_slot,
            closed,
            open,
        })?;
        let edges: Vec<Edge> = reader.groups(edges, |[word, child]| (word, child))?;
        let ends = reader.numbers(templates)?;
        let count = |[low, high]: [u32; 2]| u64::from(low) | u64::from(high) << 32;
        let counts = reader.groups(templates, count)?;
        let parts = reader.numbers(parts)?;
        let is_part = |part: &u32| *part == SLOT || *part < words;
        let are_sound = are_sound(&nodes, &edges, words, templates)
            && ends.is_sorted()
            && ends.last().is_none_or(|end| *end as usize <= parts.len())
            && parts.iter().all(is_part);
        let words = read_words(reader.0, &word_ends).filter(|_| are_sound).ok_or_else(damaged)?;
        Ok(TemplateSet::of(TemplateIndex::of(words, nodes, edges), counts, ends, parts))
    }
}

/// Whether each node and edge names only what is there, and all edges lead on.
fn are_sound(nodes: &[Node], edges: &[Edge], words: u32, templates: u32) -> bool {
    let is_template = |template: u32| template == NONE || template < templates;
    let end = nodes.len().saturating_sub(1);
    let is_node = |(node, pair): (usize, &[Node])| {
        let [own, next] = pair else { return false };
        let range = edges.get(own.edges as usize..next.edges as usize);
        let leads_on = |(word, child): &Edge| {
            *word < words && (*child as usize) > node && (*child as usize) < end
        };
        own.edges <= own.after_slot
            && own.after_slot <= next.edges
            && range.is_some_and(|range| range.iter().all(leads_on))
            && is_template(own.closed)
            && is_template(own.open)
    };
    end > 0 && nodes.windows(2).enumerate().all(is_node)
}

/// The words that end at these places of their texts; `None` where they are no words, or one twice.
fn read_words(texts: &[u8], ends: &[u32]) -> Option<Interner> {
    let texts = simdutf8::basic::from_utf8(texts).ok()?;
    let mut words = Interner::default();
    let mut start = 0;
    for (number, &end) in (0u32..).zip(ends) {
        let text = texts.get(start..end as usize)?;
        start = end as usize;
        if words.intern(text) != number {
            return None;
        }
    }
    (start == texts.len()).then_some(words)
}

fn damaged() -> Error {
    Error::corrupt("a prepared set of templates is damaged")
}

/// Numbers from the front of some bytes.
struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn numbers(&mut self, count: u32) -> Result<Vec<u32>> {
        self.groups(count, |[number]| number)
    }

    /// Things that are made of `N` numbers each.
    fn groups<const N: usize, T>(
        &mut self,
        count: u32,
        make: impl Fn([u32; N]) -> T,
    ) -> Result<Vec<T>> {
        let bytes = (count as usize).saturating_mul(4 * N);
        let (own, rest) = self.0.split_at_checked(bytes).ok_or_else(damaged)?;
        self.0 = rest;
        let number = |group: &[u8], at: usize| {
            group[4 * at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
        };
        let group = |group: &[u8]| make(std::array::from_fn(|at| number(group, at)));
        Ok(own.chunks_exact(4 * N).map(group).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::templates::trie::tests::any_templates;
    use proptest::prelude::*;
    use std::ops::ControlFlow;

    fn set(templates: &[(&str, u64)]) -> TemplateSet {
        let parsed = templates.iter().map(|(text, count)| (Template::parse(text).unwrap(), *count));
        TemplateSet::new(parsed)
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(templates in any_templates()) {
            let counted: Vec<(Template, u64)> = templates.into_iter().zip(1..).collect();
            let set = TemplateSet::new(counted.clone());
            let again = TemplateSet::from_bytes(&set.to_bytes()).unwrap();
            prop_assert_eq!(&again.counts, &set.counts);
            prop_assert_eq!(again.index.parts(), set.index.parts());
            for (number, (template, count)) in (0u32..).zip(&counted) {
                prop_assert_eq!(again.text(number, false), template.text(false));
                prop_assert_eq!(again.text(number, true), template.text(true));
                for apart in [false, true, false] {
                    prop_assert_eq!(&*again.written(number, apart), &*template.text(apart));
                }
                prop_assert_eq!(again.counts[number as usize], *count);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
            changed in any::<(u16, u8)>(),
        ) {
            let _ = TemplateSet::from_bytes(&bytes);
            let mut own = set(&[("[X]a[X]b", 1), ("a b", 2), ("b[X]", 3)]).to_bytes();
            let place = usize::from(changed.0) % own.len();
            own[place] = changed.1;
            if let Ok(read) = TemplateSet::from_bytes(&own) {
                let words = ["a", "b", "c"].map(|word| read.index().word(word));
                let found = read.index().each_match(&words, |_| ControlFlow::Continue(()));
                prop_assert!(found.is_continue());
            }
        }
    }

    #[test]
    fn counts_beyond_all_bounds_are_harmless() {
        let most = set(&[("a", u64::MAX), ("b[X]", u64::MAX), ("a", 1)]);
        let read = TemplateSet::from_bytes(&most.to_bytes()).unwrap();
        assert_eq!((&read.counts, read.scores()), (&vec![u64::MAX; 2], &[0, 0][..]));
    }

    #[test]
    fn equal_templates_add_up_and_none_has_no_count() {
        let set = set(&[("[X]a", 2), ("b", 0), ("[X] a", 3)]);
        assert_eq!((&set.counts[..], set.text(0, false)), (&[5][..], "[X]a".to_owned()));
        assert_eq!(set.index().word("b"), crate::mine::templates::UNKNOWN);
    }
}
