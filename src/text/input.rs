//! Reads one file as chunks of whole lines of valid UTF-8, whatever its encoding and compression.
//!
//! Lines keep their ends. What a line means is for the splitter.

use std::io::Read;
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult};

use super::encoding::{Encoding, detect};
use super::options::Invalid;
use super::source::Source;
use crate::error::{Error, Result};

/// How much of a file is looked at for its encoding.
const SNIFFED: usize = 64 << 10;
/// The least that is read at once.
const BLOCK: usize = 256 << 10;
/// The longest sequence of bytes that a decoder reports as malformed, with what it read beyond.
const LOOKBACK: usize = 16;

/// How files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputOptions {
    /// The encoding of files without a byte order mark; found out where this is `None`.
    pub encoding: Option<Encoding>,
    /// What to do with invalid bytes.
    pub invalid: Invalid,
    /// The most bytes of UTF-8 that a line may have, its end not counted.
    pub longest_line: usize,
    /// Whether [`Input::digest`] is wanted, for what cannot be read twice.
    pub digest: bool,
}

impl Default for InputOptions {
    fn default() -> Self {
        let invalid = Invalid::default();
        InputOptions { encoding: None, invalid, longest_line: 64 << 20, digest: false }
    }
}

/// A file, standard input or a literal text, open for reading.
///
/// ```
/// use erya::text::{Input, InputOptions};
/// let text = "黛玉\n寶釵\n".as_bytes();
/// let mut input = Input::reader("example", Box::new(text), &InputOptions::default())?;
/// let mut chunk = String::new();
/// assert!(input.next_chunk(1, &mut chunk)?);
/// assert_eq!(chunk, "黛玉\n");
/// # Ok::<(), erya::error::Error>(())
/// ```
pub struct Input {
    source: Source,
    options: InputOptions,
    encoding: Encoding,
    guessed: bool,
    /// `None` for UTF-8, whose bytes go to `pending` as they are.
    decoder: Option<Decoder>,
    hasher: Option<blake3::Hasher>,
    /// Bytes before decoding; the first `LOOKBACK` are the last of the block before.
    raw: Vec<u8>,
    /// UTF-8 that is not yet handed out, from `start` on. Checked only when it is.
    pending: Vec<u8>,
    start: usize,
    /// How many decompressed bytes lie before `pending[start]`, or, with a decoder, before what is
    /// next to decode.
    offset: u64,
    /// Line ends handed out so far.
    lines: u64,
    replaced: u64,
    at_end: bool,
}

impl Input {
    /// Opens a file, compressed or not. Fails with an input error if it cannot be read, is no text,
    /// or is in an encoding that cannot be read.
    pub fn open(path: &Path, options: &InputOptions) -> Result<Input> {
        Input::start(Source::open(path)?, options)
    }

    /// Reads from `reader`, which messages call `name`. Fails like [`Input::open`].
    pub fn reader(
        name: &str,
        reader: Box<dyn Read + Send>,
        options: &InputOptions,
    ) -> Result<Input> {
        Input::start(Source::new(name, reader)?, options)
    }

    fn start(mut source: Source, options: &InputOptions) -> Result<Input> {
        let mut first = Vec::new();
        let at_end = source.read_onto(SNIFFED, &mut first)? < SNIFFED;
        let detected = detect(&source.name, &first, at_end, options.encoding)?;
        let Encoding(encoding) = detected.encoding;
        let utf8 = encoding == encoding_rs::UTF_8;
        let mut input = Input {
            source,
            options: *options,
            encoding: detected.encoding,
            guessed: detected.guessed,
            decoder: (!utf8).then(|| encoding.new_decoder_without_bom_handling()),
            hasher: options.digest.then(blake3::Hasher::new),
            raw: vec![0; LOOKBACK],
            pending: Vec::new(),
            start: 0,
            offset: detected.mark as u64,
            lines: 0,
            replaced: 0,
            at_end,
        };
        if let Some(hasher) = &mut input.hasher {
            hasher.update(&first);
        }
        if utf8 {
            input.pending = first;
            input.start = detected.mark;
        } else {
            input.raw.extend_from_slice(&first[detected.mark..]);
            input.decode()?;
        }
        Ok(input)
    }

    /// Replaces the content of `chunk` by the next whole lines, of about `target` bytes together:
    /// no more, unless a single line has more. Gives false, and an empty chunk, after the last.
    ///
    /// A chunk ends with a line feed or at the end of the input. Fails with an input error on
    /// invalid bytes that are to be refused, on a line that is too long and on damaged compression;
    /// the input is of no further use then.
    pub fn next_chunk(&mut self, target: usize, chunk: &mut String) -> Result<bool> {
        chunk.clear();
        let target = target.max(1);
        // Where to look on for the end of a line that is longer than `target`.
        let mut searched = target;
        loop {
            let available = self.pending.len() - self.start;
            if available >= target || self.at_end {
                if let Some(length) = self.whole_lines(target, searched) {
                    return self.hand_out(length, chunk);
                }
                searched = available.max(target);
                if available > self.options.longest_line {
                    return Err(self.too_long(self.lines + 1));
                }
            }
            self.fill(target.saturating_sub(available))?;
        }
    }

    /// How many pending bytes to hand out, if their end is known.
    fn whole_lines(&self, target: usize, searched: usize) -> Option<usize> {
        let pending = &self.pending[self.start..];
        if self.at_end && pending.len() <= target {
            return Some(pending.len());
        }
        let near = &pending[..target];
        let within = near.iter().rposition(|&byte| byte == b'\n').map(|place| place + 1);
        let beyond = || {
            let place = pending[searched..].iter().position(|&byte| byte == b'\n');
            place.map(|place| searched + place + 1)
        };
        within.or_else(beyond).or(self.at_end.then_some(pending.len()))
    }

