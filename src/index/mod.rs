//! The index: what is counted, how it lies on disk, and what is derived from it.
//!
//! Text comes in through [`Index::ingest`], which cuts it into batches (`batch`), gives units
//! their symbols (`tokens`, `dictionary`), sorts their windows (`sort`, `window`) and writes them
//! as a `segment` of `page`s. A query reads through a [`CorpusView`]: single counts, all leaves in
//! order (`merge`), kept `text`, and the `tables` of `statistics`.

mod baskets;
mod batch;
mod buckets;
mod check;
mod compact;
mod copy;
mod dictionary;
#[allow(clippy::module_inception)] // the noun of the floor is the noun of its main type
mod index;
mod ingest;
mod intake;
mod items;
mod lasting;
mod layout;
mod merge;
mod page;
mod page_cache;
mod part;
mod posting;
mod prepared;
mod recount;
mod room;
mod saved;
mod segment;
mod sort;
mod statistics;
mod tables;
mod text;
mod tokens;
mod transactions;
mod vertical;
mod view;
mod window;

#[cfg(test)]
mod page_tests;

pub use check::CheckedPart;
pub use copy::Copied;
pub use dictionary::{CharacterTable, Dictionary, Interner};
pub use index::{Corpus, Index};
pub use ingest::{IngestOptions, IngestSummary, Source};
pub use lasting::LastingHead;
pub use layout::{
    CorpusOption, CorpusRecord, FORMAT, IngestRecord, MAX_ORDER, Manifest, SegmentRecord, Totals,
};
pub use merge::MergeScan;
pub use page::{Leaf, put_varint};
pub use room::{Room, prefetch, spacious};
pub use saved::{SavedHead, SavedParts};
pub use segment::Counter;
pub use statistics::{
    Branch, Branching, Cut, Filter, Key, Pairs, Piece, Row, Statistics, StepMoments, Steps,
    Thresholds,
};
pub use tables::Cost;
pub use text::{BlockHead, PackedBlock, TextScan};
pub use vertical::{Gathering, Vertical};
pub use view::CorpusView;
pub use window::{BOUNDARY, FIRST_SYMBOL, PAD, Window};
