//! The words of segmented sentences as numbers, and the clauses between punctuation.
//!
//! A clause is what templates are found in and matched against: the words between two boundaries.
//! Blanks between words are neither a word nor a boundary where words stand apart. A word counts
//! as its units are spelled: what the corpus folds together is one word here.

use std::sync::Arc;

use rustc_hash::FxHashMap;

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

/// The words met so far, numbered in the order in which they came.
pub struct Vocabulary {
    splitter: Splitter,
    /// What stands between the units of a word, and between words where text is put together.
    separator: &'static str,
    tokens: FxHashMap<Arc<str>, Token>,
    words: Vec<Arc<str>>,
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

impl Vocabulary {
    /// No words yet; `options` say what is a boundary.
    pub fn new(options: &TextOptions) -> Self {
        let splitter = Splitter::new(options);
        let separator = if options.unit == Unit::Char { "" } else { " " };
        Vocabulary { splitter, separator, tokens: FxHashMap::default(), words: Vec::new() }
    }

    /// How many words it has.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The text of a word.
    pub fn text(&self, word: u32) -> &str {
        self.words.get(word as usize).map_or("", |text| text)
    }

    /// Whether words stand apart in the text.
    pub fn apart(&self) -> bool {
        !self.separator.is_empty()
    }

    /// The text of some words in a row.
    pub fn join(&self, words: &[u32]) -> String {
        let texts: Vec<&str> = words.iter().map(|word| self.text(*word)).collect();
        texts.join(self.separator)
    }

    /// A word as its units are spelled; what is no text within it stays as it is, as in 9.5.
    pub fn spelled(&self, word: &str) -> String {
        let units = Units::of(word, &self.splitter, self.separator);
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

    /// All words, by number.
    pub fn words(&self) -> &[Arc<str>] {
        &self.words
    }

    /// Adds a word that is spelled in this way.
    pub fn add(&mut self, word: &str) -> u32 {
        if let Some(Token::Word(number)) = self.tokens.get(word) {
            return *number;
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = Arc::from(word);
        self.words.push(Arc::clone(&text));
        self.tokens.insert(text, Token::Word(number));
        number
    }

    /// What a token is, where it was met before.
    pub fn find(&self, text: &str) -> Option<Token> {
        self.tokens.get(text).copied()
    }

    /// What a token is; a word that is new gets its number.
    pub fn token(&mut self, text: &str) -> Token {
        if let Some(token) = self.find(text) {
            return token;
        }
        let units = Units::of(text, &self.splitter, self.separator);
        let token = match (units.spelled.is_empty(), units.boundaries > 0) {
            (true, true) => Token::Boundary,
            (true, false) => Token::Blank,
            (false, true) => Token::Word(self.add(&self.spelled(text))),
            (false, false) => Token::Word(self.add(&units.spelled)),
        };
        self.tokens.insert(Arc::from(text), token);
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
            let spelled = vocabulary.words().iter().map(|word| &**word);
            assert_eq!(spelled.collect::<Vec<_>>(), ["9.5", "95", "70%", "100％"]);
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
