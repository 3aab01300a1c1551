//! Named results: a head that says what they are, and a body that the floors above understand.
//!
//! Key: two bytes length of the name, the name, four bytes number of the piece. Piece 0 is the
//! head, the others hold the body; from [`LATER`] on they hold what has become of it since, from
//! [`AUTOMATON`] on what was prepared from it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::index::{Index, RECORD};
use crate::error::{Error, Result};
use crate::store::{Access, Batch, Family, View, decode, encode};
use crate::text::TextOptions;

const PIECE: usize = 1 << 20;
/// The first piece of what has become of a result since it was saved.
const LATER: u32 = 1 << 30;
/// The first piece of the automaton of a lexicon.
const AUTOMATON: u32 = 1 << 31;

/// What a saved result is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedHead {
    /// Its name.
    pub name: String,
    /// The kind of value, as the language calls it.
    pub kind: String,
    /// The names and kinds of its columns.
    pub columns: Vec<(String, String)>,
    /// How many rows it has.
    pub rows: u64,
    /// The query that made it.
    pub query: String,
    /// The corpora it was made from, each with its last ingest at that time.
    pub sources: Vec<(String, u32)>,
    /// How the first of those cuts text; for lexicons.
    pub text: Option<TextOptions>,
}

impl Index {
    /// Stores a result in place of the one of the same name, with what was prepared from it.
    ///
    /// # Errors
    /// What the store says.
    pub fn save(&self, head: &SavedHead, body: &[u8], automaton: &[u8]) -> Result<()> {
        let _writing = self.lock_for_writing()?;
        let mut batch = Batch::new();
        self.forget(&head.name, &mut batch)?;
        batch.put(Family::Saved, key(&head.name, 0)?, encode(RECORD, head)?);
        for (number, piece) in (1..).zip(body.chunks(PIECE)) {
            batch.put(Family::Saved, key(&head.name, number)?, piece.to_vec());
        }
        for (number, piece) in (AUTOMATON..).zip(automaton.chunks(PIECE)) {
            batch.put(Family::Saved, key(&head.name, number)?, piece.to_vec());
        }
        self.change(&head.name, &batch)
    }

    /// Stores what has become of a result since it was saved, with its new head, in place of what
    /// was said of that before. Its body stays.
    ///
    /// # Errors
    /// [`Error::Retry`] when its head is not `before`: it was saved anew meanwhile; and what the
    /// store says.
    pub fn amend(&self, before: &SavedHead, head: &SavedHead, later: &[u8]) -> Result<()> {
        let _writing = self.lock_for_writing()?;
        if self.saved_head(&head.name)?.as_ref() != Some(before) {
            return Err(Error::retry(format!("{} was saved anew meanwhile", head.name)));
        }
        let mut batch = Batch::new();
        let view = self.store().view();
        let mut cursor = view.cursor(Family::Saved, Access::Point);
        let end = key(&head.name, AUTOMATON)?;
        cursor.seek(&key(&head.name, LATER)?);
        while let Some((key, _)) = cursor.entry()?.filter(|(key, _)| *key < &end[..]) {
            batch.delete(Family::Saved, key.to_vec());
            cursor.advance();
        }
        batch.put(Family::Saved, key(&head.name, 0)?, encode(RECORD, head)?);
        for (number, piece) in (LATER..).zip(later.chunks(PIECE)) {
            batch.put(Family::Saved, key(&head.name, number)?, piece.to_vec());
        }
        self.change(&head.name, &batch)
    }

    /// Removes a saved result; false when there is none of that name.
    ///
    /// # Errors
    /// What the store says.
    pub fn drop_saved(&self, name: &str) -> Result<bool> {
        let _writing = self.lock_for_writing()?;
        let mut batch = Batch::new();
        let there = self.forget(name, &mut batch)?;
        self.change(name, &batch)?;
        Ok(there)
    }

    /// Changes a saved result; what was made of it before is of no use any more.
    fn change(&self, name: &str, batch: &Batch) -> Result<()> {
        let outcome = self.store().commit(batch);
        self.prepared_cache().forget(name);
        outcome
    }

    fn forget(&self, name: &str, batch: &mut Batch) -> Result<bool> {
        let mut there = false;
        let prefix = prefix(name)?;
        self.store().view().each_with_prefix(Family::Saved, &prefix, |key, _| {
            there = true;
            batch.delete(Family::Saved, key.to_vec());
            Ok(())
        })?;
        Ok(there)
    }

