//! A database directory that is open.

use std::path::Path;

use crate::control::Control;
use crate::database::session::Session;
use crate::error::Result;
use crate::index::Index;
use crate::store::{MemoryStore, RocksOptions, RocksStore};

/// The share of the memory that caches what was read.
const CACHE_SHARE: u64 = 8;

/// How a database is opened.
#[derive(Clone)]
pub struct Options {
    /// Makes a new database where there is none.
    pub create: bool,
    /// Opens for reading only.
    pub read_only: bool,
    /// Threads to use; 0 for all cores.
    pub threads: usize,
    /// Bytes of memory that ingest, merge and statistics stay within.
    pub memory: u64,
    /// How long work is stopped, and who is told how far it is.
    pub control: Control,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            create: true,
            read_only: false,
            threads: 0,
            memory: 1 << 30,
            control: Control::default(),
        }
    }
}

/// A database. Shared by any number of sessions.
///
/// ```
/// use erya::database::Database;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("example.db");
/// let database = Database::open(path, Default::default())?;
/// let mut session = database.session();
/// session.run("CREATE CORPUS poems; INGEST TEXT '床前明月光', '举头望明月' INTO poems")?;
/// let answer = session.query("FROM poems | COUNT '明月'")?;
/// assert_eq!(answer.rows.count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Database {
    index: Index,
    options: Options,
}

impl Database {
    /// Opens the database in a directory.
    ///
    /// # Errors
    /// [`Error::Input`](crate::error::Error::Input) when there is none and none is to be made,
    /// [`Error::Retry`](crate::error::Error::Retry) when another process has it,
    /// [`Error::Corrupt`](crate::error::Error::Corrupt) when it cannot be read.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Database> {
        let cache = usize::try_from(options.memory / CACHE_SHARE).unwrap_or(usize::MAX);
        // Blocks of the store, and the pages in them that were asked for.
        let blocks = cache / 2;
        let (create, read_only) = (options.create, options.read_only);
        let rocks = RocksOptions { create, read_only, cache: blocks };
        let store = RocksStore::open(path.as_ref(), &rocks)?;
        let index = Index::open(Box::new(store), options.read_only)?.keeping(cache - blocks);
        Ok(Database { index, options })
    }

    /// A database in memory, gone when it is dropped.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn in_memory(options: Options) -> Result<Database> {
        let index = Index::open(Box::new(MemoryStore::new()), false)?;
        Ok(Database { index, options })
    }

    /// Begins a session.
    pub fn session(&self) -> Session<'_> {
        Session::new(self)
    }

    /// How work on it is stopped and watched.
    pub fn control(&self) -> &Control {
        &self.options.control
    }

    /// The index below the language.
    pub fn index(&self) -> &Index {
        &self.index
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }
}
