//! Posting containers: which of 65 536 transactions in a row hold an item, and pieces of them.
//!
//! A container is an array of 16-bit numbers, a bitmap of 8 KiB, or a list of runs, whichever is
//! the shortest (Lemire, Kai, Chambi et al. 2016). A piece holds the containers of neighbouring
//! items:
//!
//! ```text
//! checksum   4 bytes, the low half of xxh3 over the rest, little-endian
//! number     varint, containers in it
//! heads      for each: item less the one before, ((count − 1) · 4 + kind), for runs their number
//! bodies     for each: count numbers of 2 bytes, or 8192 bytes of bits, or (first, last) of 2 each
//! ```

use xxhash_rust::xxh3::xxh3_64;

use super::page::{Column, put_varint};
use crate::error::{Error, Result};

/// Transactions of a chunk.
pub(super) const CHUNK: u32 = 1 << 16;
/// Beyond so many an array is longer than a bitmap.
const MOST_IN_ARRAY: u32 = 4096;
/// Bytes of a bitmap.
const BITMAP_BYTES: usize = 8192;
/// A piece is closed when it has so many bytes.
const PIECE_BYTES: usize = 1 << 20;

/// Places in a chunk while they are being gathered; they come in ascending order.
#[derive(Clone, Debug)]
pub(super) enum Gathered {
    /// Few of them, one after the other.
    Array(Vec<u16>),
    /// Many: bits, how many, the last.
    Bits(Box<[u64; 1024]>, u32, u16),
}

impl Default for Gathered {
    fn default() -> Self {
        Gathered::Array(Vec::new())
    }
}

impl Gathered {
    /// Adds a place that is not before the last; false when it is the last.
    #[inline]
    pub(super) fn push(&mut self, place: u16) -> bool {
        match self {
            Gathered::Array(places) => {
                if places.last() == Some(&place) {
                    return false;
                }
                places.push(place);
                if places.len() > MOST_IN_ARRAY as usize {
                    let mut bits = Box::new([0; 1024]);
                    for &place in places.iter() {
                        bits[usize::from(place >> 6)] |= 1u64 << (place & 63);
                    }
                    *self = Gathered::Bits(bits, MOST_IN_ARRAY + 1, place);
                }
                true
            }
            Gathered::Bits(bits, count, last) => {
                if *last == place {
                    return false;
                }
                bits[usize::from(place >> 6)] |= 1u64 << (place & 63);
                *count += 1;
                *last = place;
                true
            }
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        match self {
            Gathered::Array(places) => u32::try_from(places.len()).unwrap_or(u32::MAX),
            Gathered::Bits(_, count, _) => *count,
        }
    }

    fn each(&self, mut each: impl FnMut(u16)) {
        match self {
            Gathered::Array(places) => places.iter().copied().for_each(each),
            Gathered::Bits(bits, ..) => {
                for (word, &bits) in (0u16..).zip(bits.iter()) {
                    each_bit(bits, |bit| each(word << 6 | bit));
                }
            }
        }
    }

    /// Appends the head, without the item, and the body of the shortest container.
    fn seal(&self, heads: &mut Vec<u8>, bodies: &mut Vec<u8>) {
        let count = self.count() as usize;
        let mut runs: Vec<(u16, u16)> = Vec::new();
        // A run saves nothing unless there are two places for each.
        let most = (count * 2).min(BITMAP_BYTES) / 4;
        self.each(|place| {
            let is_full = runs.len() > most;
            match runs.last_mut() {
                Some((_, last)) if u32::from(*last) + 1 == u32::from(place) => *last = place,
                _ if is_full => {}
                _ => runs.push((place, place)),
            }
        });
        let kind = match self {
            _ if runs.len() <= most && runs.len() * 4 < (count * 2).min(BITMAP_BYTES) => {
                Shape::Runs
            }
            Gathered::Array(_) => Shape::Array,
            Gathered::Bits(..) => Shape::Bits,
        };
        put_varint(heads, (count as u64 - 1) << 2 | kind as u64);
        match kind {
            Shape::Array => self.each(|place| bodies.extend(place.to_le_bytes())),
            Shape::Bits => {
                if let Gathered::Bits(bits, ..) = self {
                    bits.iter().for_each(|word| bodies.extend(word.to_le_bytes()));
                }
            }
            Shape::Runs => {
                put_varint(heads, runs.len() as u64);
                for (first, last) in runs {
                    bodies.extend(first.to_le_bytes());
                    bodies.extend(last.to_le_bytes());
                }
            }
        }
    }
}

/// How the body of a container is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Numbers.
    Array = 0,
    /// Bits.
    Bits = 1,
    /// First and last numbers of runs.
    Runs = 2,
}