    /// The head of a saved result.
    ///
    /// # Errors
    /// What the store says.
    pub fn saved_head(&self, name: &str) -> Result<Option<SavedHead>> {
        let head = self.store().view().get(Family::Saved, &key(name, 0)?)?;
        head.map(|bytes| decode(RECORD, "the head of a saved result", &bytes)).transpose()
    }

    /// The body of a saved result.
    ///
    /// # Errors
    /// What the store says.
    pub fn saved_body(&self, name: &str) -> Result<Vec<u8>> {
        self.pieces(name, 1, LATER)
    }

    /// The body of a saved result, to be read as far as it is asked for.
    pub fn saved_parts(&self, name: &str) -> SavedParts<'_> {
        SavedParts { view: self.store().view(), name: name.to_owned() }
    }

    /// Hands over the body of a saved result piece by piece.
    ///
    /// # Errors
    /// What the store and `each` say.
    pub fn each_piece_of_saved(
        &self,
        name: &str,
        each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        self.each_piece(name, 1, AUTOMATON, each)
    }

    /// What was prepared from a saved result; empty where nothing was.
    ///
    /// # Errors
    /// What the store says.
    pub fn saved_automaton(&self, name: &str) -> Result<Vec<u8>> {
        self.pieces(name, AUTOMATON, u32::MAX)
    }

    fn pieces(&self, name: &str, from: u32, to: u32) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.each_piece(name, from, to, |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(bytes)
    }

    fn each_piece(
        &self,
        name: &str,
        from: u32,
        to: u32,
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let view = self.store().view();
        let mut cursor = view.cursor(Family::Saved, Access::Once);
        let end = key(name, to)?;
        cursor.seek(&key(name, from)?);
        while let Some((key, piece)) = cursor.entry()? {
            if key >= &end[..] {
                break;
            }
            each(piece)?;
            cursor.advance();
        }
        Ok(())
    }

    /// The heads of all saved results, by name.
    ///
    /// # Errors
    /// What the store says.
    pub fn saved(&self) -> Result<Vec<SavedHead>> {
        let mut heads: Vec<SavedHead> = Vec::new();
        let view = self.store().view();
        let mut cursor = view.cursor(Family::Saved, Access::Point);
        cursor.seek(&[]);
        while let Some((_, bytes)) = cursor.entry()? {
            let head: SavedHead = decode(RECORD, "the head of a saved result", bytes)?;
            cursor.seek(&key(&head.name, u32::MAX)?);
            heads.push(head);
        }
        heads.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(heads)
    }
}

/// The body of a saved result as it was when this was made.
pub struct SavedParts<'i> {
    view: Box<dyn View + 'i>,
    name: String,
}

impl SavedParts<'_> {
    /// The bytes of a range of the body, fewer where it ends before.
    ///
    /// # Errors
    /// What the store says.
    pub fn bytes(&self, range: Range<usize>) -> Result<Vec<u8>> {
        self.read(1..LATER, range)
    }

    /// The same of what has become of it since.
    ///
    /// # Errors
    /// What the store says.
    pub fn later(&self, range: Range<usize>) -> Result<Vec<u8>> {
        self.read(LATER..AUTOMATON, range)
    }

    fn read(&self, pieces: Range<u32>, range: Range<usize>) -> Result<Vec<u8>> {
        // How much was asked for may have been read from bytes that are damaged.
        let mut bytes = Vec::with_capacity(range.len().min(PIECE << 8));
        if range.is_empty() {
            return Ok(bytes);
        }
        for number in range.start / PIECE..=(range.end - 1) / PIECE {
            let piece = u32::try_from(number).ok().and_then(|own| own.checked_add(pieces.start));
            let Some(piece) = piece.filter(|piece| *piece < pieces.end) else { break };
            let Some(piece) = self.view.get(Family::Saved, &key(&self.name, piece)?)? else {
                break;
            };
            let place = |at: usize| at.saturating_sub(number * PIECE).min(piece.len());
            bytes.extend_from_slice(&piece[place(range.start)..place(range.end)]);
        }
        Ok(bytes)
    }
}

fn prefix(name: &str) -> Result<Vec<u8>> {
    let length = u16::try_from(name.len())
        .map_err(|_| Error::query("a name is at most 65 535 bytes long"))?;
    Ok([&length.to_be_bytes()[..], name.as_bytes()].concat())
}

fn key(name: &str, piece: u32) -> Result<Vec<u8>> {
    let mut key = prefix(name)?;
    key.extend(piece.to_be_bytes());
    Ok(key)
}
