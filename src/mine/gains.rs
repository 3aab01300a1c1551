//! How much more often itemsets of a list occur since it was made, packed: by how many the list
//! goes on to the next that has gained, and what that one has gained.

use super::packed::take;
use crate::index::put_varint;

/// What the itemsets of a list have gained, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gains {
    bytes: Vec<u8>,
    /// How many were added without a gain since the last one with any.
    passed: u64,
}

/// Where the gains of the itemsets of one count end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GainStep {
    /// The largest of them; 0 where there is none.
    pub most: u64,
    /// How many bytes there are until here.
    pub end: usize,
}

/// Reads [`Gains`] from the front, one itemset after the other.
#[derive(Clone, Debug)]
pub(super) struct GainReader {
    at: usize,
    /// How many come before the next that has gained.
    before: u64,
    /// What that one has gained; 0 where there is no other.
    next: u64,
}

impl Gains {
    /// Adds what the next itemset has gained.
    #[inline]
    pub fn push(&mut self, gain: u64) {
        if gain == 0 {
            self.passed += 1;
            return;
        }
        put_varint(&mut self.bytes, self.passed);
        put_varint(&mut self.bytes, gain);
        self.passed = 0;
    }

    /// The packed form.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// From the packed form, or what it begins with. Bytes that are none end early; whoever
    /// stores them keeps a checksum.
    pub fn from_bytes(bytes: Vec<u8>) -> Gains {
        Gains { bytes, passed: 0 }
    }

    /// Whether no itemset has gained any.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn reader(&self) -> GainReader {
        let mut reader = GainReader { at: 0, before: 0, next: 0 };
        reader.go_on(self);
        reader
    }
}

impl GainReader {
    fn go_on(&mut self, gains: &Gains) {
        let before = take(&gains.bytes, &mut self.at);
        let next = take(&gains.bytes, &mut self.at);
        (self.before, self.next) = before.zip(next).unwrap_or((0, 0));
    }

    /// What the next itemset has gained, of the gains that it has read from so far.
    #[inline]
    pub(super) fn next(&mut self, gains: &Gains) -> u64 {
        if self.before > 0 {
            self.before -= 1;
            return 0;
        }
        let gain = self.next;
        if gain > 0 {
            self.go_on(gains);
        }
        gain
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn gains_come_back(gains in proptest::collection::vec(prop_oneof![
            Just(0), Just(0), 0u64..3, 0u64..1 << 40], 0..60)) {
            let mut packed = Gains::default();
            gains.iter().for_each(|gain| packed.push(*gain));
            let back = Gains::from_bytes(packed.bytes().to_vec());
            let mut reader = back.reader();
            let read: Vec<u64> = gains.iter().map(|_| reader.next(&back)).collect();
            prop_assert_eq!(read, gains);
            prop_assert_eq!(reader.next(&back), 0);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let gains = Gains::from_bytes(bytes);
            let mut reader = gains.reader();
            (0..60).for_each(|_| { reader.next(&gains); });
        }
    }
}
