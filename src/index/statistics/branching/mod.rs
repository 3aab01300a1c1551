//! Branching entropies of all n-grams that occur at least twice, with the moments of their steps
//! over all n-grams. `table` is what is kept, `build` reads it off the leaves, `sums` adds up the
//! steps.

mod build;
mod sums;
mod table;

pub use table::{Branch, Branching, StepMoments, Steps};
