//! Kept text: blocks of whole lines as they were (decoded, not normalised), compressed. Of a corpus
//! of items the lines are transactions, see `transactions`.
//!
//! ```text
//! checksum   4 bytes, the low half of xxh3 over the rest, little-endian
//! head       varint length, then a record: document, its name, the number of the first line
//! body       zstd
//! ```

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::layout::{CorpusId, Manifest, range_of, text_key};
use super::page::{Column, put_varint};
use crate::error::{Error, Result};
use crate::store::{Access, Bulk, Cursor, Family, Store, View, decode, encode};

/// Text in one block: enough for zstd to find what repeats, little enough to read for one line.
const BLOCK_BYTES: usize = 128 << 10;
/// The fastest of the ordinary levels; 3 saves 4 % of the space for twice the time.
const LEVEL: i32 = 1;
const HEAD_VERSION: u8 = 1;

/// Where a block comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockHead {
    /// The number of the document, from 1.
    pub document: u64,
    /// Its name.
    pub name: String,
    /// The number of the first line in the document, from 1.
    pub line: u64,
}

/// A block before its place is known.
pub(super) struct PackedText {
    body: Vec<u8>,
    /// Lines in it.
    pub lines: u64,
}

/// Cuts whole lines into blocks and compresses them.
///
/// # Errors
/// [`Error::Internal`] when the compressor fails.
pub(super) fn pack(text: &str) -> Result<Vec<PackedText>> {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)
        .map_err(|cause| Error::internal("the compressor does not start").because(cause))?;
    let mut blocks = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let bytes = rest.as_bytes();
        let wanted = BLOCK_BYTES.min(bytes.len());
        let line_end = bytes[wanted - 1..].iter().position(|&byte| byte == b'\n');
        let (block, after) = rest.split_at(line_end.map_or(bytes.len(), |end| wanted + end));
        let body = compressor
            .compress(block.as_bytes())
            .map_err(|cause| Error::internal("text cannot be compressed").because(cause))?;
        blocks.push(PackedText { body, lines: block.lines().count() as u64 });
        rest = after;
    }
    Ok(blocks)
}

impl PackedText {
    /// The bytes to be stored.
    ///
    /// # Errors
    /// [`Error::Internal`] when the head cannot be written.
    pub(super) fn seal(&self, head: &BlockHead) -> Result<Vec<u8>> {
        let head = encode(HEAD_VERSION, head)?;
        let mut bytes = vec![0; 4];
        put_varint(&mut bytes, head.len() as u64);
        bytes.extend(head);
        bytes.extend(&self.body);
        let checksum = checksum(&bytes[4..]);
        bytes[..4].copy_from_slice(&checksum);
        Ok(bytes)
    }
}

/// Checks and unpacks a block.
///
/// # Errors
/// [`Error::Corrupt`] when it is not what was written.
pub(super) fn unpack(bytes: &[u8]) -> Result<(BlockHead, String)> {
    let (stored, rest) = bytes.split_at_checked(4).ok_or_else(damaged)?;
    if stored != checksum(rest) {
        return Err(damaged());
    }
    let mut column = Column { bytes: rest };
    let length = usize::try_from(column.varint()?).map_err(|_| damaged())?;
    let (head, body) = column.bytes.split_at_checked(length).ok_or_else(damaged)?;
    let head = decode(HEAD_VERSION, "the head of a text block", head)?;
    let text = decompress(body).map_err(|cause| damaged().because(cause))?;
    // To check and copy is several times faster than the check of `String`.
    let text = simdutf8::basic::from_utf8(&text).map_err(|_| damaged())?;
    Ok((head, text.to_owned()))
}

/// In one go where the body says how long its text is, as the bodies of [`pack`] do: a stream would
/// take buffers of its own and copy once more.
fn decompress(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let length = zstd::zstd_safe::get_frame_content_size(body).ok().flatten();
    let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else {
        return zstd::stream::decode_all(body);
    };
    let mut text = Vec::new();
    text.try_reserve_exact(length)?;
    zstd::bulk::Decompressor::new()?.decompress_to_buffer(body, &mut text)?;
    Ok(text)
}

/// Appends blocks to the kept text of a corpus. Nobody sees them before a manifest counts them.
pub(super) struct TextWriter<'i> {
    store: &'i dyn Store,
    corpus: CorpusId,
    file: Option<Box<dyn Bulk + 'i>>,
    /// The document that is being read: its number, name and next line.
    document: BlockHead,
    /// The number of the next block.
    next: u64,
}

