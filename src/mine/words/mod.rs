//! Word discovery: one file a method, one row each in [`METHODS`].

mod bayes;
mod entropy;
mod folding;
mod lattices;
mod method;
mod minent;
mod ngram;
mod nvbe;
mod pmi;
mod runs;
mod topwords;

pub use method::{Evidence, Found, METHODS, MakeModel, Method, Request, Word, method};
