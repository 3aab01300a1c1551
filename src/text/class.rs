//! What a code point is under given options: a table filled as characters are first seen.
//!
//! Each entry packs two answers into 32 bits: what the character is as it stands in the text, with
//! its mapping, and what it is once mapped. Entries are written with relaxed atomics: threads that
//! race for one write the same bits, so a table is shared by plain reference. No text is cut here.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::options::{Case, Digits, Keep, Latin, Normalize, TextOptions, Unit};

/// Decimal digits of every script (general category Nd).
static DECIMAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\p{Nd}$"));
/// Characters of the Latin script.
static LATIN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\p{Latin}$"));

/// The entries for the options that were asked for so far. What a character is hangs on nothing
/// else, so that all tables share them, and they stay: the next query asks for the same.
static ENTRIES: Mutex<Vec<(TextOptions, &'static [AtomicU32])>> = Mutex::new(Vec::new());

/// The code points with an entry: planes 0 to 3 hold all letters; others are computed each time.
const TABLE_SIZE: usize = 0x4_0000;

const CHARACTER_BITS: u32 = 21;
const CLASS_BITS: u32 = 4;
const CHARACTER_MASK: u32 = (1 << CHARACTER_BITS) - 1;
const CLASS_MASK: u32 = (1 << CLASS_BITS) - 1;
const PLAIN_SHIFT: u32 = CHARACTER_BITS + CLASS_BITS;
const CHANGED: u32 = 1 << (PLAIN_SHIFT + CLASS_BITS);
const FILLED: u32 = CHANGED << 1;

/// What a character is for the splitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Not text: parts the units on its two sides.
    Boundary = 0,
    /// White space; a boundary between characters, nothing at all between words.
    Blank = 1,
    /// The line feed.
    Newline = 2,
    /// A unit of its own.
    Letter = 3,
    /// Part of a run of Latin letters.
    Latin = 4,
    /// Part of a run of digits.
    Digit = 5,
    /// Part of a Latin run that it directly follows, else a unit of its own.
    Mark = 6,
    /// Becomes several characters; whatever precedes does not matter.
    Expand = 7,
    /// Belongs to the stable segment of what precedes: a combining mark, a vowel sign, a jamo.
    Context = 8,
}

impl Class {
    /// By its bits; those beyond the last class do not occur.
    const ALL: [Class; 16] = {
        let mut all = [Class::Boundary; 16];
        all[Class::Blank as usize] = Class::Blank;
        all[Class::Newline as usize] = Class::Newline;
        all[Class::Letter as usize] = Class::Letter;
        all[Class::Latin as usize] = Class::Latin;
        all[Class::Digit as usize] = Class::Digit;
        all[Class::Mark as usize] = Class::Mark;
        all[Class::Expand as usize] = Class::Expand;
        all[Class::Context as usize] = Class::Context;
        all
    };

    /// Whether this is text: kept, and not a boundary. Asked of plain classes only.
    pub(super) fn is_kept(self) -> bool {
        [Class::Letter, Class::Latin, Class::Digit, Class::Mark].contains(&self)
    }

    #[inline(always)]
    fn from_bits(bits: u32) -> Class {
        Class::ALL[(bits & CLASS_MASK) as usize]
    }
}

/// What the table says of one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry(u32);

impl Entry {
    /// An entry of nothing.
    pub(super) const BOUNDARY: Entry = Entry(FILLED);

    fn new(mapped: char, class: Class, plain: Class, changed: bool) -> Self {
        let changed = if changed { CHANGED } else { 0 };
        let classes = ((class as u32) << CHARACTER_BITS) | ((plain as u32) << PLAIN_SHIFT);
        Entry(FILLED | changed | classes | u32::from(mapped))
    }

    /// What the character is as it stands in the text.
    #[inline(always)]
    pub(super) fn class(self) -> Class {
        Class::from_bits(self.0 >> CHARACTER_BITS)
    }

