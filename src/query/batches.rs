//! Rows or lines in batches, for stages that share them out among threads.

use crate::error::{Error, Result};

/// How many things the first batch has, and a thread is given at least; later batches have more.
pub const FIRST_BATCH: usize = 32;
/// How many a batch has at most, for each thread.
const MOST: usize = 1024;

/// Things in batches that grow, so that the first are there soon. An error ends its batch.
pub struct Batches<I> {
    things: I,
    size: usize,
    most: usize,
}

impl<I> Batches<I> {
    /// Batches for so many threads.
    pub fn new(things: I, threads: usize) -> Self {
        Batches { things, size: FIRST_BATCH, most: MOST * threads.max(1) }
    }
}

impl<T, I: Iterator<Item = Result<T>>> Iterator for Batches<I> {
    type Item = (Vec<T>, Option<Error>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Vec::new();
        let mut error = None;
        for thing in self.things.by_ref().take(self.size) {
            match thing {
                Ok(thing) => batch.push(thing),
                Err(cause) => {
                    error = Some(cause);
                    break;
                }
            }
        }
        self.size = (self.size * 2).min(self.most);
        (!batch.is_empty() || error.is_some()).then_some((batch, error))
    }
}

/// How many things each thread is given.
pub fn share(things: usize, threads: usize) -> usize {
    things.div_ceil(threads.max(1)).max(FIRST_BATCH)
}
