//! Columns of rows of one size: in memory while they fit, in a scratch file where they do not.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

/// Rows that are read from a file at once.
const PIECE: usize = 256;

/// A row with a fixed number of bytes in a file.
pub(super) trait Fixed: Copy + Default {
    /// How many.
    const BYTES: usize;
    /// Appends the bytes.
    fn put(&self, bytes: &mut Vec<u8>);
    /// Reads them back; `bytes` has [`Fixed::BYTES`] of them.
    fn take(bytes: &[u8]) -> Self;
}

/// Rows by number. Only ever appended to and changed in place.
#[derive(Debug)]
pub(super) struct Column<T> {
    /// All rows, or those behind the last one in the file.
    rows: Vec<T>,
    paged: Option<Paged<T>>,
}

/// The part of a column that is in a file.
#[derive(Debug)]
struct Paged<T> {
    len: usize,
    pager: Mutex<Pager<T>>,
}

#[derive(Debug)]
struct Pager<T> {
    file: File,
    /// The pieces at hand: piece n can only stand in place n modulo their number.
    slots: Vec<Option<(usize, Vec<T>)>>,
    failed: Option<std::io::Error>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Column { rows: Vec::new(), paged: None }
    }
}

impl<T: Fixed> Column<T> {
    pub(super) fn len(&self) -> usize {
        self.paged.as_ref().map_or(0, |paged| paged.len) + self.rows.len()
    }

    #[inline]
    pub(super) fn push(&mut self, row: T) {
        self.rows.push(row);
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.rows.reserve_exact(rows);
    }

    /// The row of a number. From a file that cannot be read it is nothing in particular; see
    /// [`Column::check`].
    #[inline]
    pub(super) fn get(&self, at: usize) -> T {
        match &self.paged {
            None => self.rows[at],
            Some(paged) if at >= paged.len => self.rows[at - paged.len],
            Some(paged) => paged.get(at),
        }
    }

    /// All rows, where they are in memory.
    pub(super) fn in_memory(&self) -> Option<&[T]> {
        self.paged.is_none().then_some(&self.rows)
    }

    /// Moves the rows that are in memory to the end of the file, `scratch` if there is none yet,
    /// and gives their memory back. From then on at most `cache` bytes are kept of what is read.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub(super) fn spill(
        &mut self,
        scratch: impl FnOnce() -> Result<File>,
        cache: u64,
    ) -> Result<()> {
        let paged = match &mut self.paged {
            Some(paged) => paged,
            None => {
                let slots = usize::try_from(cache).unwrap_or(usize::MAX) / (PIECE * T::BYTES);
                let slots = (0..slots.clamp(1, 1 << 20)).map(|_| None).collect();
                let pager = Pager { file: scratch()?, slots, failed: None };
                self.paged.insert(Paged { len: 0, pager: Mutex::new(pager) })
            }
        };
        let pager = paged.pager.get_mut().unwrap_or_else(PoisonError::into_inner);
        pager.write(paged.len, &self.rows).map_err(unusable)?;
        paged.len += self.rows.len();
        self.rows = Vec::new();
        Ok(())
    }

    /// Some rows in a row.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read(&self, range: Range<usize>) -> Result<Cow<'_, [T]>> {
        let Some(paged) = &self.paged else { return Ok(Cow::Borrowed(&self.rows[range])) };
        let mut rows = Vec::with_capacity(range.len());
        let in_file = range.start.min(paged.len)..range.end.min(paged.len);
        if !in_file.is_empty() {
            let mut pager = paged.pager.lock().unwrap_or_else(PoisonError::into_inner);
            pager.read(in_file, &mut rows).map_err(unusable)?;
        }
        let behind = range.start.max(paged.len) - paged.len..range.end.max(paged.len) - paged.len;
        rows.extend_from_slice(&self.rows[behind]);
        Ok(Cow::Owned(rows))
    }

    /// Changes some rows in a row.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub(super) fn change(
        &mut self,
        range: Range<usize>,
        each: impl FnOnce(&mut [T]),
    ) -> Result<()> {
        if self.paged.is_none() {
            each(&mut self.rows[range]);
            return Ok(());
        }
        let mut rows = self.read(range.clone())?.into_owned();
        each(&mut rows);
        let Some(paged) = &mut self.paged else { return Ok(()) };
        let in_file = paged.len.clamp(range.start, range.end) - range.start;
        let pager = paged.pager.get_mut().unwrap_or_else(PoisonError::into_inner);
        pager.write(range.start, &rows[..in_file]).map_err(unusable)?;
        let behind = range.start.max(paged.len) - paged.len;
        for (place, row) in self.rows[behind..].iter_mut().zip(&rows[in_file..]) {
            *place = *row;
        }
        Ok(())
    }

    /// Whether everything that was asked for could be read.
    ///
    /// # Errors
    /// When it could not.
    pub(super) fn check(&self) -> Result<()> {
        let Some(paged) = &self.paged else { return Ok(()) };
        let mut pager = paged.pager.lock().unwrap_or_else(PoisonError::into_inner);
        pager.failed.take().map_or(Ok(()), |cause| Err(unusable(cause)))
    }
}

