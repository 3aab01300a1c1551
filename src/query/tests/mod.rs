//! Tests of the language as a whole: tables, printing, messages, plans and runs.

mod messages;
mod plans;
mod printing;
mod runs;
mod shelf;
mod tables;

use shelf::{Shelf, lexicon};
