//! The statistics as pieces of bytes, written and read one after the other.
//!
//! The first piece is a record of what the table is. Each of the others has up to [`RUN`] rows of
//! one level, column by column, as varints of differences where the rows before say something.

use serde::{Deserialize, Serialize};

use super::column::Column;
use super::trie::{Extent, Level, Links, ROW_BYTES, Seen, Sides, Statistics};
use crate::control::Control;
use crate::error::{Error, Result};
use crate::index::layout::MAX_ORDER;
use crate::index::page::{Column as Bytes, put_varint};
use crate::index::view::CorpusView;
use crate::store::{decode, encode};

/// The version of this format.
const VERSION: u8 = 1;
/// Rows of a piece.
const RUN: usize = 1 << 13;

/// What a stored table is.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::index) struct Head {
    floor: u64,
    order: usize,
    types: [u64; MAX_ORDER],
    pub seen: Seen,
    rows: Vec<u64>,
}

impl Head {
    /// Which n-grams are in it.
    pub(in crate::index) fn extent(&self) -> Extent {
        Extent { floor: self.floor, longest: self.rows.len() }
    }

    /// How many rows it has.
    pub(super) fn rows(&self) -> u64 {
        self.rows.iter().sum()
    }

    /// Reads the first piece.
    ///
    /// # Errors
    /// When it is damaged.
    pub(in crate::index) fn read(piece: &[u8]) -> Result<Head> {
        decode(VERSION, "the head of the statistics", piece)
    }
}

impl Statistics {
    /// What the table is.
    pub(in crate::index) fn head(&self) -> Head {
        let rows = self.levels.iter().map(|level| level.links.len() as u64).collect();
        let (floor, order, types, seen) = (self.extent.floor, self.order, self.types, self.seen);
        Head { floor, order, types, seen, rows }
    }

    /// Hands out the pieces.
    ///
    /// # Errors
    /// When rows cannot be read, and what `each` says.
    pub(in crate::index) fn write(&self, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        each(&encode(VERSION, &self.head())?)?;
        let mut piece = Vec::new();
        for level in &self.levels {
            let rows = level.links.len();
            for start in (0..rows).step_by(RUN) {
                let range = start..rows.min(start + RUN);
                piece.clear();
                put_links(&level.links.read(range.clone())?, &mut piece);
                if level.sides.len() > 0 {
                    put_sides(&level.sides.read(range)?, &mut piece);
                }
                each(&piece)?;
            }
        }
        Ok(())
    }

    /// Puts a table together; `each` gives it a piece at a time after the first. Rows that do not
    /// fit `memory` bytes are put into scratch files.
    ///
    /// # Errors
    /// When a piece is missing or damaged, or a scratch file cannot be written.
    pub(in crate::index) fn read(
        head: &Head,
        view: &CorpusView<'_>,
        memory: u64,
        control: &Control,
        mut each: impl FnMut() -> Result<Option<Vec<u8>>>,
    ) -> Result<Statistics> {
        if head.rows.len() > head.order || head.order > MAX_ORDER {
            return Err(damaged());
        }
        let mut statistics = Statistics::new(head.extent(), head.order, head.seen);
        statistics.types = head.types;
        let fits = head.rows() * ROW_BYTES <= memory / 2;
        let cache = memory / 8 / (head.order.max(1) as u64 * 2);
        let mut held = 0;
        for (number, (level, rows)) in statistics.levels.iter_mut().zip(&head.rows).enumerate() {
            let rows = usize::try_from(*rows).map_err(|_| damaged())?;
            let has_sides = number + 1 < head.order;
            if fits {
                level.links.reserve(rows);
                level.sides.reserve(if has_sides { rows } else { 0 });
            }
            for start in (0..rows).step_by(RUN) {
                control.check()?;
                let piece = each()?.ok_or_else(damaged)?;
                let run = RUN.min(rows - start);
                take_rows(&piece, run, has_sides, level)?;
                held += run as u64;
                if !fits && held * ROW_BYTES > memory / 8 {
                    held = 0;
                    let scratch = || view.index().store().scratch();
                    level.links.spill(scratch, cache)?;
                    level.sides.spill(scratch, cache)?;
                }
            }
            if !fits {
                level.links.spill(|| view.index().store().scratch(), cache)?;
                level.sides.spill(|| view.index().store().scratch(), cache)?;
            }
        }
        statistics.index_units();
        Ok(statistics)
    }
}

fn damaged() -> Error {
    Error::corrupt("the stored statistics are damaged")
}

