//! A whole store written anew into another one: what a backup and its return are made of.
//!
//! A view is copied, so others may write meanwhile. Derived tables stay behind, as they are made
//! again when somebody asks.

use super::index::Index;
use super::page::PAGE_LEAVES;
use crate::control::{Control, Measure};
use crate::error::Result;
use crate::store::{Access, BulkFile, Family, Store, View};

/// The families in the order in which they are copied: that which makes it a database comes last.
const FAMILIES: [Family; 5] =
    [Family::Symbols, Family::Pages, Family::Text, Family::Saved, Family::Meta];
/// Where one sorted file ends and the next begins.
const FILE_BYTES: u64 = 256 << 20;
const CHECK_EVERY: u64 = 256;

/// How much was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Keys with their values.
    pub entries: u64,
    /// Bytes of both, before compression.
    pub bytes: u64,
}

impl Index {
    /// Copies all that is stored now into an empty store.
    ///
    /// # Errors
    /// When one of the two disks or a checksum fails, or the work is stopped; then the target is
    /// no database.
    pub fn copy_into(&self, target: &dyn Store, control: &Control) -> Result<Copied> {
        let pages = |leaves: u64| leaves.div_ceil(PAGE_LEAVES as u64);
        let total = self.names().into_iter().filter_map(|name| self.corpus(&name)).map(|corpus| {
            let manifest = corpus.manifest();
            let segments = manifest.segments.iter();
            segments.map(|segment| pages(segment.leaves)).sum::<u64>() + manifest.blocks
        });
        control.progress.begin("copying", Some(total.sum()), Measure::Items);
        let view = self.store().view();
        let mut copied = Copied::default();
        let done = FAMILIES
            .iter()
            .try_for_each(|family| copy_family(&*view, target, *family, control, &mut copied));
        control.progress.finish();
        done.map(|()| copied)
    }
}

fn copy_family(
    view: &dyn View,
    target: &dyn Store,
    family: Family,
    control: &Control,
    copied: &mut Copied,
) -> Result<()> {
    let mut files: Vec<BulkFile> = Vec::new();
    let mut cursor = view.cursor(family, Access::Scan);
    cursor.seek(&[]);
    let mut file = target.bulk(family)?;
    let mut written = 0;
    while let Some((key, value)) = cursor.entry()? {
        file.put(key, value)?;
        let bytes = (key.len() + value.len()) as u64;
        written += bytes;
        copied.bytes += bytes;
        copied.entries += 1;
        if written >= FILE_BYTES {
            files.extend(std::mem::replace(&mut file, target.bulk(family)?).finish()?);
            written = 0;
        }
        if copied.entries.is_multiple_of(CHECK_EVERY) {
            control.check()?;
            control.progress.advance(CHECK_EVERY);
        }
        cursor.advance();
    }
    files.extend(file.finish()?);
    control.check()?;
    target.adopt(family, files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::store::MemoryStore;

    #[test]
    fn what_is_stopped_is_no_database() {
        let index = Index::open(Box::new(MemoryStore::new()), false).unwrap();
        let control = Control::default();
        let whole = MemoryStore::new();
        assert_eq!(index.copy_into(&whole, &control).unwrap().entries, 1);
        assert!(
            whole.view().get(Family::Meta, &crate::index::layout::format_key()).unwrap().is_some()
        );
        control.stop.set();
        let part = MemoryStore::new();
        assert!(matches!(index.copy_into(&part, &control), Err(Error::Retry(_))));
        let mut meta = 0;
        part.view()
            .each_with_prefix(Family::Meta, &[], |_, _| {
                meta += 1;
                Ok(())
            })
            .unwrap();
        assert_eq!(meta, 0);
    }
}