impl<T: Fixed> Paged<T> {
    #[inline(never)]
    fn get(&self, at: usize) -> T {
        let piece = at / PIECE;
        let mut pager = self.pager.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = piece % pager.slots.len();
        if pager.slots[slot].as_ref().is_none_or(|(own, _)| *own != piece) {
            let mut rows = pager.slots[slot].take().map(|(_, rows)| rows).unwrap_or_default();
            rows.clear();
            let range = piece * PIECE..self.len.min((piece + 1) * PIECE);
            if let Err(cause) = pager.read(range, &mut rows) {
                pager.failed = Some(cause);
                return T::default();
            }
            pager.slots[slot] = Some((piece, rows));
        }
        let rows = pager.slots[slot].as_ref().map(|(_, rows)| rows);
        rows.and_then(|rows| rows.get(at % PIECE)).copied().unwrap_or_default()
    }
}

impl<T: Fixed> Pager<T> {
    fn read(&mut self, range: Range<usize>, rows: &mut Vec<T>) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start((range.start * T::BYTES) as u64))?;
        let mut bytes = vec![0; PIECE.min(range.len()) * T::BYTES];
        let mut left = range.len();
        while left > 0 {
            let now = left.min(PIECE);
            let bytes = &mut bytes[..now * T::BYTES];
            self.file.read_exact(bytes)?;
            rows.extend(bytes.chunks_exact(T::BYTES).map(T::take));
            left -= now;
        }
        Ok(())
    }

    fn write(&mut self, at: usize, rows: &[T]) -> std::io::Result<()> {
        self.slots.iter_mut().for_each(|slot| *slot = None);
        self.file.seek(SeekFrom::Start((at * T::BYTES) as u64))?;
        let mut bytes = Vec::with_capacity(PIECE.min(rows.len()) * T::BYTES);
        for rows in rows.chunks(PIECE) {
            bytes.clear();
            rows.iter().for_each(|row| row.put(&mut bytes));
            self.file.write_all(&bytes)?;
        }
        Ok(())
    }
}

/// What a scratch file that fails is for a caller.
pub(super) fn unusable(cause: std::io::Error) -> Error {
    Error::retry("a scratch file beside the database cannot be used")
        .hint(
            "statistics that do not fit the memory are put aside there: see that the disk has room",
        )
        .because(cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Fixed for u32 {
        const BYTES: usize = 4;
        fn put(&self, bytes: &mut Vec<u8>) {
            bytes.extend(self.to_le_bytes());
        }
        fn take(bytes: &[u8]) -> Self {
            u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
        }
    }

    proptest! {
        #[test]
        fn a_column_in_a_file_is_the_same(
            parts in prop::collection::vec((0..700usize, any::<bool>()), 1..6),
            changed in (0..2000usize, 0..900usize),
            cache in 0..9000u64,
        ) {
            let (mut column, mut plain) = (Column::<u32>::default(), Vec::new());
            for (more, spills) in parts {
                for _ in 0..more {
                    let row = u32::try_from(plain.len()).unwrap().wrapping_mul(2_654_435_761);
                    column.push(row);
                    plain.push(row);
                }
                if spills {
                    column.spill(|| tempfile::tempfile().map_err(unusable), cache).unwrap();
                }
            }
            let start = changed.0.min(plain.len());
            let range = start..plain.len().min(start + changed.1);
            let change = |rows: &mut [u32]| rows.iter_mut().for_each(|row| *row ^= 0xff);
            column.change(range.clone(), change).unwrap();
            change(&mut plain[range.clone()]);
            prop_assert_eq!(column.len(), plain.len());
            prop_assert_eq!(&*column.read(range.clone()).unwrap(), &plain[range]);
            for at in (0..plain.len()).rev() {
                prop_assert_eq!(column.get(at), plain[at]);
            }
            column.check().unwrap();
        }
    }
}
