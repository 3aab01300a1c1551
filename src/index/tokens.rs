//! Text to symbols: streams of numbers, with new symbols numbered for the batch only.
//!
//! Each thread fills one [`TokenStream`]. What the dictionary knows gets its symbol at once; what
//! it does not gets a provisional number from the end of the dictionary on. When the batch is
//! complete, [`settle`] gives the new ones symbols, the frequent first, the same whatever the
//! number of threads was.

use std::ops::Range;
use std::sync::Arc;

use super::dictionary::{CharacterTable, Dictionary, Interner, Sought, Strings, Table};
use super::layout::{MAX_ORDER, Totals};
use super::window::BOUNDARY;
use crate::control::{both, on_threads};
use crate::text::{Splitter, UnitSink};

/// Symbols of a part of a batch: a boundary, then runs of text, each closed by a boundary. No two
/// share a line of the cache, which the threads that fill them would take from one another.
#[repr(align(128))]
pub(super) struct TokenStream {
    symbols: Vec<u32>,
    characters: CharacterTable,
    /// What the dictionary does not know, in the order of the provisional numbers.
    new: Interner,
    base: u32,
    run: usize,
    in_line: bool,
    totals: Totals,
}

/// Finds the symbols of strings while a stream is being filled.
struct Filling<'a> {
    stream: &'a mut TokenStream,
    dictionary: &'a Dictionary,
}

impl TokenStream {
    /// An empty stream on top of a dictionary.
    pub(super) fn new(dictionary: &Dictionary) -> Self {
        TokenStream {
            symbols: vec![BOUNDARY],
            characters: dictionary.characters().clone(),
            new: Interner::default(),
            base: dictionary.end(),
            run: 0,
            in_line: false,
            totals: Totals::default(),
        }
    }

    /// Appends the symbols of whole lines.
    pub(super) fn fill(&mut self, text: &str, splitter: &Splitter, dictionary: &Dictionary) {
        self.totals.bytes += text.len() as u64;
        let mut filling = Filling { stream: self, dictionary };
        splitter.feed(text, &mut filling);
        filling.boundary();
    }

    /// Sums of this stream.
    pub(super) fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Symbols in it.
    pub(super) fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Bytes it takes up.
    pub(super) fn memory(&self) -> usize {
        self.symbols.capacity() * 4 + self.new.memory() + self.characters.memory()
    }
}

impl Filling<'_> {
    #[inline(always)]
    fn push(&mut self, symbol: u32) {
        self.stream.symbols.push(symbol);
        self.stream.run += 1;
    }

    #[cold]
    fn new_character(&mut self, character: char) -> u32 {
        let text = character.encode_utf8(&mut [0; 4]).to_owned();
        let symbol = self.symbol_of(&text);
        self.stream.characters.set(character, symbol);
        symbol
    }

    #[inline]
    fn symbol_of(&mut self, text: &str) -> u32 {
        let sought = Sought::new(text);
        if let Some(symbol) = self.dictionary.seek(&sought) {
            return symbol;
        }
        let new = &mut self.stream.new;
        let number = new.seek(&sought).unwrap_or_else(|| new.add(&sought));
        self.stream.base.saturating_add(number)
    }
}

impl UnitSink for Filling<'_> {
    #[inline(always)]
    fn unit(&mut self, character: char) {
        let mut symbol = self.stream.characters.get(character);
        if symbol == 0 {
            symbol = self.new_character(character);
        }
        self.push(symbol);
    }

    #[inline]
    fn run(&mut self, text: &str) {
        let symbol = self.symbol_of(text);
        self.push(symbol);
    }

    #[inline(always)]
    fn boundary(&mut self) {
        let run = std::mem::take(&mut self.stream.run);
        if run == 0 {
            return;
        }
        self.stream.in_line = true;
        self.stream.symbols.push(BOUNDARY);
        for (length, sum) in (0..MAX_ORDER.min(run)).zip(&mut self.stream.totals.grams) {
            *sum += (run - length) as u64;
        }
    }

    #[inline]
    fn line(&mut self) {
        self.boundary();
        if std::mem::take(&mut self.stream.in_line) {
            self.stream.totals.sentences += 1;
        }
    }
}

/// Symbols with the frequency of each, all of them final.
pub(super) struct Settled {
    /// One stream a thread.
    pub streams: Vec<Vec<u32>>,
    /// For each stream, how often each symbol begins a window in it.
    pub frequencies: Vec<Vec<u64>>,
}

