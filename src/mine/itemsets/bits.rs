//! Kernels over words of bits, for the processor at hand.
//!
//! The fast ones use population count and bit extraction where the processor has them; the others
//! are the same functions compiled for any processor.

use std::sync::LazyLock;

/// Bits of a word.
pub(super) const WORD: usize = 64;

/// Rows of bits of one length, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Field {
    /// Words of a row.
    pub(super) words: usize,
    pub(super) bits: Vec<u64>,
}

impl Field {
    /// A row.
    #[inline]
    pub(super) fn row(&self, row: u32) -> &[u64] {
        &self.bits[row as usize * self.words..][..self.words]
    }

    /// Makes room for rows of zeros.
    pub(super) fn reset(&mut self, rows: usize, words: usize) {
        self.words = words;
        self.bits.clear();
        self.bits.resize(rows * words, 0);
    }
}

/// The kernels.
pub(super) struct Kernels {
    /// Sets the last to how many bits the first has in common with each of the rows.
    pub(super) counts: fn(&[u64], &Field, &[u32], &mut Vec<u32>),
    /// Sets the last to the bits of the first that are in a row; gives back how many.
    pub(super) and: fn(&[u64], &[u64], &mut [u64]) -> u32,
    /// Whether one of the rows has all bits of the first.
    pub(super) covered: fn(&[u64], &Field, &[u32]) -> bool,
    /// Whether one of the rows has at least so many bits in common with the first.
    pub(super) reached: fn(&[u64], &Field, &[u32], u32) -> bool,
    /// Pushes those bits of a row that stand where the mask has one, moved together.
    pub(super) extract: fn(&[u64], &[u64], &mut [u64]),
    /// Adds one to the number of the choice of these rows that a transaction of the first holds,
    /// for each that holds any; the rows are at most sixteen, the first is bit 0.
    pub(super) choices: fn(&[u64], &Field, &[u32], &mut [u32]),
    /// Adds to each number those of its supersets: the index is a set of bits.
    pub(super) superset_sums: fn(&mut [u32]),
    /// How many numbers are at least so high.
    pub(super) at_least: fn(&[u32], u32) -> u64,
}

/// The kernels for this processor.
pub(super) static KERNELS: LazyLock<Kernels> = LazyLock::new(choose);

#[cfg(target_arch = "x86_64")]
fn choose() -> Kernels {
    let has_all = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2");
    if has_all { fast::kernels() } else { portable() }
}

#[cfg(not(target_arch = "x86_64"))]
fn choose() -> Kernels {
    portable()
}

/// Kernels that any processor can run.
pub(super) fn portable() -> Kernels {
    Kernels { counts, and, covered, reached, extract, choices, superset_sums, at_least }
}

#[cfg(target_arch = "x86_64")]
mod fast {
    //! The same functions, compiled for AVX2, POPCNT, BMI1 and BMI2.

    use super::{Field, Kernels};
    use std::arch::x86_64::_pext_u64;

    /// Wraps a kernel so that it is compiled for these instructions.
    macro_rules! compiled {
        ($name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?) => {
            pub(super) fn $name($($argument: $kind),*) $(-> $result)? {
                #[target_feature(enable = "avx2,popcnt,bmi1,bmi2")]
                fn inner($($argument: $kind),*) $(-> $result)? {
                    super::$name($($argument),*)
                }
                // SAFETY: only `choose` hands this out, after it has seen these instructions.
                unsafe { inner($($argument),*) }
            }
        };
    }

    compiled!(counts(prefix: &[u64], field: &Field, rows: &[u32], counts: &mut Vec<u32>));
    compiled!(and(prefix: &[u64], row: &[u64], common: &mut [u64]) -> u32);
    compiled!(covered(prefix: &[u64], field: &Field, rows: &[u32]) -> bool);
    compiled!(reached(prefix: &[u64], field: &Field, rows: &[u32], least: u32) -> bool);
    compiled!(choices(mask: &[u64], field: &Field, rows: &[u32], sums: &mut [u32]));
    compiled!(superset_sums(sums: &mut [u32]));
    compiled!(at_least(numbers: &[u32], least: u32) -> u64);

    pub(super) fn extract(mask: &[u64], row: &[u64], target: &mut [u64]) {
        #[target_feature(enable = "avx2,popcnt,bmi1,bmi2")]
        fn inner(mask: &[u64], row: &[u64], target: &mut [u64]) {
            super::extract_with(mask, row, target, |bits, mask| _pext_u64(bits, mask));
        }
        // SAFETY: only `choose` hands this out, after it has seen these instructions.
        unsafe { inner(mask, row, target) }
    }

    pub(super) fn kernels() -> Kernels {
        Kernels { counts, and, covered, reached, extract, choices, superset_sums, at_least }
    }
}

