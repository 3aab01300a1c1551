//! The words of segmented sentences as numbers, and the clauses between punctuation.
//!
//! A clause is what templates are found in and matched against: the words between two boundaries.
//! Blanks between words are neither a word nor a boundary where words stand apart. A word counts
//! as its units are spelled: what the corpus folds together is one word here.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::index::Interner;
use crate::text::{Splitter, TextOptions, Unit, UnitSink};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// The word of that number.
    Word(u32),
    /// A blank between words.
    Blank,
    /// What is no text: punctuation mostly.
    Boundary,
}

/// The same, with the word as its units are spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spelled<'t> {
    /// A word; what is no text within it stays as it is, as in 9.5.
    Word(Cow<'t, str>),
    /// A blank between words.
    Blank,
    /// What is no text.
    Boundary,
}

/// Tells what tokens are, as the options of a corpus say.
pub struct Spelling {
    splitter: Splitter,
    /// What stands between the units of a word, and between words where text is put together.
    separator: &'static str,
}

/// The words met so far, numbered in the order in which they came.
pub struct Vocabulary {
    spelling: Spelling,
    words: Interner,
    /// Tokens that are no word, or one that is spelled otherwise.
    others: FxHashMap<Box<str>, Token>,
}

/// The words of a clause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clause {
    /// Their numbers.
    pub words: Vec<u32>,
    /// Where each stands among the tokens of its sentence.
    pub places: Vec<usize>,
}

impl Clause {
    fn clear(&mut self) {
        self.words.clear();
        self.places.clear();
    }

    fn push(&mut self, word: u32, place: usize) {
        self.words.push(word);
        self.places.push(place);
    }
}

impl Spelling {
    /// As `options` say.
    pub fn new(options: &TextOptions) -> Self {
        let separator = if options.unit == Unit::Char { "" } else { " " };
        Spelling { splitter: Splitter::new(options), separator }
    }

    /// Whether words stand apart in the text.
    pub fn apart(&self) -> bool {
        !self.separator.is_empty()
    }

    /// What stands between words where text is put together.
    pub fn separator(&self) -> &'static str {
        self.separator
    }

    /// Whether a token is certain to be a word that is spelled as it stands: quick to tell.
    pub fn keeps(&self, token: &str) -> bool {
        !token.is_empty() && self.splitter.keeps(token)
    }

    /// What a token is.
    pub fn of<'t>(&self, token: &'t str) -> Spelled<'t> {
        if self.keeps(token) {
            return Spelled::Word(Cow::Borrowed(token));
        }
        let units = Units::of(token, &self.splitter, self.separator);
        match (units.spelled.is_empty(), units.boundaries > 0) {
            (true, true) => Spelled::Boundary,
            (true, false) => Spelled::Blank,
            (false, _) => Spelled::Word(Cow::Owned(self.spelled(token, units))),
        }
    }

    /// A word as its units are spelled.
    pub fn word(&self, word: &str) -> String {
        self.spelled(word, Units::of(word, &self.splitter, self.separator))
    }

    fn spelled(&self, word: &str, units: Units) -> String {
        if units.boundaries == 0 {
            return units.spelled;
        }
        let (mut spelled, mut after_unit) = (String::new(), false);
        for piece in self.splitter.pieces(word) {
            if piece.is_unit() {
                spelled.push_str(if after_unit { self.separator } else { "" });
                spelled.push_str(&piece.text);
                after_unit = true;
            } else if piece.boundary {
                spelled.push_str(&word[piece.start..piece.end]);
                after_unit = false;
            }
        }
        spelled
    }
}

impl Vocabulary {
    /// No words yet; `options` say what is a boundary.
    pub fn new(options: &TextOptions) -> Self {
        let (words, others) = (Interner::default(), FxHashMap::default());
        Vocabulary { spelling: Spelling::new(options), words, others }
    }

