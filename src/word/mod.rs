//! Words in text: lexicons, and segmenters that cut sentences into their words.

mod lexicon;

pub use lexicon::{Lexicon, Token, Worker};
