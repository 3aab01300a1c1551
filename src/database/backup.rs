//! A database copied to another directory, whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::database::database::Database;
use crate::error::{Error, Result};
use crate::index::{Copied, Index};
use crate::store::{RocksOptions, RocksStore};

/// What the copy is called while it is written.
const UNFINISHED: &str = ".unfinished";

impl Database {
    /// Writes all that is in the database now into a new directory, sorted and compressed anew.
    /// Others may read and write meanwhile. The directory appears when it is whole.
    ///
    /// # Errors
    /// [`Error::Input`] when there is something at `to` already, [`Error::Retry`] when the disk
    /// refuses or the work is stopped, [`Error::Corrupt`] when what is read is damaged.
    pub fn copy_to(&self, to: impl AsRef<Path>) -> Result<Copied> {
        let to = to.as_ref();
        let shown = to.display();
        let is_empty = || fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_none());
        if to.exists() && !is_empty() {
            return Err(Error::input(format!("there is something at {shown} already"))
                .hint("give the path of a directory that is empty or does not exist yet"));
        }
        let unfinished = unfinished(to)?;
        if unfinished.exists() {
            let left = unfinished.display();
            return Err(Error::input(format!("{left} was left by a copy that was killed"))
                .hint("remove it and run this again"));
        }
        match self.write_copy(&unfinished) {
            Ok(copied) => {
                put_in_place(&unfinished, to).map_err(|cause| {
                    let message = format!("{} cannot become {shown}", unfinished.display());
                    Error::retry(message).because(cause)
                })?;
                Ok(copied)
            }
            Err(error) => {
                // What is not whole is of no use to anybody.
                drop(fs::remove_dir_all(&unfinished));
                Err(error)
            }
        }
    }

    fn write_copy(&self, path: &Path) -> Result<Copied> {
        let cache = 8 << 20;
        let options = RocksOptions { create: true, read_only: false, cache };
        let store = RocksStore::open(path, &options)?;
        let copied = self.index().copy_into(&store, self.control())?;
        drop(store);
        // It opens, or it is no copy.
        let store = RocksStore::open(path, &RocksOptions { create: false, ..options })?;
        Index::open(Box::new(store), false)?;
        Ok(copied)
    }
}

/// Where the copy grows: beside its place, so that it only has to be renamed.
fn unfinished(to: &Path) -> Result<PathBuf> {
    let name = to.file_name().ok_or_else(|| {
        Error::input(format!("{} is no path for a new directory", to.display()))
            .hint("its last part has to be a name")
    })?;
    let mut longer = OsString::from(name);
    longer.push(UNFINISHED);
    Ok(to.with_file_name(longer))
}

fn put_in_place(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.exists() {
        fs::remove_dir(to)?;
    }
    fs::rename(from, to)?;
    match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
