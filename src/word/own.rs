//! Words of one's own on top of a lexicon: how probable each is made.

use rustc_hash::FxHashMap;

use super::coded::Coded;
use super::lexicon::ALONE;

/// Adds own words to those of a lexicon, all with their logarithms and `words` in ascending order.
///
/// An own word is worth at least what the best way costs to cut it into several words, own ones
/// included; of equal ways the path takes the one with the longer last word, so that it stays whole
/// wherever a cut at both of its ends is best. All other words keep their probabilities.
pub(super) fn add(words: &mut Coded<i32>, own: &Coded<i32>) {
    // The shorter first: they are among what the longer ones are held against.
    let mut own: Vec<(&[u32], i32)> = own.iter().collect();
    own.sort_by(|a, b| a.0.len().cmp(&b.0.len()).then_with(|| a.cmp(b)));
    let mut added: FxHashMap<&[u32], i32> = FxHashMap::default();
    let mut all = std::mem::take(words);
    for (word, log) in own {
        let log_of = |part: &[u32]| added.get(part).copied().or_else(|| all.find(part));
        let log = log.max(in_pieces(word, log_of)).max(log_of(word).unwrap_or(log));
        added.insert(word, log);
    }
    #[expect(clippy::iter_over_hash_type, reason = "all are sorted below")]
    for (word, log) in added {
        all.push(word, log);
    }
    // None of them is worth less than it was.
    *words = all.sorted(i32::max);
}

/// What the best way is worth that cuts a word into two words or more. One that is worth nearly
/// nothing, as units nobody knows are, is no bound.
fn in_pieces(word: &[u32], log_of: impl Fn(&[u32]) -> Option<i32>) -> i32 {
    let mut best = vec![i64::MIN; word.len() + 1];
    best[0] = 0;
    for end in 1..=word.len() {
        for start in 0..end {
            let part = &word[start..end];
            let log = match log_of(part) {
                _ if part.len() == word.len() => continue,
                Some(log) => log,
                None if part.len() == 1 => ALONE,
                None => continue,
            };
            best[end] = best[end].max(best[start].saturating_add(i64::from(log)));
        }
    }
    best.last().and_then(|&best| i32::try_from(best).ok()).unwrap_or(i32::MIN)
}

#[cfg(test)]
mod tests {
    use crate::text::TextOptions;
    use crate::word::{Lexicon, Segmenter};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// A sentence cut by some words and some own ones, a blank between tokens.
    fn cut(words: &[(&str, u64)], own: &[&str], sentence: &str) -> String {
        let words = words.iter().map(|(word, count)| ((*word).to_owned(), *count));
        let own = own.iter().map(|word| ((*word).to_owned(), 1));
        let options = TextOptions::default();
        let lexicon = Lexicon::with_own(words, own, &options).unwrap();
        let segmenter = Segmenter::by_lexicon(Arc::new(lexicon), &options);
        let lines = segmenter.lines(sentence, 1).concat();
        String::from_utf8(lines).unwrap().trim_end().to_owned()
    }

    #[test]
    fn an_own_word_stays_whole() {
        let words = [("南京", 50), ("市长", 30), ("长江", 40), ("大桥", 30), ("江大", 1)];
        assert_eq!(cut(&words, &[], "南京大桥"), "南京 大桥");
        assert_eq!(cut(&words, &["南京大桥"], "看南京大桥"), "看 南京大桥");
        assert_eq!(cut(&words, &["江大桥"], "长江大桥"), "长江 大桥");
        // One within the other: both are whole where they stand by themselves.
        let own = ["新词", "新词典", "词典"];
        assert_eq!(cut(&words, &own, "新词、新词典、词典"), "新词 、 新词典 、 词典");
        assert_eq!(cut(&[], &["甲乙"], "甲乙甲"), "甲乙 甲");
    }

    proptest! {
        #[test]
        fn every_own_word_is_one_token_by_itself(
            words in prop::collection::btree_map("[a-d]{1,4}", 1u64..1000, 0..20),
            own in prop::collection::btree_set("[a-e]{1,5}", 1..6),
        ) {
            let options = TextOptions { latin: crate::text::Latin::Char, ..TextOptions::default() };
            let owned = own.iter().map(|word| (word.clone(), 1));
            let lexicon = Lexicon::with_own(words.clone(), owned, &options).unwrap();
            let segmenter = Segmenter::by_lexicon(Arc::new(lexicon), &options);
            for word in &own {
                let line = format!("{word}, {word}");
                let lines = segmenter.lines(&line, 1).concat();
                let wanted = format!("{word} , {word}\n");
                prop_assert_eq!(String::from_utf8(lines).unwrap(), wanted);
            }
        }
    }
}