/// Where a container lies in its piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Container {
    /// How it is written.
    pub shape: Shape,
    /// How many places it holds.
    pub count: u32,
    /// Where its body begins and ends in the piece.
    pub body: (u32, u32),
}

impl Container {
    /// Calls `each` for every place, ascending.
    #[inline]
    pub(super) fn each(&self, piece: &[u8], each: impl FnMut(u16)) {
        self.each_from(piece, 0, each);
    }

    /// Calls `each` for every place from one on, ascending; for runs and bits, also for some
    /// before it.
    #[inline]
    pub(super) fn each_from(&self, piece: &[u8], first: u16, mut each: impl FnMut(u16)) {
        let body = &piece[self.body.0 as usize..self.body.1 as usize];
        match self.shape {
            Shape::Array => {
                let places = body.as_chunks::<2>().0;
                let before = |bytes: &[u8; 2]| u16::from_le_bytes(*bytes) < first;
                let start = if first == 0 { 0 } else { end_of(places, before) };
                places[start..].iter().for_each(|&bytes| each(u16::from_le_bytes(bytes)));
            }
            Shape::Bits => {
                let start = first >> 6;
                let words = &body.as_chunks::<8>().0[usize::from(start)..];
                for (word, &bytes) in (start..).zip(words) {
                    each_bit(u64::from_le_bytes(bytes), |bit| each(word << 6 | bit));
                }
            }
            Shape::Runs => {
                let runs = body.as_chunks::<4>().0;
                let before = |run: &[u8; 4]| u16::from_le_bytes([run[2], run[3]]) < first;
                let start = if first == 0 { 0 } else { end_of(runs, before) };
                for &[a, b, c, d] in &runs[start..] {
                    let (start, end) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
                    (start..=end).for_each(&mut each);
                }
            }
        }
    }
}

/// How many are before what is wanted: looked for from the end, for mostly the last are wanted.
#[inline]
fn end_of<T>(all: &[T], before: impl Fn(&T) -> bool) -> usize {
    let mut step = 8;
    while step < all.len() && !before(&all[all.len() - step]) {
        step *= 2;
    }
    let start = all.len().saturating_sub(step);
    start + all[start..].partition_point(before)
}

#[inline]
#[expect(clippy::cast_possible_truncation)] // a place in 64 bits
fn each_bit(mut bits: u64, mut each: impl FnMut(u16)) {
    while bits != 0 {
        each(bits.trailing_zeros() as u16);
        bits &= bits - 1;
    }
}

/// Writes the containers of a chunk, one for each item from 0 on, as pieces.
pub(super) fn seal(
    containers: &[Gathered],
    mut put: impl FnMut(Vec<u8>) -> Result<()>,
) -> Result<()> {
    let (mut heads, mut bodies, mut number, mut next) = (Vec::new(), Vec::new(), 0u64, 0u64);
    for (item, container) in (0u64..).zip(containers) {
        if container.count() == 0 {
            continue;
        }
        put_varint(&mut heads, item - next);
        next = item;
        container.seal(&mut heads, &mut bodies);
        number += 1;
        if heads.len() + bodies.len() >= PIECE_BYTES {
            put(piece(number, &heads, &bodies))?;
            (number, next) = (0, 0);
            heads.clear();
            bodies.clear();
        }
    }
    if number > 0 {
        put(piece(number, &heads, &bodies))?;
    }
    Ok(())
}

fn piece(number: u64, heads: &[u8], bodies: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(heads.len() + bodies.len() + 8);
    bytes.extend([0; 4]);
    put_varint(&mut bytes, number);
    bytes.extend(heads);
    bytes.extend(bodies);
    let checksum = checksum(&bytes[4..]);
    bytes[..4].copy_from_slice(&checksum);
    bytes
}

