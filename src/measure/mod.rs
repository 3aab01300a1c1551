//! Measures: pure functions of counts, each of which can be checked with a pencil.
//!
//! Nothing here reads a text, a store or an option. A measure without a value for its counts gives
//! `None`, which a table shows as null; none gives NaN for valid counts.

mod association;
mod cohesion;
mod dispersion;
mod entropy;
mod keyness;
mod logarithm;
mod rules;
mod segmentation;

pub use association::{Contingency, ln_pmi};
pub use cohesion::{Moments, ngram_pmi, nvbe, path_weight, scp_f};
pub use dispersion::{dp, dpnorm, juilland_d};
pub use entropy::{XLogX, entropy, entropy_of_sum, miller_madow};
pub use keyness::{Comparison, simple_maths};
pub use logarithm::Logarithms;
pub use rules::RuleCounts;
pub use segmentation::Agreement;
