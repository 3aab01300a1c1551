//! Where itemsets go: the trait, a sink that counts them and one that keeps them.

use crate::error::Result;

/// Receives itemsets. One thread calls it at a time.
pub trait Sink: Send {
    /// Whether each itemset is wanted. Where only their number is, [`Sink::tally`] is called with
    /// many at once instead of [`Sink::take`], and the search need not spell them out.
    fn lists(&self) -> bool {
        true
    }

    /// Takes an itemset: its items ascending, and how many transactions hold it.
    ///
    /// # Errors
    /// An error ends the search, which returns it.
    fn take(&mut self, items: &[u32], count: u64) -> Result<()>;

    /// Takes the number of so many more itemsets.
    ///
    /// # Errors
    /// As for [`Sink::take`].
    fn tally(&mut self, _number: u64) -> Result<()> {
        Ok(())
    }
}

/// Counts itemsets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// How many there are.
    pub found: u64,
}

impl Sink for Tally {
    fn lists(&self) -> bool {
        false
    }

    fn take(&mut self, _items: &[u32], _count: u64) -> Result<()> {
        self.tally(1)
    }

    fn tally(&mut self, number: u64) -> Result<()> {
        self.found = self.found.saturating_add(number);
        Ok(())
    }
}

/// Keeps itemsets with their counts, in the order in which they come.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The itemsets.
    pub itemsets: Vec<(Vec<u32>, u64)>,
}

impl Sink for Listing {
    fn take(&mut self, items: &[u32], count: u64) -> Result<()> {
        self.itemsets.push((items.to_vec(), count));
        Ok(())
    }
}
