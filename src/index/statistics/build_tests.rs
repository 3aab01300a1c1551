//! Statistics that do not fit the memory are, to the bit, those that do; so are those that were
//! stored and read again, those of one segment, and those that were brought up to date.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;

use super::{Extent, Head, Statistics};
use crate::control::Control;
use crate::index::{Corpus, Index, IngestOptions, Source};
use crate::store::MemoryStore;
use crate::text::{InputOptions, TextOptions, Unit};

const ENOUGH: u64 = 1 << 30;
/// So little that nearly everything is put aside.
const LITTLE: u64 = 3000;

#[derive(Clone, Debug)]
struct History {
    unit: Unit,
    order: usize,
    extent: Extent,
    /// The text of each ingest, whether everything is folded into one segment before it, and
    /// whether the statistics are asked for after it.
    ingests: Vec<(String, bool, bool)>,
}

fn history() -> impl Strategy<Value = History> {
    let unit = select(&[Unit::Char, Unit::Word][..]);
    let sizes = (2..=8usize, 1..=5u64, 1..=8usize, 1..=13usize);
    (unit, sizes).prop_flat_map(|(unit, (order, floor, longest, ingests))| {
        let extent = Extent { floor, longest: longest.min(order) };
        let between = if unit == Unit::Char { "" } else { " " };
        let piece = select(&["明", "明", "月", "光", "床", "，"][..]);
        let line = prop::collection::vec(piece, 0..20).prop_map(move |line| line.join(between));
        let text = prop::collection::vec(line, 1..12).prop_map(|lines| lines.join("\n"));
        let (folded, asked) = (prop::bool::weighted(0.1), prop::bool::weighted(0.6));
        let ingests = prop::collection::vec((text, folded, asked), ingests);
        ingests.prop_map(move |ingests| History { unit, order, extent, ingests })
    })
}

fn ingest(index: &Index, corpus: &Arc<Corpus>, text: String) {
    let input = InputOptions::default();
    let options = IngestOptions { input, memory: 64 << 20, threads: 1, baskets: None };
    index.ingest(corpus, vec![Source::Literal(text)], &options, &Control::default()).unwrap();
}

fn stored_and_read(index: &Index, statistics: &Statistics, memory: u64) -> Statistics {
    let mut pieces = Vec::new();
    let keep = |piece: &[u8]| {
        pieces.push(piece.to_vec());
        Ok(())
    };
    statistics.write(keep).unwrap();
    let mut pieces = pieces.into_iter();
    let head = Head::read(&pieces.next().unwrap()).unwrap();
    let view = index.view("c").unwrap();
    let read = Statistics::read(&head, &view, memory, &Control::default(), || Ok(pieces.next()));
    assert!(pieces.next().is_none());
    read.unwrap()
}

proptest! {
    #[test]
    fn however_they_come_about_they_are_the_same(history in history()) {
        let control = Control::default();
        let index = Index::open(Box::new(MemoryStore::new()), false).unwrap();
        let options = TextOptions { unit: history.unit, ..TextOptions::default() };
        index.create("c", options, history.order, false).unwrap();
        let corpus = index.corpus("c").unwrap();
        let mut earlier: Option<Statistics> = None;
        for (text, folded, asked) in history.ingests {
            if folded {
                index.compact(&corpus, &control).unwrap();
            }
            ingest(&index, &corpus, text);
            if !asked {
                continue;
            }
            let view = index.view("c").unwrap();
            let build = |extent, memory| Statistics::build(&view, extent, memory, &control);
            let built = build(history.extent, ENOUGH).unwrap();
            let little = build(history.extent, LITTLE).unwrap();
            let whole = Extent { longest: history.order, ..history.extent };
            let whole = build(whole, ENOUGH).unwrap();
            prop_assert!(built.begins(&whole), "up to a length");
            prop_assert!(little == built, "put aside");
            prop_assert!(stored_and_read(&index, &built, ENOUGH) == built, "stored");
            prop_assert!(stored_and_read(&index, &built, LITTLE) == built, "stored, put aside");
            if let Some(earlier) = earlier
                && let Some((old, new)) = view.apart(&earlier.head().seen)
            {
                for memory in [ENOUGH, LITTLE] {
                    let updated = earlier.update(&view, (&old, &new), memory, &control).unwrap();
                    prop_assert!(updated.is_some_and(|updated| updated == whole), "up to date");
                }
            }
            earlier = Some(whole);
        }
    }
}
