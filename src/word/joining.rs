//! Letters and digits that were cut apart are put together again, as the tokenizer of nlp-zero
//! 0.1.6 does where it is not told otherwise (`combine_Aa123`; Su Jianlin 2018).

use std::sync::LazyLock;

use regex::Regex;

use super::segmenter::Token;

static JOINS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\A[a-zA-Z\d.]+\z").expect("the pattern of this file is valid"));

/// Whether words are drawn to this one: it ends in an ASCII letter or digit.
///
/// ```
/// assert!(erya::word::draws("卡拉OK"));
/// assert!(!erya::word::draws("5.") && !erya::word::draws("５"));
/// ```
pub fn draws(word: &str) -> bool {
    word.ends_with(|last: char| last.is_ascii_alphanumeric())
}

/// Whether a word is nothing but letters, digits and points, so that it may be drawn to another.
///
/// ```
/// assert!(erya::word::joins("3.5G"));
/// assert!(!erya::word::joins("卡拉OK"));
/// ```
pub fn joins(word: &str) -> bool {
    // Digits of other scripts count as well; most words have neither.
    let may_join = |one: char| one.is_ascii_alphanumeric() || one == '.' || one.is_numeric();
    word.chars().all(may_join) && JOINS.is_match(word)
}

/// Tells of words, one after the other, which belong to the one before.
#[derive(Clone, Debug, Default)]
pub struct Joining {
    /// Whether the one before draws others.
    drawing: bool,
}

impl Joining {
    /// Whether the next word belongs to the one before; it draws others or not, and is asked
    /// whether it joins only where that matters.
    pub fn next(&mut self, draws: bool, joins: impl FnOnce() -> bool) -> bool {
        let is_joined = self.drawing && draws && joins();
        if !is_joined {
            // After a failed join the next word starts anew, as in nlp-zero.
            self.drawing = draws && !self.drawing;
        }
        is_joined
    }
}

/// Joins the tokens of a sentence.
pub(super) fn join(sentence: &str, tokens: &mut Vec<Token>) {
    let mut joining = Joining::default();
    let mut is_joined = |token: &Token| {
        let word = &sentence[token.clone()];
        joining.next(draws(word), || joins(word))
    };
    // Nothing is before the first.
    tokens.first().map(&mut is_joined);
    tokens.dedup_by(|token, before| {
        let is_joined = is_joined(token);
        before.end = if is_joined { token.end } else { before.end };
        is_joined
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What nlp-zero's `combine_Aa123` makes of these words.
    fn joined(words: &[&str]) -> Vec<String> {
        let (sentence, mut at) = (words.concat(), 0);
        let place = |word: &&str| {
            at += word.len();
            at - word.len()..at
        };
        let mut tokens: Vec<Token> = words.iter().map(place).collect();
        join(&sentence, &mut tokens);
        tokens.into_iter().map(|token| sentence[token].to_owned()).collect()
    }

    #[test]
    fn as_nlp_zero_joins() {
        assert_eq!(joined(&["用", "i", "P", "hone", "4", "拍"]), ["用", "iPhone4", "拍"]);
        assert_eq!(joined(&["卡拉O", "K", "3", ".", "5"]), ["卡拉OK3", ".", "5"]);
        assert_eq!(joined(&["3", ".5", "元"]), ["3.5", "元"]);
        // A word that ends in a letter and has others ends the joining, and draws nothing itself.
        assert_eq!(joined(&["A", "股B", "C", "D"]), ["A", "股B", "CD"]);
        assert!(joined(&[]).is_empty());
    }
}