/// Gives the new symbols of all streams their places in the dictionary, the frequent first, ties
/// by text, and rewrites the streams.
pub(super) fn settle(mut streams: Vec<TokenStream>, dictionary: &mut Arc<Dictionary>) -> Settled {
    let base = dictionary.end() as usize;
    let counted: Vec<Vec<u64>> = on_threads(streams.iter().collect(), |stream: &TokenStream| {
        let mut counts = vec![0u64; base + stream.new.len()];
        for &symbol in &stream.symbols[..stream.symbols.len() - 1] {
            counts[symbol as usize] += 1;
        }
        counts
    });
    let new = streams.iter_mut().map(|stream| std::mem::take(&mut stream.new)).collect();
    let Numbered { places, symbols: new } = number(new, &counted, dictionary);
    let end = dictionary.end() as usize;
    let streams = streams.into_iter().map(|stream| stream.symbols);
    let work = streams.zip(places).zip(counted).collect();
    let settled = on_threads(work, |work: ((Vec<u32>, Vec<u32>), Vec<u64>)| {
        let ((mut symbols, places), counts) = work;
        let finals: Vec<u32> = places.into_iter().map(|place| new[place as usize]).collect();
        let mut frequencies = vec![0; end];
        frequencies[..base].copy_from_slice(&counts[..base]);
        for (&symbol, &count) in finals.iter().zip(&counts[base..]) {
            frequencies[symbol as usize] = count;
        }
        for symbol in &mut symbols {
            if let Some(place) = (*symbol as usize).checked_sub(base) {
                *symbol = finals[place];
            }
        }
        (symbols, frequencies)
    });
    let (streams, frequencies) = settled.into_iter().unzip();
    Settled { streams, frequencies }
}

/// The new texts of all streams together.
struct Numbered {
    /// For each stream, by its provisional numbers, the place of a text among all.
    places: Vec<Vec<u32>>,
    /// By place, the symbol.
    symbols: Vec<u32>,
}

/// Stands for a text that has no place yet.
const NOWHERE: u32 = u32::MAX;
/// Fewer new texts than this are not worth a thread; tests have few.
const LEAST_TEXTS: usize = if cfg!(test) { 4 } else { 1 << 12 };

/// Adds the new texts of all streams to the dictionary.
fn number(new: Vec<Interner>, counted: &[Vec<u64>], dictionary: &mut Arc<Dictionary>) -> Numbered {
    let is_worth_it = new.iter().map(Interner::len).sum::<usize>() >= LEAST_TEXTS;
    let threads = if is_worth_it { new.len() } else { 1 };
    let (base, is_first) = (dictionary.end(), dictionary.is_empty());
    let counted = counted.iter().map(|counts| &counts[base as usize..]);
    let mut streams = new.into_iter().zip(counted);
    let Some((first, counts)) = streams.next() else {
        return Numbered { places: Vec::new(), symbols: Vec::new() };
    };
    let (mut table, mut texts) = first.into_parts();
    let mut sums = counts.to_vec();
    // The places of all texts together are those of the first stream, to begin with.
    let mut places: Vec<Vec<u32>> = vec![(0..).take(sums.len()).collect()];
    for (more, counts) in streams {
        table.catch_up(&texts);
        let mut own = found(&more, (&table, &texts), threads);
        for ((text, place), count) in more.iter().zip(&mut own).zip(counts) {
            if *place == NOWHERE {
                *place = texts.push(text);
                sums.push(0);
            }
            sums[*place as usize] += count;
        }
        places.push(own);
    }
    // Only a dictionary without texts takes the table over.
    let catch_up = || is_first.then(|| table.catch_up(&texts));
    let (_, order) = both(threads, catch_up, || ranked(&texts, &sums));
    let mut ranks = vec![0; order.len()];
    for (&place, rank) in order.iter().zip(0..) {
        ranks[place as usize] = rank;
    }
    if !order.is_empty() {
        // Others may read the dictionary as it was.
        let dictionary = Arc::make_mut(dictionary);
        match is_first {
            true => dictionary.begin((table, texts), (&order, &ranks), threads),
            false => dictionary.extend(&texts, &order),
        }
    }
    let symbols = ranks.into_iter().map(|rank: u32| base.saturating_add(rank)).collect();
    Numbered { places, symbols }
}