fn put_links(rows: &[Links], piece: &mut Vec<u8>) {
    ascending(rows, piece, |row| row.prefix);
    ascending(rows, piece, |row| row.children);
    moving(rows, piece, |row| row.symbol);
    moving(rows, piece, |row| row.suffix);
    rows.iter().for_each(|row| put_varint(piece, row.count));
}

fn put_sides(rows: &[Sides], piece: &mut Vec<u8>) {
    rows.iter().for_each(|row| put_varint(piece, u64::from(row.left_distinct)));
    rows.iter().for_each(|row| put_varint(piece, u64::from(row.right_distinct)));
    for field in [
        |row: &Sides| row.left_edge,
        |row: &Sides| row.right_edge,
        |row: &Sides| row.left_sum,
        |row: &Sides| row.right_sum,
    ] {
        rows.iter().for_each(|row| put_varint(piece, field(row)));
    }
}

fn ascending(rows: &[Links], piece: &mut Vec<u8>, field: impl Fn(&Links) -> u32) {
    let mut last = 0;
    for row in rows {
        let value = field(row);
        put_varint(piece, u64::from(value.wrapping_sub(last)));
        last = value;
    }
}

/// Differences of either sign, the sign in the lowest bit.
fn moving(rows: &[Links], piece: &mut Vec<u8>, field: impl Fn(&Links) -> u32) {
    let mut last = 0;
    for row in rows {
        let value = field(row);
        let (apart, sign) = if value >= last { (value - last, 0) } else { (last - value, 1) };
        put_varint(piece, u64::from(apart) << 1 | sign);
        last = value;
    }
}

fn take_rows(piece: &[u8], rows: usize, has_sides: bool, level: &mut Level) -> Result<()> {
    let mut bytes = Bytes { bytes: piece };
    let mut links = vec![Links::default(); rows];
    sums(&mut bytes, links.iter_mut().map(|row| &mut row.prefix))?;
    sums(&mut bytes, links.iter_mut().map(|row| &mut row.children))?;
    moves(&mut bytes, links.iter_mut().map(|row| &mut row.symbol))?;
    moves(&mut bytes, links.iter_mut().map(|row| &mut row.suffix))?;
    plain(&mut bytes, links.iter_mut().map(|row| &mut row.count))?;
    append(&mut level.links, &links);
    if has_sides {
        let mut sides = vec![Sides::default(); rows];
        small(&mut bytes, sides.iter_mut().map(|row| &mut row.left_distinct))?;
        small(&mut bytes, sides.iter_mut().map(|row| &mut row.right_distinct))?;
        plain(&mut bytes, sides.iter_mut().map(|row| &mut row.left_edge))?;
        plain(&mut bytes, sides.iter_mut().map(|row| &mut row.right_edge))?;
        plain(&mut bytes, sides.iter_mut().map(|row| &mut row.left_sum))?;
        plain(&mut bytes, sides.iter_mut().map(|row| &mut row.right_sum))?;
        append(&mut level.sides, &sides);
    }
    if bytes.bytes.is_empty() { Ok(()) } else { Err(damaged()) }
}

fn append<T: super::column::Fixed>(column: &mut Column<T>, rows: &[T]) {
    rows.iter().for_each(|row| column.push(*row));
}

fn plain<'p>(bytes: &mut Bytes<'_>, places: impl Iterator<Item = &'p mut u64>) -> Result<()> {
    for place in places {
        *place = bytes.varint()?;
    }
    Ok(())
}

fn small<'p>(bytes: &mut Bytes<'_>, places: impl Iterator<Item = &'p mut u32>) -> Result<()> {
    for place in places {
        *place = u32::try_from(bytes.varint()?).map_err(|_| damaged())?;
    }
    Ok(())
}

fn sums<'p>(bytes: &mut Bytes<'_>, places: impl Iterator<Item = &'p mut u32>) -> Result<()> {
    let mut last = 0u32;
    for place in places {
        let more = u32::try_from(bytes.varint()?).map_err(|_| damaged())?;
        last = last.wrapping_add(more);
        *place = last;
    }
    Ok(())
}

fn moves<'p>(bytes: &mut Bytes<'_>, places: impl Iterator<Item = &'p mut u32>) -> Result<()> {
    let mut last = 0u32;
    for place in places {
        let moved = bytes.varint()?;
        let apart = u32::try_from(moved >> 1).map_err(|_| damaged())?;
        last = if moved & 1 == 0 { last.wrapping_add(apart) } else { last.wrapping_sub(apart) };
        *place = last;
    }
    Ok(())
}
