//! The store on disk. The only file that names RocksDB.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType,
    DBRawIterator, ErrorKind, IngestExternalFileOptions, IteratorMode, LogLevel, Options, Range,
    ReadOptions, SnapshotWithThreadMode, SstFileWriter, WriteBatch, WriteOptions,
};

use super::contract::{Access, Batch, Bulk, BulkFile, Change, Cursor, Family, Store, View};
use super::crash::crash_point;
use crate::error::{Error, Result};

/// Where bulk files are written before they are taken in.
const INCOMING: &str = "incoming";
/// How often a reader looks for files that a writer has just removed.
const READER_ATTEMPTS: usize = 5;

/// How a store on disk is opened.
#[derive(Clone, Debug)]
pub struct RocksOptions {
    /// Makes a new database where there is none.
    pub create: bool,
    /// Opens for reading; other processes may read at the same time.
    pub read_only: bool,
    /// Bytes of memory for cached blocks.
    pub cache: usize,
}

/// A directory with a RocksDB database.
pub struct RocksStore {
    db: DB,
    options: Vec<Options>,
    incoming: PathBuf,
    next_file: AtomicU64,
    read_only: bool,
}

impl RocksStore {
    /// Opens, or makes, the database in a directory.
    ///
    /// # Errors
    /// [`Error::Input`] when there is none and none is to be made, [`Error::Retry`] when another
    /// process has it, [`Error::Corrupt`] when what is there is something else.
    pub fn open(path: &Path, options: &RocksOptions) -> Result<Self> {
        refuse_unless_usable(path, options)?;
        if options.create && !options.read_only {
            fs::create_dir_all(path).map_err(|cause| {
                let message = format!("the directory {} cannot be made", path.display());
                Error::input(message).because(cause)
            })?;
        }
        let cache = Cache::new_lru_cache(options.cache);
        // Each that is made by itself makes a cache that nobody uses; copies share one.
        let usual = Options::default();
        let families: Vec<Options> =
            Family::ALL.iter().map(|&family| family_options(&usual, family, &cache)).collect();
        let descriptor = |(family, options): (&Family, &Options)| {
            ColumnFamilyDescriptor::new(family.name(), options.clone())
        };
        let descriptors = || Family::ALL.iter().zip(&families).map(descriptor);
        let top = database_options(&usual, options.create && !options.read_only);
        let db = if options.read_only {
            open_for_reading(|| DB::open_cf_descriptors_read_only(&top, path, descriptors(), false))
        } else {
            DB::open_cf_descriptors(&top, path, descriptors())
        }
        .map_err(|cause| opening_error(path, cause))?;
        let incoming = path.join(INCOMING);
        if !options.read_only {
            // Whatever lies here was never taken in: leftovers of a process that was killed.
            let _ = fs::remove_dir_all(&incoming);
            fs::create_dir_all(&incoming).map_err(|cause| disk_error(&incoming, cause))?;
        }
        let (next_file, read_only) = (AtomicU64::new(0), options.read_only);
        Ok(RocksStore { db, options: families, incoming, next_file, read_only })
    }

    fn family(&self, family: Family) -> Result<&ColumnFamily> {
        self.db
            .cf_handle(family.name())
            .ok_or_else(|| Error::internal(format!("the family {} was not opened", family.name())))
    }
}

/// Opens for reading beside a writer, which may remove a file between the two looks of a reader:
/// at the list of files, and at each of them.
fn open_for_reading(
    open: impl Fn() -> std::result::Result<DB, rocksdb::Error>,
) -> std::result::Result<DB, rocksdb::Error> {
    let is_gone = |cause: &rocksdb::Error| cause.to_string().contains("No such file");
    let mut opened = open();
    for _ in 1..READER_ATTEMPTS {
        if !opened.as_ref().is_err_and(is_gone) {
            break;
        }
        opened = open();
    }
    opened
}

fn refuse_unless_usable(path: &Path, options: &RocksOptions) -> Result<()> {
    let is_database = path.join("CURRENT").is_file();
    let shown = path.display();
    if path.is_file() {
        return Err(Error::input(format!("{shown} is a file, not a database directory")));
    }
    if !is_database && (!options.create || options.read_only) {
        return Err(Error::input(format!("there is no database at {shown}"))
            .hint(format!("erya ingest {shown} CORPUS FILE makes one")));
    }
    let occupied = || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
    if !is_database && occupied() {
        return Err(Error::input(format!("{shown} is a directory with other things in it"))
            .hint("give the path of a directory that is empty or does not exist yet"));
    }
    if is_database { refuse_foreign(path) } else { Ok(()) }
}

