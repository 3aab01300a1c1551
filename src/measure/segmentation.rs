//! How well words agree with a gold standard: precision, recall, F1, and what was never seen.

use std::collections::BTreeSet;

/// Words that were predicted, that are right, that are those of the gold standard.
///
/// A predicted word is right where the gold standard has a word from the same character to the same
/// character. This is what the scoring script of the Bakeoffs counts (Sproat & Emerson 2003).
///
/// ```
/// use erya::measure::Agreement;
/// let mut agreement = Agreement::default();
/// agreement.add(&["南京市", "长江", "大桥"], &["南京", "市", "长江", "大桥"], |_| true);
/// assert_eq!((agreement.gold, agreement.predicted, agreement.correct), (3, 4, 2));
/// assert_eq!(agreement.precision(), Some(0.5));
/// assert!((agreement.f1().unwrap() - 4.0 / 7.0).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Words of the gold standard.
    pub gold: u64,
    /// Words predicted.
    pub predicted: u64,
    /// Words that are both.
    pub correct: u64,
    /// Words of the gold standard that are not in the word list.
    pub unknown: u64,
    /// Those of them that are right.
    pub unknown_correct: u64,
}

impl Agreement {
    /// Adds a sentence: its words as they ought to be and as they are; `is_known` says which are in
    /// the word list.
    pub fn add(&mut self, gold: &[&str], predicted: &[&str], is_known: impl Fn(&str) -> bool) {
        let spans: BTreeSet<(usize, usize)> = spans(predicted).collect();
        self.gold += gold.len() as u64;
        self.predicted += predicted.len() as u64;
        for (span, word) in self::spans(gold).zip(gold) {
            let right = u64::from(spans.contains(&span));
            self.correct += right;
            if !is_known(word) {
                self.unknown += 1;
                self.unknown_correct += right;
            }
        }
    }

    /// The share of the predicted words that are right; `None` where nothing was predicted.
    pub fn precision(&self) -> Option<f64> {
        share(self.correct, self.predicted)
    }

    /// The share of the gold words that were found; `None` where there are none.
    pub fn recall(&self) -> Option<f64> {
        share(self.correct, self.gold)
    }

    /// The harmonic mean of both: 2·correct/(gold + predicted).
    pub fn f1(&self) -> Option<f64> {
        share(2 * self.correct, self.gold + self.predicted)
    }

    /// The share of the gold words that are not in the word list.
    pub fn unknown_rate(&self) -> Option<f64> {
        share(self.unknown, self.gold)
    }

    /// The share of the unknown words that were found.
    pub fn unknown_recall(&self) -> Option<f64> {
        share(self.unknown_correct, self.unknown)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// From which to which character each word goes.
fn spans<'w>(words: &'w [&str]) -> impl Iterator<Item = (usize, usize)> + 'w {
    words.iter().scan(0, |start, word| {
        let from = *start;
        *start += word.chars().count();
        Some((from, *start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let mut agreement = Agreement::default();
        // 共同|创造|美好|的|新|世纪 against 共同|创造|美好的|新世纪: 2 of 4, 2 of 6.
        let known = |word: &str| word != "新" && word != "创造";
        let gold = ["共同", "创造", "美好", "的", "新", "世纪"];
        agreement.add(&gold, &["共同", "创造", "美好的", "新世纪"], known);
        assert_eq!((agreement.gold, agreement.predicted, agreement.correct), (6, 4, 2));
        assert_eq!(agreement.precision(), Some(0.5));
        assert_eq!(agreement.recall(), Some(2.0 / 6.0));
        assert_eq!(agreement.f1(), Some(0.4));
        assert_eq!(agreement.unknown_rate(), Some(2.0 / 6.0));
        assert_eq!(agreement.unknown_recall(), Some(0.5));
        agreement.add(&["新"], &["新"], known);
        assert_eq!((agreement.correct, agreement.unknown, agreement.unknown_correct), (3, 3, 2));
        let empty = Agreement::default();
        assert_eq!((empty.precision(), empty.recall(), empty.f1()), (None, None, None));
    }
}