    /// Whether the class is `class`.
    #[inline(always)]
    pub(super) fn is(self, class: Class) -> bool {
        (self.0 >> CHARACTER_BITS) & CLASS_MASK == class as u32
    }

    /// What the character is when it is the outcome of the mapping: never `Expand` or `Context`.
    #[inline]
    pub(super) fn plain(self) -> Class {
        Class::from_bits(self.0 >> PLAIN_SHIFT)
    }

    /// What it is mapped to; the character itself for `Expand` and `Context`.
    #[inline(always)]
    pub(super) fn mapped(self) -> char {
        char::from_u32(self.0 & CHARACTER_MASK).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// Whether the mapping changes it, or may.
    #[inline(always)]
    pub(super) fn changed(self) -> bool {
        self.0 & CHANGED != 0
    }

    /// Whether it needs the segment that it stands in.
    #[inline(always)]
    pub(super) fn needs_segment(self) -> bool {
        self.is(Class::Expand) || self.is(Class::Context)
    }
}

/// The classes of all characters under one set of options.
pub(super) struct ClassTable {
    options: TextOptions,
    entries: &'static [AtomicU32],
    /// `Latin` or `Digit` for each ASCII character that is so and is not changed, else `Boundary`.
    ascii_runs: [Class; 128],
}

impl ClassTable {
    pub(super) fn new(options: &TextOptions) -> Self {
        let ascii_runs = [Class::Boundary; 128];
        let mut table = ClassTable { options: *options, entries: entries(options), ascii_runs };
        for byte in 0..128_u8 {
            let entry = table.get(char::from(byte));
            if !entry.changed() && matches!(entry.class(), Class::Latin | Class::Digit) {
                table.ascii_runs[usize::from(byte)] = entry.class();
            }
        }
        table
    }

    /// Whether `byte` is ASCII, belongs to runs of `class`, and stays as it is.
    #[inline(always)]
    pub(super) fn continues_run(&self, byte: u8, class: Class) -> bool {
        self.ascii_runs.get(usize::from(byte)).is_some_and(|&found| found == class)
    }

    /// What `c` is.
    #[inline(always)]
    pub(super) fn get(&self, c: char) -> Entry {
        match self.entries.get(c as usize) {
            Some(entry) => {
                let bits = entry.load(Ordering::Relaxed);
                if bits != 0 { Entry(bits) } else { self.fill(c) }
            }
            None => self.compute(c),
        }
    }

    #[cold]
    #[inline(never)]
    fn fill(&self, c: char) -> Entry {
        let entry = self.compute(c);
        if let Some(place) = self.entries.get(c as usize) {
            place.store(entry.0, Ordering::Relaxed);
        }
        entry
    }

    /// Appends what a stable segment becomes.
    pub(super) fn map(&self, segment: &str, out: &mut String) {
        match (self.options.normalize, self.options.case) {
            (Normalize::None, Case::Keep) => out.push_str(segment),
            (Normalize::None, Case::Fold) => segment.chars().for_each(|c| fold(c, out)),
            (Normalize::Nfkc, Case::Keep) => out.extend(segment.nfkc()),
            (Normalize::Nfkc, Case::Fold) => {
                // Folding can undo a composition, so what it gives is composed again.
                let mut folded = String::with_capacity(segment.len());
                segment.nfkc().for_each(|c| fold(c, &mut folded));
                out.extend(folded.nfkc());
            }
        }
    }