impl<'i> TextWriter<'i> {
    /// Goes on after the blocks of a manifest.
    pub(super) fn new(store: &'i dyn Store, corpus: CorpusId, manifest: &Manifest) -> Self {
        let document = manifest.totals.documents;
        let document = BlockHead { document, name: String::new(), line: 1 };
        TextWriter { store, corpus, file: None, document, next: manifest.blocks }
    }

    /// What comes now is of another document.
    pub(super) fn begin_document(&mut self, name: &str) {
        let document = self.document.document + 1;
        self.document = BlockHead { document, name: name.into(), line: 1 };
    }

    /// Writes some blocks.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn put(&mut self, blocks: &[PackedText]) -> Result<()> {
        for block in blocks {
            let file = match &mut self.file {
                Some(file) => file,
                file => file.insert(self.store.bulk(Family::Text)?),
            };
            file.put(&text_key(self.corpus, self.next), &block.seal(&self.document)?)?;
            self.next += 1;
            self.document.line += block.lines;
        }
        Ok(())
    }

    /// Hands what was written to the store; gives the number of the next block.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn adopt(&mut self) -> Result<u64> {
        if let Some(file) = self.file.take() {
            self.store.adopt(Family::Text, file.finish()?.into_iter().collect())?;
        }
        Ok(self.next)
    }

    /// Takes everything back that came after the blocks of a manifest.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn roll_back(&mut self, manifest: &Manifest) -> Result<()> {
        *self = TextWriter::new(self.store, self.corpus, manifest);
        let (_, end) = range_of(self.corpus.0);
        self.store.discard(Family::Text, &text_key(self.corpus, self.next), &end)
    }
}

fn checksum(rest: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = xxh3_64(rest).to_le_bytes();
    [a, b, c, d]
}

fn damaged() -> Error {
    Error::corrupt("a block of kept text is damaged")
        .hint("CHECK names what is affected; restore a backup or ingest the texts again")
}

/// Reads blocks of a corpus in order.
pub struct TextScan<'v> {
    cursor: Box<dyn Cursor + 'v>,
    corpus: CorpusId,
    end: u64,
}

impl<'v> TextScan<'v> {
    /// Reads the blocks of a range of numbers.
    pub fn new(view: &'v dyn View, corpus: CorpusId, blocks: std::ops::Range<u64>) -> Self {
        let mut cursor = view.cursor(Family::Text, Access::Once);
        cursor.seek(&text_key(corpus, blocks.start));
        TextScan { cursor, corpus, end: blocks.end }
    }

    /// The next block.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it is not what was written.
    pub fn next_block(&mut self) -> Result<Option<(BlockHead, String)>> {
        self.next(unpack)
    }

    /// The next block as it is stored, to be unpacked by another thread.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn next_packed(&mut self) -> Result<Option<PackedBlock>> {
        self.next(|bytes| Ok(PackedBlock(bytes.to_vec())))
    }

    fn next<T>(&mut self, read: impl Fn(&[u8]) -> Result<T>) -> Result<Option<T>> {
        let Some((key, bytes)) = self.cursor.entry()? else { return Ok(None) };
        if key >= &text_key(self.corpus, self.end)[..] {
            return Ok(None);
        }
        let block = read(bytes)?;
        self.cursor.advance();
        Ok(Some(block))
    }
}

/// A block as it is stored.
pub struct PackedBlock(Vec<u8>);

impl PackedBlock {
    /// Checks and unpacks it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it is not what was written.
    pub fn unpack(&self) -> Result<(BlockHead, String)> {
        unpack(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_blocks() {
        let text: String = (0..40_000).map(|line| format!("第{line}行\n")).collect();
        let blocks = pack(&text).unwrap();
        assert!(blocks.len() > 1);
        let mut together = String::new();
        for block in &blocks {
            let head = BlockHead { document: 3, name: "a.txt".into(), line: 1 };
            let (read, part) = unpack(&block.seal(&head).unwrap()).unwrap();
            assert_eq!(read, head);
            assert_eq!(part.lines().count() as u64, block.lines);
            assert!(part.ends_with('\n'));
            together.push_str(&part);
        }
        assert_eq!(together, text);
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let head = BlockHead { document: 1, name: String::new(), line: 1 };
        let sealed = pack("一二三\n").unwrap()[0].seal(&head).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(unpack(&changed).is_err());
        }
    }
}