    /// How many words it has.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.words.len() == 0
    }

    /// The text of a word.
    pub fn text(&self, word: u32) -> &str {
        self.words.text(word as usize).unwrap_or_default()
    }

    /// Whether words stand apart in the text.
    pub fn apart(&self) -> bool {
        self.spelling.apart()
    }

    /// The text of some words in a row.
    pub fn join(&self, words: &[u32]) -> String {
        let texts: Vec<&str> = words.iter().map(|word| self.text(*word)).collect();
        texts.join(self.spelling.separator())
    }

    /// Whether a text is that of some words in a row, to the byte.
    #[inline]
    pub(super) fn spells(&self, words: impl Iterator<Item = u32>, text: &str) -> bool {
        let (mut rest, mut separator) = (text.as_bytes(), &b""[..]);
        for word in words {
            let found = rest.strip_prefix(separator);
            let Some(after) = found.and_then(|rest| rest.strip_prefix(self.text(word).as_bytes()))
            else {
                return false;
            };
            (rest, separator) = (after, self.spelling.separator.as_bytes());
        }
        rest.is_empty()
    }

    /// A word as its units are spelled; what is no text within it stays as it is, as in 9.5.
    pub fn spelled(&self, word: &str) -> String {
        self.spelling.word(word)
    }

    /// All words, by number.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.words.len()).map(|word| self.words.text(word).unwrap_or_default())
    }

    /// Adds a word that is spelled in this way.
    pub fn add(&mut self, word: &str) -> u32 {
        self.words.intern(word)
    }

    /// What a token is, where it was met before.
    #[inline]
    pub fn find(&self, text: &str) -> Option<Token> {
        let word = self.words.find(text).map(Token::Word);
        word.or_else(|| self.others.get(text).copied())
    }

    /// What a token is; a word that is new gets its number.
    pub fn token(&mut self, text: &str) -> Token {
        if let Some(token) = self.find(text) {
            return token;
        }
        let token = match self.spelling.of(text) {
            Spelled::Boundary => Token::Boundary,
            Spelled::Blank => Token::Blank,
            Spelled::Word(word) => Token::Word(self.words.intern(&word)),
        };
        // A word that is spelled as it stands has been found a place by now.
        if self.words.find(text).is_none() {
            self.others.insert(text.into(), token);
        }
        token
    }

    /// Hands over the clauses of a sentence, those without words left out.
    pub fn clauses<'t>(
        &mut self,
        tokens: impl IntoIterator<Item = &'t str>,
        mut each: impl FnMut(&Self, &Clause),
    ) {
        let mut clause = Clause::default();
        for (place, token) in tokens.into_iter().enumerate() {
            match self.token(token) {
                Token::Word(word) => clause.push(word, place),
                Token::Boundary if !clause.words.is_empty() => {
                    each(self, &clause);
                    clause.clear();
                }
                Token::Boundary | Token::Blank => {}
            }
        }
        if !clause.words.is_empty() {
            each(self, &clause);
        }
    }
}

/// The units of a token, one after the other.
struct Units {
    spelled: String,
    separator: &'static str,
    /// How often something in it is no text.
    boundaries: usize,
}

impl Units {
    fn of(token: &str, splitter: &Splitter, separator: &'static str) -> Self {
        let mut units = Units { spelled: String::new(), separator, boundaries: 0 };
        splitter.feed(token, &mut units);
        units
    }

    fn separate(&mut self) {
        if !self.spelled.is_empty() {
            self.spelled.push_str(self.separator);
        }
    }
}

impl UnitSink for Units {
    fn unit(&mut self, character: char) {
        self.separate();
        self.spelled.push(character);
    }

    fn run(&mut self, text: &str) {
        self.separate();
        self.spelled.push_str(text);
    }

    fn boundary(&mut self) {
        self.boundaries += 1;
    }

    /// The boundary that ends the line is none of the token.
    fn line(&mut self) {
        self.boundaries -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Case, Digits};

    fn clauses(tokens: &[&str], unit: Unit) -> Vec<Clause> {
        let mut vocabulary = Vocabulary::new(&TextOptions { unit, ..TextOptions::default() });
        let mut clauses = Vec::new();
        vocabulary.clauses(tokens.iter().copied(), |_, clause| clauses.push(clause.clone()));
        clauses
    }

    #[test]
    fn punctuation_parts_clauses() {
        let found = clauses(&["，", "鸡蛋", "可以", "，", " ", "可以", "？"], Unit::Char);
        let wanted = [(vec![0, 1], vec![1, 2]), (vec![1], vec![5])];
        assert_eq!(found, wanted.map(|(words, places)| Clause { words, places }));
    }

    #[test]
    fn what_is_folded_together_is_one_word() {
        let options = TextOptions { unit: Unit::Word, case: Case::Fold, ..TextOptions::default() };
        let mut vocabulary = Vocabulary::new(&options);
        assert_eq!(vocabulary.token("The"), Token::Word(0));
        assert_eq!(vocabulary.token("the"), Token::Word(0));
        assert_eq!(vocabulary.token("New York"), Token::Word(1));
        assert_eq!(vocabulary.join(&[0, 1]), "the new york");
    }

    #[test]
    fn a_point_within_a_number_is_part_of_it() {
        for digits in [Digits::Run, Digits::Char] {
            let mut vocabulary = Vocabulary::new(&TextOptions { digits, ..TextOptions::default() });
            let tokens = ["9.5", "95", "70%", "１００％"].map(|text| vocabulary.token(text));
            assert_eq!(tokens, [0, 1, 2, 3].map(Token::Word));
            assert_eq!(vocabulary.words().collect::<Vec<_>>(), ["9.5", "95", "70%", "100％"]);
        }
    }

    #[test]
    fn blanks_between_words_part_nothing() {
        let found = clauses(&["the", " ", "cat", ".", " ", "the"], Unit::Word);
        let wanted = [(vec![0, 1], vec![0, 2]), (vec![0], vec![5])];
        assert_eq!(found, wanted.map(|(words, places)| Clause { words, places }));
        assert!(clauses(&["。"], Unit::Char).is_empty());
    }
}