    fn compute(&self, c: char) -> Entry {
        let plain = self.plain(c);
        if plain == Class::Newline {
            return Entry::new(c, plain, plain, false);
        }
        if self.options.normalize == Normalize::Nfkc && joins_what_precedes(c) {
            return Entry::new(c, Class::Context, plain, true);
        }
        let mut mapped = String::new();
        self.map(c.encode_utf8(&mut [0; 4]), &mut mapped);
        let mut characters = mapped.chars();
        if let (Some(one), None) = (characters.next(), characters.next()) {
            return Entry::new(one, self.plain(one), plain, one != c);
        }
        // Between characters it does not matter how many boundaries there are, and an ellipsis that
        // took the slow path would slow every other line of Chinese.
        let all_boundary = mapped.chars().all(|one| self.plain(one) == Class::Boundary);
        let class = if all_boundary && self.options.unit == Unit::Char {
            Class::Boundary
        } else {
            Class::Expand
        };
        Entry::new(c, class, plain, true)
    }

    /// What `c` is if nothing is mapped any more.
    fn plain(&self, c: char) -> Class {
        let options = &self.options;
        let words = options.unit != Unit::Char;
        if c == '\n' {
            return Class::Newline;
        }
        if c.is_whitespace() && (words || options.keep != Keep::All) && c != '\r' {
            return Class::Blank;
        }
        if c == '\r' {
            return if words { Class::Blank } else { Class::Boundary };
        }
        let kept = match options.keep {
            Keep::All => true,
            Keep::Letters => is_letter_mark_or_number(c),
            Keep::Nlpzero => is_in_nlpzero(c),
        };
        if !kept {
            return Class::Boundary;
        }
        let mut buffer = [0; 4];
        let text: &str = c.encode_utf8(&mut buffer);
        if options.digits != Digits::Char && c.is_numeric() && DECIMAL.is_match(text) {
            return Class::Digit;
        }
        if options.latin == Latin::Run {
            if is_combining_mark(c) {
                return Class::Mark;
            }
            if c.is_alphabetic() && is_letter_mark_or_number(c) && LATIN.is_match(text) {
                return Class::Latin;
            }
        }
        Class::Letter
    }
}

/// The entries for some options.
fn entries(options: &TextOptions) -> &'static [AtomicU32] {
    let mut all = ENTRIES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, entries)) = all.iter().find(|(own, _)| own == options) {
        return entries;
    }
    // In place, so that what no text has asked for is memory that was never touched.
    let zeros = vec![0; TABLE_SIZE].into_iter();
    let entries: &'static [AtomicU32] = zeros.map(AtomicU32::new).collect::<Vec<_>>().leak();
    all.push((*options, entries));
    entries
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are valid")
}

/// Whether a stable segment cannot begin at `c`: its decomposition begins with a character that is
/// reordered after, or may compose with, what stands before it.
fn joins_what_precedes(c: char) -> bool {
    let first = std::iter::once(c).nfkd().next().unwrap_or(c);
    canonical_combining_class(first) != 0
        || is_nfkc_quick(std::iter::once(first)) == IsNormalized::Maybe
}

/// General categories L, M and N.
fn is_letter_mark_or_number(c: char) -> bool {
    // Alphabetic is wider than L: it takes these circled and squared letters, which are symbols.
    let symbol = matches!(c, '\u{24B6}'..='\u{24E9}' | '\u{1F130}'..='\u{1F189}');
    (c.is_alphabetic() && !symbol) || is_combining_mark(c) || c.is_numeric()
}

fn is_in_nlpzero(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{4E00}'..='\u{9FA5}').contains(&c)
}

