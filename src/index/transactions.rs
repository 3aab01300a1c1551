//! The transactions of a corpus of items as they were written: their items in order, repeated ones
//! as often as they stand there. Postings know sets only; who asks what follows what reads this.
//!
//! A transaction is a line of the kept text, with the numbers of its items in decimals and a blank
//! between them. Names would have to be escaped, and numbers never change.

use super::text::{PackedText, pack};
use super::view::CorpusView;
use crate::control::{Control, Measure};
use crate::error::{Error, Result};

/// Text that is compressed at a time.
const PIECE: usize = 1 << 20;

/// Transactions on their way into the kept text.
#[derive(Default)]
pub(super) struct Lines {
    text: String,
}

impl Lines {
    /// Adds a transaction.
    pub(super) fn push(&mut self, items: &[u32]) {
        for (place, &item) in items.iter().enumerate() {
            if place > 0 {
                self.text.push(' ');
            }
            push_number(item, &mut self.text);
        }
        self.text.push('\n');
    }

    /// What there is, compressed; nothing while it is little, unless it is the end of a document.
    ///
    /// # Errors
    /// When the compressor fails.
    pub(super) fn packed(&mut self, is_end: bool) -> Result<Vec<PackedText>> {
        if self.text.len() < PIECE && !is_end {
            return Ok(Vec::new());
        }
        let blocks = pack(&self.text);
        self.text.clear();
        blocks
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
    }
}

/// Writes a number; formatting it takes three times as long.
fn push_number(mut number: u32, text: &mut String) {
    let mut digits = [0; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = number % 10;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend(digits[at..].iter().filter_map(|digit| char::from_digit(*digit, 10)));
}

impl CorpusView<'_> {
    /// Hands over the transactions of a corpus of items in order, each with its items as they were
    /// written.
    ///
    /// # Errors
    /// [`Error::Query`] for a corpus that was created without its text, [`Error::Corrupt`] for one
    /// that is damaged, what `take` says, and when the work is stopped.
    pub fn each_transaction(
        &self,
        control: &Control,
        mut take: impl FnMut(&[u32]) -> Result<()>,
    ) -> Result<()> {
        if !self.record().keep_text {
            let name = &self.record().name;
            let message = format!("the order of the items is not known: {name} keeps no text");
            let hint = "a corpus of items WITH keep_text = true keeps it; INGEST the files again";
            return Err(Error::query(message).hint(hint));
        }
        let blocks = self.blocks();
        let total = blocks.end - blocks.start;
        control.progress.begin("reading the transactions", Some(total), Measure::Items);
        let mut text = self.text(blocks);
        let (known, mut items) = (self.dictionary().len(), Vec::new());
        while let Some((_, block)) = text.next_block()? {
            control.check()?;
            for line in block.lines() {
                items.clear();
                for number in line.split(' ').filter(|number| !number.is_empty()) {
                    let item = number.parse().ok().filter(|item| (*item as usize) < known);
                    items.push(item.ok_or_else(super::posting::damaged)?);
                }
                take(&items)?;
            }
            control.progress.advance(1);
        }
        control.progress.finish();
        Ok(())
    }

    /// Reads all transactions and compares their number, and that of their different items, with
    /// the manifest; gives the number.
    pub(super) fn check_transactions(&self, control: &Control) -> Result<u64> {
        let (mut transactions, mut different, mut sorted) = (0, 0, Vec::new());
        self.each_transaction(control, |items| {
            transactions += 1;
            sorted.clear();
            sorted.extend_from_slice(items);
            sorted.sort_unstable();
            sorted.dedup();
            different += sorted.len() as u64;
            Ok(())
        })?;
        let totals = &self.manifest().totals;
        if (transactions, different) != (totals.sentences, totals.units()) {
            return Err(Error::corrupt(format!(
                "the kept text has {transactions} transactions of {different} items, not {} of {}",
                totals.sentences,
                totals.units()
            )));
        }
        Ok(transactions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_written_as_they_read(number in prop_oneof![0u32..200, any::<u32>()]) {
            let mut text = String::new();
            push_number(number, &mut text);
            prop_assert_eq!(text, number.to_string());
        }
    }
}
