//! Text to symbols: streams of numbers, with new symbols numbered for the batch only.
//!
//! Each thread fills one [`TokenStream`]. What the dictionary knows gets its symbol at once; what
//! it does not gets a provisional number from the end of the dictionary on. When the batch is
//! complete, [`settle`] gives the new ones symbols, the frequent first, the same whatever the
//! number of threads was.

use super::dictionary::{CharacterTable, Dictionary, Interner};
use super::layout::{MAX_ORDER, Totals};
use super::window::BOUNDARY;
use crate::control::on_threads;
use crate::text::{Splitter, UnitSink};

/// Symbols of a part of a batch: a boundary, then runs of text, each closed by a boundary.
pub(super) struct TokenStream {
    symbols: Vec<u32>,
    characters: CharacterTable,
    /// Every string met so far, known to the dictionary or not.
    strings: Interner,
    numbers: Vec<u32>,
    /// Which strings the provisional numbers stand for, in order.
    new: Vec<u32>,
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
            strings: Interner::default(),
            numbers: Vec::new(),
            new: Vec::new(),
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
        self.symbols.capacity() * 4
            + self.strings.memory()
            + self.numbers.capacity() * 4
            + self.new.capacity() * 4
            + self.characters.memory()
    }

    /// The texts of the provisional numbers, in order.
    fn new_texts(&self) -> impl Iterator<Item = &str> {
        self.new.iter().map(|&place| self.strings.text(place as usize).unwrap_or_default())
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
        let place = self.stream.strings.intern(text);
        match self.stream.numbers.get(place as usize) {
            Some(&number) => number,
            None => self.new_string(text, place),
        }
    }

    #[cold]
    fn new_string(&mut self, text: &str, place: u32) -> u32 {
        let stream = &mut *self.stream;
        let number = self.dictionary.find(text).unwrap_or_else(|| {
            stream.new.push(place);
            let new = u32::try_from(stream.new.len()).unwrap_or(u32::MAX);
            stream.base.saturating_add(new - 1)
        });
        stream.numbers.push(number);
        number
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
pub(super) fn settle(streams: Vec<TokenStream>, dictionary: &mut Dictionary) -> Settled {
    let base = dictionary.end() as usize;
    let counted: Vec<Vec<u64>> = on_threads(streams.iter().collect(), |stream: &TokenStream| {
        let mut counts = vec![0u64; base + stream.new.len()];
        for &symbol in &stream.symbols[..stream.symbols.len() - 1] {
            counts[symbol as usize] += 1;
        }
        counts
    });
    let finals = number(&streams, &counted, dictionary);
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
    streams: &[TokenStream],
    counted: &[Vec<u64>],
    dictionary: &mut Dictionary,
) -> Vec<Vec<u32>> {
    let base = dictionary.end() as usize;
    let (mut texts, mut sums) = (Interner::default(), Vec::new());
    let mut places: Vec<Vec<u32>> = Vec::with_capacity(streams.len());
    for (stream, counts) in streams.iter().zip(counted) {
        let place = |(text, count): (&str, &u64)| {
            let place = texts.intern(text);
            if place as usize == sums.len() {
                sums.push(0);
            }
            sums[place as usize] += count;
            place
        };
        places.push(stream.new_texts().zip(&counts[base..]).map(place).collect());
    }
    let text = |place: u32| texts.text(place as usize).unwrap_or_default();
    let mut ranked: Vec<(u64, u32)> = sums.into_iter().zip(0..).collect();
    ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| text(a.1).cmp(text(b.1))));
    let mut symbols = vec![BOUNDARY; ranked.len()];
    for (_, place) in ranked {
        symbols[place as usize] = dictionary.add(text(place));
    }
    for place in places.iter_mut().flatten() {
        *place = symbols[*place as usize];
    }
    places
}
