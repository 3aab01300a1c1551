//! Text to symbols: streams of numbers, with new symbols numbered for the batch only.
//!
//! Each thread fills one [`TokenStream`]. What the dictionary knows gets its symbol at once; what
//! it does not gets a provisional number from the end of the dictionary on. When the batch is
//! complete, [`settle`] gives the new ones symbols, the frequent first, the same whatever the
//! number of threads was.

use std::sync::Arc;

use super::dictionary::{CharacterTable, Dictionary, Interner, Sought};
use super::layout::{MAX_ORDER, Totals};
use super::window::BOUNDARY;
use crate::control::on_threads;
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
    let finals = number(new, &counted, dictionary);
    let end = dictionary.end() as usize;
    let frequencies = counted.into_iter().zip(&finals).map(|(counts, finals)| {
        let mut frequencies = vec![0; end];
        frequencies[..base].copy_from_slice(&counts[..base]);
        for (&symbol, &count) in finals.iter().zip(&counts[base..]) {
            frequencies[symbol as usize] = count;
        }
        frequencies
    });
    let frequencies = frequencies.collect();
    let work = streams.into_iter().zip(finals).collect();
    let streams = on_threads(work, |(stream, finals): (TokenStream, Vec<u32>)| {
        let mut symbols = stream.symbols;
        for symbol in &mut symbols {
            if let Some(place) = (*symbol as usize).checked_sub(base) {
                *symbol = finals[place];
            }
        }
        symbols
    });
    Settled { streams, frequencies }
}

/// Adds the new texts of all streams to the dictionary; for each stream, the symbols of its
/// provisional numbers.
fn number(
    new: Vec<Interner>,
    counted: &[Vec<u64>],
    dictionary: &mut Arc<Dictionary>,
) -> Vec<Vec<u32>> {
    let base = dictionary.end();
    let counted = counted.iter().map(|counts| &counts[base as usize..]);
    let mut streams = new.into_iter().zip(counted);
    let Some((mut texts, counts)) = streams.next() else { return Vec::new() };
    let mut sums = counts.to_vec();
    // The places of all texts together are those of the first stream, to begin with.
    let mut finals: Vec<Vec<u32>> = vec![(0..).take(sums.len()).collect()];
    for (more, counts) in streams {
        let place = |(text, count): (&str, &u64)| {
            let place = texts.intern(text);
            if place as usize == sums.len() {
                sums.push(0);
            }
            sums[place as usize] += count;
            place
        };
        finals.push(more.iter().zip(counts).map(place).collect());
    }
    let order = ranked(&texts, &sums);
    // Others may read the dictionary as it was.
    if !order.is_empty() {
        Arc::make_mut(dictionary).extend(texts, &order);
    }
    let mut symbols = vec![BOUNDARY; order.len()];
    for (&place, symbol) in order.iter().zip(base..) {
        symbols[place as usize] = symbol;
    }
    for place in finals.iter_mut().flatten() {
        *place = symbols[*place as usize];
    }
    finals
}

/// The numbers of texts by rank: the frequent first, ties by text.
fn ranked(texts: &Interner, counts: &[u64]) -> Vec<u32> {
    // Where texts are equally frequent, their first bytes tell most of them apart.
    let key = |(text, &count): (&str, &u64)| u128::from(!count) << u64::BITS | head(text);
    let mut ranked: Vec<(u128, u32)> = texts.iter().zip(counts).map(key).zip(0..).collect();
    ranked.sort_unstable_by_key(|&(key, _)| key);
    let text = |&(_, number): &(u128, u32)| texts.text(number as usize);
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