/// Reads a piece: calls `each` with the item and the place of every container in it.
///
/// # Errors
/// [`Error::Corrupt`] when the bytes are not what [`seal`] wrote.
pub(super) fn open(bytes: &[u8], mut each: impl FnMut(u32, Container)) -> Result<()> {
    let (stored, rest) = bytes.split_at_checked(4).ok_or_else(damaged)?;
    if stored != checksum(rest) {
        return Err(damaged());
    }
    let mut column = Column { bytes: rest };
    let number = column.varint()?;
    let mut heads = Vec::new();
    let mut item = 0;
    for _ in 0..number {
        item += column.varint()?;
        let head = column.varint()?;
        let count = (head >> 2) + 1;
        let (shape, length) = match head & 3 {
            0 => (Shape::Array, count * 2),
            1 => (Shape::Bits, BITMAP_BYTES as u64),
            2 => (Shape::Runs, column.varint()?.min(u64::from(CHUNK)) * 4),
            _ => return Err(damaged()),
        };
        if count > u64::from(CHUNK) {
            return Err(damaged());
        }
        heads.push((narrow(item)?, shape, narrow(count)?, length));
    }
    let mut start = (bytes.len() - column.bytes.len()) as u64;
    for (item, shape, count, length) in heads {
        let end = start + length;
        if end > bytes.len() as u64 {
            return Err(damaged());
        }
        each(item, Container { shape, count, body: (narrow(start)?, narrow(end)?) });
        start = end;
    }
    if start == bytes.len() as u64 { Ok(()) } else { Err(damaged()) }
}

fn narrow(number: u64) -> Result<u32> {
    u32::try_from(number).map_err(|_| damaged())
}

fn checksum(rest: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = xxh3_64(rest).to_le_bytes();
    [a, b, c, d]
}

/// The error for a piece that is not what was written.
pub(super) fn damaged() -> Error {
    Error::corrupt("a piece of the postings is damaged")
        .hint("CHECK names what is affected; restore a backup or ingest the baskets again")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Places of every shape: scattered, dense, in runs.
    fn places() -> impl Strategy<Value = Vec<u16>> {
        let scattered = proptest::collection::btree_set(any::<u16>(), 0..80);
        let dense = (0u16..3, 1u16..9).prop_map(|(from, step)| {
            (from..60_000).step_by(usize::from(step)).collect::<std::collections::BTreeSet<u16>>()
        });
        let runs = (any::<u16>(), 0u16..9000).prop_map(|(from, length)| {
            (from..=from.saturating_add(length)).collect::<std::collections::BTreeSet<u16>>()
        });
        prop_oneof![scattered, dense, runs].prop_map(|set| set.into_iter().collect())
    }

    proptest! {
        #[test]
        fn containers_come_back(lists in proptest::collection::vec(places(), 0..12)) {
            let gathered: Vec<Gathered> = lists.iter().map(|list| {
                let mut gathered = Gathered::default();
                for &place in list {
                    prop_assert!(gathered.push(place));
                    prop_assert!(!gathered.push(place));
                }
                prop_assert_eq!(gathered.count() as usize, list.len());
                Ok(gathered)
            }).collect::<std::result::Result<_, _>>()?;
            let mut back = vec![Vec::new(); lists.len()];
            seal(&gathered, |piece| {
                open(&piece, |item, container| {
                    let list: &mut Vec<u16> = &mut back[item as usize];
                    container.each(&piece, |place| list.push(place));
                    assert_eq!(list.len(), container.count as usize);
                })
            }).unwrap();
            prop_assert_eq!(back, lists);
        }

        #[test]
        fn any_bytes_open_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut sealed = vec![0; 4];
            sealed.extend(&bytes);
            let sum = checksum(&bytes);
            sealed[..4].copy_from_slice(&sum);
            let mut found = Vec::new();
            if open(&sealed, |_, container| found.push(container)).is_ok() {
                for container in found {
                    container.each(&sealed, |_| ());
                }
            }
        }
    }

    #[test]
    fn the_shortest_shape_is_taken() {
        let shape = |places: &mut dyn Iterator<Item = u16>| {
            let mut gathered = Gathered::default();
            places.for_each(|place| {
                gathered.push(place);
            });
            let mut shapes = Vec::new();
            seal(&[gathered], |piece| open(&piece, |_, c| shapes.push(c.shape))).unwrap();
            shapes
        };
        assert_eq!(shape(&mut [1, 5, 9].into_iter()), [Shape::Array]);
        assert_eq!(shape(&mut (0..=u16::MAX)), [Shape::Runs]);
        assert_eq!(shape(&mut (0..=u16::MAX).step_by(3)), [Shape::Bits]);
        assert_eq!(shape(&mut [7, 8].into_iter()), [Shape::Array]);
    }
}
