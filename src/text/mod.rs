//! Text as it comes: which files, in which encoding, and how their lines become units.
//!
//! [`Input`] reads any supported file as chunks of whole lines of valid UTF-8, and [`Splitter`]
//! cuts such lines into units and boundaries as [`TextOptions`] say. Which number a unit
//! has is decided above, in `index`.

mod baskets;
mod class;
mod encoding;
mod indicators;
mod input;
mod options;
mod paths;
mod pieces;
mod places;
mod source;
mod splitter;
mod words;

#[cfg(test)]
mod input_tests;
#[cfg(test)]
mod splitter_tests;

pub use baskets::{BasketFormat, BasketReader, BasketSink};
pub use encoding::Encoding;
pub use indicators::CsvLayout;
pub use input::{Input, InputOptions};
pub use options::{
    Case, Digits, Invalid, Keep, Latin, Normalize, Split, TextOptions, UNICODE_VERSION, Unit,
};
pub use paths::expand;
pub use pieces::Piece;
pub use places::PlaceSink;
pub use source::digest;
pub use splitter::{DIGIT_CLASS, Splitter, UnitSink};
