//! CHECK: every checksum and every invariant of a corpus.

use super::layout::{MAX_ORDER, SegmentRecord, range_of};
use super::page::{Leaf, PageReader, key_window};
use super::view::CorpusView;
use super::window::{BOUNDARY, PAD};
use crate::control::{Control, Measure};
use crate::error::{Error, Result};
use crate::store::{Access, Family};
use crate::text::Unit;

/// A part of a corpus that was found sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedPart {
    /// What it is.
    pub name: String,
    /// How many things were looked at: leaves, blocks, sums.
    pub checked: u64,
}

impl CorpusView<'_> {
    /// Reads everything and compares it with what the manifest says.
    ///
    /// # Errors
    /// [`Error::Corrupt`] at the first thing that is wrong, naming it.
    pub fn check(&self, control: &Control) -> Result<Vec<CheckedPart>> {
        let leaves = self.manifest().segments.iter().map(|segment| segment.leaves).sum();
        control.progress.begin("checking", Some(leaves), Measure::Items);
        let checked = self.check_parts(control);
        control.progress.finish();
        checked
    }

    fn check_parts(&self, control: &Control) -> Result<Vec<CheckedPart>> {
        if self.record().text.unit == Unit::Item {
            let part = |(name, checked): (&str, u64)| CheckedPart { name: name.into(), checked };
            let mut parts: Vec<CheckedPart> = self.check_items(control)?.map(part).into();
            if self.record().keep_text {
                parts.push(part(("transactions in order", self.check_transactions(control)?)));
            }
            return Ok(parts);
        }
        let mut parts = Vec::new();
        let mut units = 0;
        for segment in &self.manifest().segments {
            units += self.check_segment(segment, control)?;
            let name = format!("segment {}: leaves", segment.id.0);
            parts.push(CheckedPart { name, checked: segment.leaves });
        }
        let said = self.manifest().totals.units();
        if units != said {
            return Err(Error::corrupt(format!("the segments hold {units} units, not {said}")));
        }
        parts.push(CheckedPart { name: "sum of units".into(), checked: units });
        parts.push(CheckedPart { name: "symbols".into(), checked: self.dictionary().len() as u64 });
        let mut blocks = 0;
        let mut text = self.text(0..self.manifest().blocks);
        while text.next_block()?.is_some() {
            control.check()?;
            blocks += 1;
        }
        if blocks != self.manifest().blocks {
            let said = self.manifest().blocks;
            return Err(Error::corrupt(format!("{blocks} of {said} text blocks are there")));
        }
        parts.push(CheckedPart { name: "text blocks".into(), checked: blocks });
        Ok(parts)
    }

    /// Checks one segment; the units that begin its windows.
    fn check_segment(&self, segment: &SegmentRecord, control: &Control) -> Result<u64> {
        let wrong = |what: String| Error::corrupt(format!("segment {}: {what}", segment.id.0));
        let (from, to) = range_of(segment.id.0);
        let mut cursor = self.store().cursor(Family::Pages, Access::Scan);
        cursor.seek(&from);
        let mut last = [PAD; MAX_ORDER];
        let (mut leaves, mut windows, mut units) = (0u64, 0u64, 0u64);
        while let Some((key, page)) = cursor.entry()?.filter(|(key, _)| *key < &to[..]) {
            control.check()?;
            let mut reader = PageReader::new(page, self.order())?;
            if reader.before != windows {
                return Err(wrong(format!("a page counts {} before it", reader.before)));
            }
            let mut leaf = Leaf { window: key_window(key, self.order())?, ..Leaf::default() };
            let before = leaves;
            while reader.read(&mut leaf)? {
                if leaf.window <= last || self.has_unknown(&leaf) {
                    return Err(wrong(format!("leaf {leaves} is out of place")));
                }
                last = leaf.window;
                leaves += 1;
                windows += leaf.count;
                units += if leaf.window[0] == BOUNDARY { 0 } else { leaf.count };
            }
            control.progress.advance(leaves - before);
            cursor.advance();
        }
        if (leaves, windows) != (segment.leaves, segment.windows) {
            return Err(wrong(format!(
                "{leaves} leaves of {windows} windows, not {} of {}",
                segment.leaves, segment.windows
            )));
        }
        Ok(units)
    }

    /// Whether a symbol in it is not in the dictionary.
    fn has_unknown(&self, leaf: &Leaf) -> bool {
        leaf.window.iter().any(|&symbol| symbol >= self.manifest().symbols)
    }
}
