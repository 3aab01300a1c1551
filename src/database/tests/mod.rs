//! Tests of stages and statements on databases in memory, against brute force.

mod asking;
mod collocates;
mod concordance;
mod dropping;
mod itemsets;
mod keywords;
mod lexicons;
mod refreshed;
mod sequences;
mod since;
mod templates;
mod unions;