/// Refuses a database of another program before our families are added to it.
fn refuse_foreign(path: &Path) -> Result<()> {
    let opening = |cause| opening_error(path, cause);
    let top = Options::default();
    let found = DB::list_cf(&top, path).map_err(opening)?;
    let is_ours = |name: &str| Family::ALL.iter().any(|family| family.name() == name);
    let others = found.iter().filter(|name| !is_ours(name)).count();
    let is_complete = found.len() - others == Family::ALL.len();
    let is_foreign = match (others, is_complete) {
        // RocksDB always has the family `default`, where we keep nothing.
        (..=1, true) => false,
        // Ours, if we were stopped while we made it: then nothing is in it yet.
        (..=1, false) => {
            let db = DB::open_cf_for_read_only(&top, path, &found, false).map_err(opening)?;
            db.iterator(IteratorMode::Start).next().is_some()
        }
        _ => true,
    };
    if is_foreign { Err(not_ours(path)) } else { Ok(()) }
}

fn not_ours(path: &Path) -> Error {
    Error::corrupt(format!("{} is not a database of erya", path.display()))
}

fn database_options(usual: &Options, create: bool) -> Options {
    let mut options = usual.clone();
    options.create_if_missing(create);
    options.create_missing_column_families(create);
    options.set_keep_log_file_num(2);
    options.set_log_level(LogLevel::Warn);
    options.set_max_background_jobs(2);
    options.set_skip_stats_update_on_db_open(true);
    // Files are few: the threads to open them, sixteen a family, cost more than they save.
    options.set_max_file_opening_threads(1);
    options
}

fn family_options(usual: &Options, family: Family, cache: &Cache) -> Options {
    let mut options = usual.clone();
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_format_version(6);
    table.set_block_size(16 << 10);
    options.set_write_buffer_size(4 << 20);
    // Heads lie among pieces of a megabyte: whoever looks at one should not unpack a piece.
    if family == Family::Saved {
        table.set_block_size(64);
    }
    // Entries of pages are large: to walk past many of them costs more than their keys are long.
    if family == Family::Pages {
        table.set_block_restart_interval(4);
    }
    match family {
        Family::Statistics => {
            options.set_compression_type(DBCompressionType::Zstd);
            // Bits of the window as usual, level 1.
            options.set_compression_options(-14, 1, 0, 0);
        }
        // Pages are front coded; text is compressed by the threads that wrote it.
        Family::Pages | Family::Text => options.set_compression_type(DBCompressionType::None),
        Family::Meta | Family::Symbols | Family::Saved => {
            options.set_compression_type(DBCompressionType::Lz4);
        }
    }
    options.set_block_based_table_factory(&table);
    options
}

impl Store for RocksStore {
    fn view(&self) -> Box<dyn View + '_> {
        Box::new(RocksView { store: self, snapshot: self.db.snapshot() })
    }

    fn commit(&self, batch: &Batch) -> Result<()> {
        let mut write = WriteBatch::default();
        for change in batch.changes() {
            match change {
                Change::Put(family, key, value) => write.put_cf(self.family(*family)?, key, value),
                Change::Delete(family, key) => write.delete_cf(self.family(*family)?, key),
            }
        }
        let mut options = WriteOptions::default();
        options.set_sync(true);
        crash_point("before-commit");
        self.db.write_opt(write, &options).map_err(store_error)?;
        crash_point("after-commit");
        Ok(())
    }

    fn bulk(&self, family: Family) -> Result<Box<dyn Bulk + '_>> {
        let number = self.next_file.fetch_add(1, Ordering::Relaxed);
        let path = self.incoming.join(format!("{}-{number}.sst", family.name()));
        let options = &self.options[family as usize];
        let writer = SstFileWriter::create(options);
        writer.open(&path).map_err(store_error)?;
        Ok(Box::new(RocksBulk { writer, path, entries: 0 }))
    }

    fn adopt(&self, family: Family, files: Vec<BulkFile>) -> Result<()> {
        let mut paths = Vec::with_capacity(files.len());
        for file in files {
            let BulkFile::Path(path) = file else {
                return Err(Error::internal("a store on disk was given entries in memory"));
            };
            paths.push(path);
        }
        if paths.is_empty() {
            return Ok(());
        }
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        // Else a file that comes while a view is open gets a sequence number of its own, and is
        // written once more to be rid of it as soon as no view is.
        options.set_snapshot_consistency(false);
        let family = self.family(family)?;
        self.db.ingest_external_file_cf_opts(family, &options, paths).map_err(store_error)?;
        crash_point("adopted");
        Ok(())
    }

    fn discard(&self, family: Family, from: &[u8], to: &[u8]) -> Result<()> {
        let family = self.family(family)?;
        // Whole files first, which frees their space at once; then what shares a file with others.
        self.db.delete_file_in_range_cf(family, from, to).map_err(store_error)?;
        crash_point("discard");
        // Where nothing is left, a mark of deletion would only be in the way: files that are
        // adopted later lie under it, and are written once more to be rid of it.
        let mut rest = self.db.raw_iterator_cf(family);
        rest.seek(from);
        rest.status().map_err(store_error)?;
        match rest.key().is_some_and(|key| key < to) {
            true => self.db.delete_range_cf(family, from, to).map_err(store_error),
            false => Ok(()),
        }
    }

    fn scratch(&self) -> Result<File> {
        // Another process may only read the database; then its directory is not ours to write to.
        let made = match self.read_only {
            true => tempfile::tempfile(),
            false => tempfile::tempfile_in(&self.incoming),
        };
        made.map_err(|cause| disk_error(&self.incoming, cause))
    }

    fn size(&self, family: Family, from: &[u8], to: &[u8]) -> u64 {
        let Ok(family) = self.family(family) else { return 0 };
        self.db.get_approximate_sizes_cf(family, &[Range::new(from, to)]).iter().sum()
    }
}