/// Where each string of `sought` is among the texts.
fn found(sought: &Interner, (table, texts): (&Table, &Strings), threads: usize) -> Vec<u32> {
    let step = sought.len().div_ceil(threads).max(1);
    let ranges = (0..sought.len()).step_by(step).map(|from| from..sought.len().min(from + step));
    let found = on_threads(ranges.collect(), |range: Range<usize>| -> Vec<u32> {
        let strings = range.map(|number| Sought::new(sought.text(number).unwrap_or_default()));
        strings.map(|sought| table.seek(&sought, texts).unwrap_or(NOWHERE)).collect()
    });
    found.concat()
}

/// The numbers of texts by rank: the frequent first, ties by text.
fn ranked(texts: &Strings, counts: &[u64]) -> Vec<u32> {
    // Where texts are equally frequent, their first bytes tell most of them apart.
    let key = |(text, &count): (&str, &u64)| u128::from(!count) << u64::BITS | head(text);
    let mut ranked: Vec<(u128, u32)> = texts.iter().zip(counts).map(key).zip(0..).collect();
    ranked.sort_unstable_by_key(|&(key, _)| key);
    let text = |&(_, number): &(u128, u32)| texts.get(number as usize);
    for alike in ranked.chunk_by_mut(|a, b| a.0 == b.0) {
        alike.sort_unstable_by(|a, b| text(a).cmp(&text(b)));
    }
    ranked.into_iter().map(|(_, number)| number).collect()
}

/// The first eight bytes of a text, the first one highest, zeros behind it: as numbers in the order
/// of the texts, where they differ.
fn head(text: &str) -> u128 {
    let mut head = [0; 8];
    let length = text.len().min(head.len());
    head[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(head).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{TextOptions, Unit};
    use proptest::prelude::*;

    /// The texts of the dictionary, how often each begins a window, and the texts of each stream.
    type Seen = (Vec<String>, Vec<u64>, Vec<Vec<String>>);

    /// Settles lines of words that are dealt out to some streams.
    fn settled(known: &[String], lines: &[Vec<String>], streams: usize) -> Seen {
        let options = TextOptions { unit: Unit::Word, ..TextOptions::default() };
        let splitter = Splitter::new(&options);
        let mut dictionary = Dictionary::default();
        for text in known {
            dictionary.add(text);
        }
        let mut dictionary = Arc::new(dictionary);
        let mut all: Vec<TokenStream> =
            (0..streams).map(|_| TokenStream::new(&dictionary)).collect();
        for (number, line) in lines.iter().enumerate() {
            let line = format!("{}\n", line.join(" "));
            all[number % streams].fill(&line, &splitter, &dictionary);
        }
        let Settled { streams, frequencies } = settle(all, &mut dictionary);
        let mut sums = vec![0; dictionary.end() as usize];
        for own in &frequencies {
            sums.iter_mut().zip(own).for_each(|(sum, frequency)| *sum += frequency);
        }
        let text = |symbol: &u32| dictionary.text(*symbol).to_owned();
        let texts = (0..dictionary.end()).map(|symbol| text(&symbol)).collect();
        (texts, sums, streams.iter().map(|own| own.iter().map(text).collect()).collect())
    }

    proptest! {
        #[test]
        fn new_words_get_the_same_symbols_from_any_number_of_streams(
            known in proptest::collection::hash_set("[a-c]{1,2}", 0..4),
            lines in proptest::collection::vec(
                proptest::collection::vec("[a-d]{1,2}|[ab]{9,11}", 0..6), 0..12),
        ) {
            let known: Vec<String> = known.into_iter().collect();
            let (texts, sums, _) = settled(&known, &lines, 1);
            let new = &sums[known.len() + 2..];
            prop_assert!(new.is_sorted_by(|one, next| one >= next), "the frequent first");
            for streams in [1, 2, 3, 5] {
                let (own_texts, own_sums, own) = settled(&known, &lines, streams);
                prop_assert_eq!(&own_texts, &texts);
                // Each stream begins with a boundary of its own.
                prop_assert_eq!(&own_sums[2..], &sums[2..]);
                for (number, stream) in own.iter().enumerate() {
                    let lines = lines.iter().skip(number).step_by(streams);
                    let words = lines.filter(|line| !line.is_empty()).flat_map(|line| {
                        line.iter().map(String::as_str).chain([""])
                    });
                    prop_assert!(stream.iter().eq([""].into_iter().chain(words)));
                }
            }
        }
    }
}
