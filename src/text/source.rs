//! Opens files as streams of decompressed bytes, and names their content by its hash.
//!
//! Compression is recognised by the first bytes, never by the name. Which text the bytes are is not
//! decided here.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

const READ_BUFFER: usize = 256 << 10;

/// How the bytes of a source are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

/// A stream of decompressed bytes that knows its name and how much was read from below.
pub(super) struct Source {
    pub(super) name: String,
    /// Bytes of the file itself, where there is one.
    pub(super) size: Option<u64>,
    reader: Box<dyn Read + Send>,
    compression: Compression,
    consumed: Arc<AtomicU64>,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let failed = |cause| unreadable(&name, cause);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(Error::input(format!("{name} is a directory, not a file")));
        }
        let mut source = Source::new(&name, Box::new(file))?;
        source.size = metadata.is_file().then_some(metadata.len());
        Ok(source)
    }

    pub(super) fn new(name: &str, mut raw: Box<dyn Read + Send>) -> Result<Self> {
        let failed = |cause| unreadable(name, cause);
        let mut first = Vec::new();
        raw.by_ref().take(4).read_to_end(&mut first).map_err(failed)?;
        let compression = Compression::of(&first);
        let consumed = Arc::new(AtomicU64::new(0));
        let inner = Cursor::new(first).chain(raw);
        let counting = Counting { inner, consumed: Arc::clone(&consumed) };
        let buffered = io::BufReader::with_capacity(READ_BUFFER, counting);
        let reader: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(buffered),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered)),
            Compression::Zstd => {
                Box::new(zstd::stream::read::Decoder::with_buffer(buffered).map_err(failed)?)
            }
        };
        Ok(Source { name: name.to_string(), size: None, reader, compression, consumed })
    }

    /// Bytes taken so far from the file or stream below, before decompression.
    pub(super) fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// Appends up to `limit` decompressed bytes; fewer only at the end. Returns how many.
    pub(super) fn read_onto(&mut self, limit: usize, buffer: &mut Vec<u8>) -> Result<usize> {
        let read = self.reader.by_ref().take(limit as u64).read_to_end(buffer);
        read.map_err(|cause| self.explain(cause))
    }

    fn explain(&self, cause: io::Error) -> Error {
        let format = match self.compression {
            Compression::None => return unreadable(&self.name, cause),
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        };
        let name = &self.name;
        match cause.kind() {
            ErrorKind::UnexpectedEof => {
                Error::input(format!("the {format} data of {name} end too early"))
                    .hint("the file is truncated; copy or compress it again")
                    .because(cause)
            }
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
                Error::input(format!("cannot decompress the {format} data of {name}"))
                    .hint("the file is damaged; copy or compress it again")
                    .because(cause)
            }
            _ => unreadable(name, cause),
        }
    }
}

impl Compression {
    fn of(first: &[u8]) -> Self {
        match first {
            [0x1F, 0x8B, ..] => Compression::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD] => Compression::Zstd,
            // A skippable frame, with which parallel compressors begin.
            [0x50..=0x5F, 0x2A, 0x4D, 0x18] => Compression::Zstd,
            _ => Compression::None,
        }
    }
}

/// Counts the bytes that pass.
struct Counting<R> {
    inner: R,
    consumed: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.consumed.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The BLAKE3 hash of the decompressed bytes of a file: `a.txt` and `a.txt.gz` have the same.
///
/// Fails with an input error if the file cannot be read or decompressed to its end.
pub fn digest(path: &Path) -> Result<[u8; 32]> {
    let mut source = Source::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = Vec::with_capacity(READ_BUFFER);
    while source.read_onto(READ_BUFFER, &mut buffer)? > 0 {
        hasher.update(&buffer);
        buffer.clear();
    }
    Ok(*hasher.finalize().as_bytes())
}

/// The error for a file that the system does not let us read.
pub(super) fn unreadable(name: &str, cause: io::Error) -> Error {
    let error = Error::input(format!("cannot read {name}"));
    let error = match cause.kind() {
        ErrorKind::NotFound => error.hint("there is no such file; is the path right?"),
        ErrorKind::PermissionDenied => error.hint("the file may not be read by this user"),
        _ => error,
    };
    error.because(cause)
}
