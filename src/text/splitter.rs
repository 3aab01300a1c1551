//! Cuts text into units: the fast path, over many lines at once, that ingest takes.
//!
//! The same units with their places in the text come from [`Splitter::pieces`], in `pieces`; a
//! property test holds the two together. What a character is, is decided in `class`; where words
//! end, in `words`. Nothing here assigns symbols or counts.

use super::class::{Class, ClassTable, Entry};
use super::options::{Digits, Keep, Latin, Split, TextOptions, Unit};

/// The symbol text that all digit runs share under `digits = class`.
pub const DIGIT_CLASS: &str = "<0>";

/// The first byte of U+0300: no character before it joins what precedes.
const FIRST_CONTEXT: u8 = 0xCC;

/// Receives the units of a text, in order.
pub trait UnitSink {
    /// A unit of one character.
    fn unit(&mut self, c: char);
    /// A run of Latin letters or digits, or a word, of any length: one of a single character is the
    /// same symbol as that character.
    fn run(&mut self, text: &str);
    /// Something that is not text. May be called several times in a row.
    fn boundary(&mut self);
    /// The end of a line, with or without a line feed; always directly after a boundary.
    fn line(&mut self);
}

/// Cuts text into units as the options of a corpus say. Immutable: threads share one.
///
/// ```
/// use erya::text::{Splitter, TextOptions, UnitSink};
///
/// struct Collect(Vec<String>);
/// impl UnitSink for Collect {
///     fn unit(&mut self, c: char) {
///         self.0.push(c.to_string());
///     }
///     fn run(&mut self, text: &str) {
///         self.0.push(text.to_string());
///     }
///     fn boundary(&mut self) {
///         self.0.push("|".to_string());
///     }
///     fn line(&mut self) {}
/// }
///
/// let mut units = Collect(Vec::new());
/// Splitter::new(&TextOptions::default()).feed("黛玉，Ｍs 12岁\n", &mut units);
/// assert_eq!(units.0.join(" "), "黛 玉 | Ms | 12 岁 |");
/// ```
pub struct Splitter {
    pub(super) options: TextOptions,
    pub(super) table: ClassTable,
}

impl Splitter {
    /// A splitter for `options`. Items are cut as words between blanks, of which all are kept.
    pub fn new(options: &TextOptions) -> Self {
        let mut options = *options;
        if options.unit == Unit::Item {
            options.split = Split::Blank;
            options.keep = Keep::All;
        }
        if options.unit != Unit::Char {
            // Words ignore this option, but need to tell marks from letters.
            options.latin = Latin::Run;
        }
        Splitter { table: ClassTable::new(&options), options }
    }

    /// Hands the units of `text`, of any number of lines, to `sink`.
    ///
    /// No unit costs an allocation, and a run or word that the options leave as it is is a slice of
    /// `text`. Cutting a text between two lines and feeding the parts gives the same as the whole.
    pub fn feed(&self, text: &str, sink: &mut impl UnitSink) {
        match self.options.unit {
            Unit::Char => self.feed_characters(text, sink),
            Unit::Word | Unit::Item => self.feed_words(text, sink),
        }
    }

    fn feed_characters<S: UnitSink>(&self, text: &str, sink: &mut S) {
        let mut runs = Runs::new(self, text, sink);
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            at = match byte.is_ascii() {
                true => self.feed_ascii(at, byte, &mut runs),
                false => self.feed_beyond_ascii(at, &mut runs),
            };
        }
        runs.close(text.len());
        if !text.is_empty() && !text.ends_with('\n') {
            runs.sink.boundary();
            runs.sink.line();
        }
    }

    /// Feeds one ASCII character, or as much of a run as stays as it is. Returns where to go on.
    #[inline(always)]
    fn feed_ascii<S: UnitSink>(&self, at: usize, byte: u8, runs: &mut Runs<'_, S>) -> usize {
        let bytes = runs.text.as_bytes();
        let entry = self.table.get(char::from(byte));
        let class = entry.class();
        let mut end = at + 1;
        if matches!(class, Class::Latin | Class::Digit) && !entry.changed() {
            while bytes.get(end).is_some_and(|&next| self.table.continues_run(next, class)) {
                end += 1;
            }
        }
        if bytes.get(end).is_none_or(|&next| next < FIRST_CONTEXT) || class == Class::Newline {
            runs.passage(entry, class, at, end);
            return end;
        }
        // A mark may follow the last character of the run.
        if end - 1 > at {
            runs.passage(entry, class, at, end - 1);
        }
        self.feed_beyond_ascii(end - 1, runs)
    }

    /// Feeds characters up to one that nothing can join. Returns where to go on.
    #[inline(always)]
    fn feed_beyond_ascii<S: UnitSink>(&self, mut at: usize, runs: &mut Runs<'_, S>) -> usize {
        let (text, bytes) = (runs.text, runs.text.as_bytes());
        let (mut entry, mut end) = self.read(text, at);
        loop {
            let follows = bytes.get(end).is_some_and(|&next| next >= FIRST_CONTEXT);
            let ahead = if follows { self.read(text, end) } else { (entry, at) };
            let joined = follows && ahead.0.is(Class::Context);
            // The commonest first.
            if entry.is(Class::Letter) && !joined {
                runs.close(at);
                runs.sink.unit(entry.mapped());
            } else if joined || entry.needs_segment() {
                let end = self.segment_end(text, end);
                runs.expand(at, end);
                return end;
            } else {
                runs.character(entry.mapped(), entry.class(), at, entry.changed());
            }
            at = end;
            if !follows {
                return at;
            }
            (entry, end) = ahead;
        }
    }

    /// What stands at the byte `at`, and where it ends.
    #[inline(always)]
    fn read(&self, text: &str, at: usize) -> (Entry, usize) {
        let mut rest = text[at..].chars();
        let entry = rest.next().map_or(Entry::BOUNDARY, |c| self.table.get(c));
        (entry, text.len() - rest.as_str().len())
    }

    /// Where the segment ends whose first character ends at `at`.
    fn segment_end(&self, text: &str, at: usize) -> usize {
        let joins = |&(_, c): &(usize, char)| self.table.get(c).is(Class::Context);
        text[at..].char_indices().find(|next| !joins(next)).map_or(text.len(), |(end, _)| at + end)
    }

    /// The stable segments of `text`: each can be normalised by itself. A line feed is always one.
    pub(super) fn segments<'a>(&'a self, text: &'a str) -> Segments<'a> {
        Segments { splitter: self, text, at: 0 }
    }
}

