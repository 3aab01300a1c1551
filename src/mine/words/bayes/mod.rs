//! `bayes`: a Dirichlet process over words, started from and tilted by nvbe, sampled run by run.
//!
//! `lattice` holds the kept text as the words that may stand in each place, `weights` what a word
//! is worth, `sampler` draws segmentations, `method` is the row of the table.

mod lattice;
mod method;
mod sampler;
mod weights;

pub(super) use method::METHOD;
