//! What a method of segmentation has to know: what each stretch of a run is worth as a word.

use super::path::Scores;

/// Scores the stretches of a run of symbols. Immutable: threads share one.
pub trait Model: Send + Sync {
    /// Fills `scores`, beginning with [`Scores::begin`]. Symbols that the corpus does not have are
    /// 0.
    fn score(&self, symbols: &[u32], scores: &mut Scores);
}