#[inline(always)]
fn common(left: &[u64], right: &[u64]) -> u32 {
    left.iter().zip(right).map(|(left, right)| (left & right).count_ones()).sum()
}

#[inline(always)]
fn counts(prefix: &[u64], field: &Field, rows: &[u32], counts: &mut Vec<u32>) {
    counts.clear();
    if let [only] = *prefix {
        counts.extend(rows.iter().map(|&row| (only & field.bits[row as usize]).count_ones()));
        return;
    }
    counts.extend(rows.iter().map(|&row| common(prefix, field.row(row))));
}

#[inline(always)]
fn and(prefix: &[u64], row: &[u64], both: &mut [u64]) -> u32 {
    let mut count = 0;
    for ((both, prefix), row) in both.iter_mut().zip(prefix).zip(row) {
        *both = prefix & row;
        count += both.count_ones();
    }
    count
}

#[inline(always)]
fn covered(prefix: &[u64], field: &Field, rows: &[u32]) -> bool {
    rows.iter()
        .any(|&row| prefix.iter().zip(field.row(row)).all(|(prefix, row)| prefix & !row == 0))
}

#[inline(always)]
fn reached(prefix: &[u64], field: &Field, rows: &[u32], least: u32) -> bool {
    rows.iter().any(|&row| common(prefix, field.row(row)) >= least)
}

fn extract(mask: &[u64], row: &[u64], target: &mut [u64]) {
    extract_with(mask, row, target, |bits, mut mask| {
        let (mut moved, mut place) = (0, 0);
        while mask != 0 {
            moved |= (bits >> mask.trailing_zeros() & 1) << place;
            place += 1;
            mask &= mask - 1;
        }
        moved
    });
}

#[inline(always)]
fn extract_with(mask: &[u64], row: &[u64], target: &mut [u64], one: impl Fn(u64, u64) -> u64) {
    let (mut word, mut place) = (0, 0);
    let mut gathered = 0u64;
    for (&mask, &row) in mask.iter().zip(row) {
        if mask == 0 {
            continue;
        }
        let bits = one(row, mask);
        gathered |= bits << place;
        let length = mask.count_ones();
        if place + length >= 64 {
            target[word] = gathered;
            word += 1;
            gathered = if place == 0 { 0 } else { bits >> (64 - place) };
        }
        place = (place + length) % 64;
    }
    if place > 0 {
        target[word] = gathered;
    }
}

#[inline(always)]
fn choices(mask: &[u64], field: &Field, rows: &[u32], sums: &mut [u32]) {
    for word in 0..field.words {
        let mut lines = [0u64; 16];
        for (line, &row) in lines.iter_mut().zip(rows) {
            *line = field.row(row)[word];
            if let Some(mask) = mask.get(word) {
                *line &= mask;
            }
        }
        for byte in 0..8 {
            let (low, high) = (column(&lines[..8], byte), column(&lines[8..], byte));
            if low | high == 0 {
                continue;
            }
            let (low, high) = (transposed(low).to_le_bytes(), transposed(high).to_le_bytes());
            for (low, high) in low.into_iter().zip(high) {
                sums[usize::from(u16::from_le_bytes([low, high]))] += 1;
            }
        }
    }
}

/// One byte of each of eight words.
#[inline(always)]
fn column(lines: &[u64], byte: u32) -> u64 {
    let shifted = lines.iter().map(|line| (line >> (8 * byte)) & 0xff);
    shifted.zip(0..8).fold(0, |all, (line, place)| all | line << (8 * place))
}

/// Eight bytes of eight bits, mirrored at the diagonal (Warren, Hacker's Delight, 7-3).
#[inline(always)]
fn transposed(mut bits: u64) -> u64 {
    for (shift, swapped) in
        [(7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)]
    {
        let moved = (bits ^ (bits >> shift)) & swapped;
        bits ^= moved ^ (moved << shift);
    }
    bits
}

#[inline(always)]
fn superset_sums(sums: &mut [u32]) {
    let mut half = 1;
    if sums.len() >= 8 {
        for sums in sums.as_chunks_mut::<8>().0 {
            for step in [1, 2, 4] {
                for place in (0..8).filter(|place| place & step == 0) {
                    sums[place] += sums[place | step];
                }
            }
        }
        half = 8;
    }
    while half < sums.len() {
        for pair in sums.chunks_exact_mut(half * 2) {
            let (without, with) = pair.split_at_mut(half);
            for (without, with) in without.iter_mut().zip(with) {
                *without += *with;
            }
        }
        half *= 2;
    }
}

#[inline(always)]
fn at_least(numbers: &[u32], least: u32) -> u64 {
    numbers
        .chunks(1 << 20)
        .map(|chunk| u64::from(chunk.iter().map(|&number| u32::from(number >= least)).sum::<u32>()))
        .sum()
}