struct RocksBulk<'a> {
    writer: SstFileWriter<'a>,
    path: PathBuf,
    entries: u64,
}

impl Bulk for RocksBulk<'_> {
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.entries += 1;
        self.writer.put(key, value).map_err(store_error)
    }

    fn finish(mut self: Box<Self>) -> Result<Option<BulkFile>> {
        if self.entries == 0 {
            drop(self.writer);
            let _ = fs::remove_file(&self.path);
            return Ok(None);
        }
        self.writer.finish().map_err(store_error)?;
        crash_point("bulk-written");
        Ok(Some(BulkFile::Path(self.path)))
    }
}

struct RocksView<'a> {
    store: &'a RocksStore,
    snapshot: SnapshotWithThreadMode<'a, DB>,
}

impl View for RocksView<'_> {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.snapshot.get_cf(self.store.family(family)?, key).map_err(store_error)
    }

    fn cursor(&self, family: Family, access: Access) -> Box<dyn Cursor + '_> {
        let mut options = ReadOptions::default();
        // Pages and text blocks have checksums of their own, which do not cover their keys.
        options.set_verify_checksums(true);
        if access == Access::Scan {
            options.set_readahead_size(2 << 20);
        }
        options.fill_cache(access == Access::Point);
        let iterator = self
            .store
            .family(family)
            .map(|handle| self.snapshot.raw_iterator_cf_opt(handle, options));
        Box::new(RocksCursor { iterator })
    }
}

struct RocksCursor<'a> {
    iterator: Result<DBRawIterator<'a>>,
}

impl RocksCursor<'_> {
    fn with(&mut self, step: impl FnOnce(&mut DBRawIterator<'_>)) {
        if let Ok(iterator) = &mut self.iterator {
            step(iterator);
        }
    }
}

impl Cursor for RocksCursor<'_> {
    fn seek(&mut self, key: &[u8]) {
        self.with(|iterator| iterator.seek(key));
    }

    fn seek_back(&mut self, key: &[u8]) {
        self.with(|iterator| iterator.seek_for_prev(key));
    }

    fn advance(&mut self) {
        self.with(|iterator| iterator.next());
    }

    fn entry(&self) -> Result<Option<(&[u8], &[u8])>> {
        let iterator = self.iterator.as_ref().map_err(|error| {
            Error::internal("a cursor on a family that was not opened").because(error.to_string())
        })?;
        match iterator.item() {
            Some(entry) => Ok(Some(entry)),
            None => iterator.status().map(|()| None).map_err(store_error),
        }
    }
}

fn opening_error(path: &Path, cause: rocksdb::Error) -> Error {
    let text = cause.to_string();
    let shown = path.display();
    if text.contains("lock") && matches!(cause.kind(), ErrorKind::IOError) {
        return Error::retry(format!("the database {shown} is open in another process"))
            .hint("close the other one, or open both with --read-only");
    }
    if matches!(cause.kind(), ErrorKind::InvalidArgument) {
        return Error::corrupt(format!("{shown} is not a database of erya")).because(cause);
    }
    store_error(cause)
}

fn store_error(cause: rocksdb::Error) -> Error {
    let full = cause.to_string().contains("No space left");
    match cause.kind() {
        _ if full => Error::retry("the disk is full")
            .hint("free some space and run it again; what was committed is safe")
            .because(cause),
        ErrorKind::Corruption => Error::corrupt("the database is damaged")
            .hint("erya restore makes a database of a backup")
            .because(cause),
        ErrorKind::NotSupported => {
            Error::input("the database is open for reading only").because(cause)
        }
        ErrorKind::IOError | ErrorKind::Busy | ErrorKind::TryAgain | ErrorKind::TimedOut => {
            Error::retry("the database cannot be read or written").because(cause)
        }
        _ => Error::internal("the store refused").because(cause),
    }
}

fn disk_error(path: &Path, cause: std::io::Error) -> Error {
    Error::retry(format!("{} cannot be written", path.display())).because(cause)
}