/// A stretch of text that normalises independently of what surrounds it.
pub(super) struct Segment {
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// What the table says of its first character.
    pub(super) entry: Entry,
    joined: bool,
}

impl Segment {
    /// Whether the entry says it all: one character that becomes one character.
    #[inline(always)]
    pub(super) fn single(&self) -> bool {
        !self.joined && !self.entry.needs_segment()
    }
}

/// Iterates over the stable segments of a text.
pub(super) struct Segments<'a> {
    splitter: &'a Splitter,
    text: &'a str,
    at: usize,
}

impl Iterator for Segments<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        let start = self.at;
        if start == self.text.len() {
            return None;
        }
        let (entry, first) = self.splitter.read(self.text, start);
        let end = match entry.is(Class::Newline) {
            true => first,
            false => self.splitter.segment_end(self.text, first),
        };
        self.at = end;
        Some(Segment { start, end, entry, joined: end > first })
    }
}

/// Joins Latin letters and digits into runs on their way to the sink.
struct Runs<'a, S> {
    splitter: &'a Splitter,
    text: &'a str,
    sink: &'a mut S,
    /// `Latin` or `Digit` while such a run is open, else `Boundary`.
    open: Class,
    /// Where the open run begins in the text.
    start: usize,
    /// Whether the open run is in `buffer`, because it differs from the text.
    buffered: bool,
    buffer: String,
    expanded: String,
}

impl<'a, S: UnitSink> Runs<'a, S> {
    fn new(splitter: &'a Splitter, text: &'a str, sink: &'a mut S) -> Self {
        let (buffer, expanded) = (String::new(), String::new());
        let open = Class::Boundary;
        Runs { splitter, text, sink, open, start: 0, buffered: false, buffer, expanded }
    }

    /// Takes a character of a plain class that stands at `at`, mapped from what the text has there.
    #[inline(always)]
    fn character(&mut self, c: char, class: Class, at: usize, changed: bool) {
        match class {
            Class::Letter => {
                self.close(at);
                self.sink.unit(c);
            }
            Class::Latin | Class::Digit => self.extend(c, class, at, changed),
            Class::Mark if self.open == Class::Latin => self.extend(c, Class::Latin, at, changed),
            Class::Mark => {
                self.close(at);
                self.sink.unit(c);
            }
            Class::Newline => {
                self.close(at);
                self.sink.boundary();
                self.sink.line();
            }
            Class::Boundary | Class::Blank | Class::Expand | Class::Context => {
                self.close(at);
                self.sink.boundary();
            }
        }
    }

    /// Takes what stands from `at` to `end`: a character, or a run that stays as it is and
    /// begins with it.
    #[inline(always)]
    fn passage(&mut self, entry: Entry, class: Class, at: usize, end: usize) {
        self.character(entry.mapped(), class, at, entry.changed());
        if self.buffered {
            self.buffer.push_str(&self.text[at + 1..end]);
        }
    }

    /// Takes a segment that becomes other than one character for one.
    #[cold]
    #[inline(never)]
    fn expand(&mut self, start: usize, end: usize) {
        let mut expanded = std::mem::take(&mut self.expanded);
        expanded.clear();
        let table = &self.splitter.table;
        table.map(&self.text[start..end], &mut expanded);
        for c in expanded.chars() {
            self.character(c, table.get(c).plain(), start, true);
        }
        self.expanded = expanded;
    }

    #[inline]
    fn extend(&mut self, c: char, kind: Class, at: usize, changed: bool) {
        if self.open != kind {
            self.close(at);
            self.open = kind;
            self.start = at;
            self.buffered = false;
        }
        if changed && !self.buffered {
            self.buffer.clear();
            self.buffer.push_str(&self.text[self.start..at]);
            self.buffered = true;
        }
        if self.buffered {
            self.buffer.push(c);
        }
    }

    /// Ends the open run, if any, before the byte `at`.
    #[inline(always)]
    fn close(&mut self, at: usize) {
        if self.open != Class::Boundary {
            self.finish(at);
        }
    }

    fn finish(&mut self, at: usize) {
        if self.open == Class::Digit && self.splitter.options.digits == Digits::Class {
            self.sink.run(DIGIT_CLASS);
        } else if self.buffered {
            self.sink.run(&self.buffer);
        } else {
            self.sink.run(&self.text[self.start..at]);
        }
        self.open = Class::Boundary;
        self.buffered = false;
    }
}