/// Appends the full case folding of `c`, as the lower case of its upper case of its lower case.
///
/// It equates what Unicode's CaseFolding equates (for Cherokee it takes the small letter for the
/// representative); dotless ı, whose capital is I, stays apart as there.
fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
    } else if c == 'ı' {
        out.push(c);
    } else {
        let upper = c.to_lowercase().flat_map(char::to_uppercase);
        out.extend(upper.flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(options: TextOptions, c: char) -> (Class, char) {
        let entry = ClassTable::new(&options).get(c);
        (entry.class(), entry.mapped())
    }

    #[test]
    fn classes_under_the_default_options() {
        let options = TextOptions::default();
        assert_eq!(class(options, '中'), (Class::Letter, '中'));
        assert_eq!(class(options, 'Ａ'), (Class::Latin, 'A'));
        assert_eq!(class(options, '９'), (Class::Digit, '9'));
        assert_eq!(class(options, '٣'), (Class::Digit, '٣'));
        assert_eq!(class(options, '，').0, Class::Boundary);
        assert_eq!(class(options, '…').0, Class::Boundary);
        assert_eq!(class(options, '\u{3000}').0, Class::Blank);
        assert_eq!(class(options, '½').0, Class::Expand);
        assert_eq!(class(options, '\u{301}').0, Class::Context);
        assert_eq!(class(options, 'ﾞ').0, Class::Context);
        assert_eq!(class(options, '\u{1161}').0, Class::Context);
        assert_eq!(class(options, '\u{1F150}').0, Class::Boundary);
        assert_eq!(class(options, '🙂').0, Class::Boundary);
        assert_eq!(class(options, '𠀀'), (Class::Letter, '𠀀'));
        assert_eq!(class(options, '\u{E0100}').0, Class::Mark);
        assert_eq!(class(options, '\u{10FFFF}').0, Class::Boundary);
        assert_eq!(class(options, '①'), (Class::Digit, '1'));
    }

    #[test]
    fn what_is_kept() {
        let raw = TextOptions { normalize: Normalize::None, ..TextOptions::default() };
        assert_eq!(class(raw, 'Ⓐ').0, Class::Boundary);
        assert_eq!(class(raw, '①').0, Class::Letter);
        assert_eq!(class(raw, '\u{301}').0, Class::Mark);
        let all = TextOptions { keep: Keep::All, ..TextOptions::default() };
        assert_eq!(class(all, '\u{3000}'), (Class::Letter, ' '));
        assert_eq!(class(all, '\r').0, Class::Boundary);
        assert_eq!(class(all, '\n').0, Class::Newline);
        let zero = TextOptions { keep: Keep::Nlpzero, ..TextOptions::default() };
        assert_eq!(class(zero, 'Ａ'), (Class::Latin, 'A'));
        assert_eq!(class(TextOptions { normalize: Normalize::None, ..zero }, 'Ａ').0, {
            Class::Boundary
        });
        assert_eq!(class(zero, '㐀').0, Class::Boundary);
        assert_eq!(class(zero, '龥').0, Class::Letter);
        assert_eq!(class(zero, '龦').0, Class::Boundary);
    }

    #[test]
    fn folding() {
        let folded = |text: &str| {
            let options = TextOptions { case: Case::Fold, ..TextOptions::default() };
            let mut out = String::new();
            ClassTable::new(&options).map(text, &mut out);
            out
        };
        assert_eq!(folded("ß"), "ss");
        assert_eq!(folded("ẞ"), "ss");
        assert_eq!(folded("Σ"), "σ");
        assert_eq!(folded("ς"), "σ");
        assert_eq!(folded("ı"), "ı");
        assert_eq!(folded("H\u{331}"), "ẖ");
        assert_eq!(folded("Ａ"), "a");
    }

    /// The fast path rests on this: what is mapped one to one stays what it is when mapped again.
    #[test]
    fn a_mapped_character_is_stable() {
        for normalize in [Normalize::Nfkc, Normalize::None] {
            for case in [Case::Keep, Case::Fold] {
                let options = TextOptions { normalize, case, ..TextOptions::default() };
                let table = ClassTable::new(&options);
                for c in '\0'..=char::MAX {
                    let entry = table.compute(c);
                    if entry.needs_segment() || entry.class() == Class::Boundary {
                        continue;
                    }
                    let again = table.compute(entry.mapped());
                    assert_eq!((again.class(), again.mapped()), (entry.class(), entry.mapped()));
                    assert_eq!(again.plain(), entry.class(), "{c:?}");
                }
            }
        }
    }
}