    fn hand_out(&mut self, length: usize, chunk: &mut String) -> Result<bool> {
        let bytes = &self.pending[self.start..self.start + length];
        if length > self.options.longest_line {
            let mut lines = bytes.split(|&byte| byte == b'\n');
            if let Some(place) = lines.position(|line| line.len() > self.options.longest_line) {
                return Err(self.too_long(self.lines + 1 + place as u64));
            }
        }
        // The fast check first; the other one says where the fault is.
        match simdutf8::basic::from_utf8(bytes).or_else(|_| std::str::from_utf8(bytes)) {
            Ok(text) => chunk.push_str(text),
            Err(_) if self.options.invalid == Invalid::Replace => {
                for part in bytes.utf8_chunks() {
                    chunk.push_str(part.valid());
                    if !part.invalid().is_empty() {
                        chunk.push(char::REPLACEMENT_CHARACTER);
                        self.replaced += 1;
                    }
                }
            }
            Err(error) => {
                let valid = error.valid_up_to();
                let line = self.lines + 1 + count_lines(&bytes[..valid]);
                return Err(self.invalid(bytes[valid], self.offset + valid as u64, line));
            }
        }
        self.lines += count_lines(bytes);
        self.start += length;
        if self.decoder.is_none() {
            self.offset += length as u64;
        }
        Ok(length > 0)
    }

    /// Reads on: `wanted` bytes, or a block if that is more.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        self.pending.drain(..self.start);
        self.start = 0;
        let wanted = wanted.max(BLOCK);
        let (buffer, before) = if self.decoder.is_none() {
            let before = self.pending.len();
            (&mut self.pending, before)
        } else {
            self.raw.drain(..self.raw.len() - LOOKBACK);
            (&mut self.raw, LOOKBACK)
        };
        let count = self.source.read_onto(wanted, buffer)?;
        self.at_end = count < wanted;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[before..]);
        }
        self.decode()
    }

    /// Decodes all of `raw`, but for what it looks back on, onto `pending`.
    fn decode(&mut self) -> Result<()> {
        let Some(mut decoder) = self.decoder.take() else { return Ok(()) };
        let outcome = self.decode_with(&mut decoder);
        self.decoder = Some(decoder);
        outcome
    }

    fn decode_with(&mut self, decoder: &mut Decoder) -> Result<()> {
        let mut at = LOOKBACK;
        loop {
            let raw = &self.raw[at..];
            let room = decoder.max_utf8_buffer_length_without_replacement(raw.len());
            let before = self.pending.len();
            self.pending.resize(before + room.unwrap_or(4 * raw.len() + LOOKBACK), 0);
            let space = &mut self.pending[before..];
            let (outcome, read, written) =
                decoder.decode_to_utf8_without_replacement(raw, space, self.at_end);
            self.pending.truncate(before + written);
            at += read;
            self.offset += read as u64;
            match outcome {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, beyond) => {
                    let back = usize::from(length) + usize::from(beyond);
                    if self.options.invalid == Invalid::Refuse {
                        let line = self.lines + 1 + count_lines(&self.pending[self.start..]);
                        let byte = self.raw[at - back];
                        return Err(self.invalid(byte, self.offset - back as u64, line));
                    }
                    self.replaced += 1;
                    self.pending.extend_from_slice("\u{FFFD}".as_bytes());
                }
            }
        }
    }

    fn invalid(&self, byte: u8, offset: u64, line: u64) -> Error {
        let (name, encoding) = (self.name(), self.encoding);
        let hint = if self.guessed {
            format!("{encoding} is a guess: name the encoding WITH encoding = …")
        } else {
            "name the encoding WITH encoding = gb18030 (or big5, shift_jis, …)".to_string()
        };
        Error::input(format!(
            "{name}: byte 0x{byte:02X} at offset {offset} (line {line}) is not valid {encoding}"
        ))
        .hint(format!("{hint}, or put U+FFFD in such places WITH invalid = replace"))
    }

    fn too_long(&self, line: u64) -> Error {
        let (name, limit) = (self.name(), self.options.longest_line);
        Error::input(format!("{name}: line {line} is longer than {limit} bytes"))
            .hint("is this text with line ends? break its lines, or allow more memory")
    }

    /// The path or name that messages use.
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// The name of the encoding that is being read.
    pub fn encoding(&self) -> &str {
        self.encoding.name()
    }

    /// Whether the encoding is only the likeliest, which a user should be told.
    pub fn encoding_guessed(&self) -> bool {
        self.guessed
    }

    /// How many invalid sequences U+FFFD has replaced so far.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Bytes taken so far from the file itself, before decompression: for progress, with
    /// [`Input::size`].
    pub fn bytes_read(&self) -> u64 {
        self.source.consumed()
    }

    /// The size of the file in bytes, if it is a file.
    pub fn size(&self) -> Option<u64> {
        self.source.size
    }

    /// The BLAKE3 hash of all decompressed bytes, as of [`digest`](super::digest): once everything
    /// is read, and if the options asked for it.
    pub fn digest(&self) -> Option<[u8; 32]> {
        let hasher = self.hasher.as_ref().filter(|_| self.at_end)?;
        Some(*hasher.finalize().as_bytes())
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    // By parts whose count fits a byte, which the compiler turns into vector additions.
    let part = |bytes: &[u8]| bytes.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>();
    bytes.chunks(255).map(|bytes| u64::from(part(bytes))).sum()
}
