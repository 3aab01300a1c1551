//! Kernels over words of bits, for the processor at hand.
//!
//! The fast ones use population count and bit extraction where the processor has them; the others
//! are the same functions compiled for any processor.

use std::sync::LazyLock;

/// Bits of a word.
pub(super) const WORD: usize = 64;
/// Words that are dealt with at once.
const LANES: usize = 8;

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

    /// Adds a row of zeros.
    pub(super) fn push(&mut self) -> &mut [u64] {
        let start = self.bits.len();
        self.bits.resize(start + self.words, 0);
        &mut self.bits[start..]
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

fn choose() -> Kernels {
    available().pop().unwrap_or_else(portable)
}

/// The kernels that this processor can run, the fastest last.
pub(super) fn available() -> Vec<Kernels> {
    let mut kernels = vec![portable()];
    #[cfg(target_arch = "x86_64")]
    kernels.extend(fast());
    kernels
}

#[cfg(target_arch = "x86_64")]
fn fast() -> Vec<Kernels> {
    let has_bits = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2");
    let has_counts = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vpopcntdq");
    let mut kernels = Vec::new();
    if has_bits {
        kernels.push(avx2::kernels());
    }
    if has_bits && has_counts {
        kernels.push(avx512::kernels());
    }
    kernels
}

/// Kernels that any processor can run.
fn portable() -> Kernels {
    Kernels { counts, and, covered, reached, extract, choices, superset_sums, at_least }
}

/// Compiles the kernels for some instructions. What they call has to be inlined into them, else it
/// is compiled without these instructions: no closures and no adaptors of iterators but `zip`.
#[cfg(target_arch = "x86_64")]
macro_rules! compiled {
    ($module:ident, $features:literal, $common:path) => {
        mod $module {
            use super::{Field, Kernels};

            compiled!($features, and(prefix: &[u64], row: &[u64], common: &mut [u64]) -> u32);
            compiled!($features, covered(prefix: &[u64], field: &Field, rows: &[u32]) -> bool);
            compiled!(
                $features,
                choices(mask: &[u64], field: &Field, rows: &[u32], sums: &mut [u32])
            );
            compiled!($features, superset_sums(sums: &mut [u32]));
            compiled!($features, at_least(numbers: &[u32], least: u32) -> u64);

            pub(super) fn counts(
                prefix: &[u64],
                field: &Field,
                rows: &[u32],
                counts: &mut Vec<u32>,
            ) {
                #[target_feature(enable = $features)]
                fn inner(prefix: &[u64], field: &Field, rows: &[u32], counts: &mut Vec<u32>) {
                    super::counts_with(prefix, field, rows, counts, |left, right| {
                        $common(left, right)
                    });
                }
                // SAFETY: only `fast` hands this out, after it has seen these instructions.
                unsafe { inner(prefix, field, rows, counts) }
            }

            pub(super) fn reached(prefix: &[u64], field: &Field, rows: &[u32], least: u32) -> bool {
                #[target_feature(enable = $features)]
                fn inner(prefix: &[u64], field: &Field, rows: &[u32], least: u32) -> bool {
                    super::reached_with(prefix, field, rows, least, |left, right| {
                        $common(left, right)
                    })
                }
                // SAFETY: only `fast` hands this out, after it has seen these instructions.
                unsafe { inner(prefix, field, rows, least) }
            }

            pub(super) fn extract(mask: &[u64], row: &[u64], target: &mut [u64]) {
                #[target_feature(enable = $features)]
                fn inner(mask: &[u64], row: &[u64], target: &mut [u64]) {
                    super::extract_with(mask, row, target, |bits, mask| {
                        std::arch::x86_64::_pext_u64(bits, mask)
                    });
                }
                // SAFETY: only `fast` hands this out, after it has seen these instructions.
                unsafe { inner(mask, row, target) }
            }

            pub(super) fn kernels() -> Kernels {
                Kernels { counts, and, covered, reached, extract, choices, superset_sums, at_least }
            }
        }
    };
    ($features:literal, $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?) => {
        pub(super) fn $name($($argument: $kind),*) $(-> $result)? {
            #[target_feature(enable = $features)]
            fn inner($($argument: $kind),*) $(-> $result)? {
                super::$name($($argument),*)
            }
            // SAFETY: only `fast` hands this out, after it has seen these instructions.
            unsafe { inner($($argument),*) }
        }
    };
}

#[cfg(target_arch = "x86_64")]
compiled!(avx2, "avx2,popcnt,bmi1,bmi2", super::common);
#[cfg(target_arch = "x86_64")]
compiled!(
    avx512,
    "avx2,popcnt,bmi1,bmi2,avx512f,avx512bw,avx512vl,avx512vpopcntdq",
    super::wide_common
);

/// [`common`] by words of 512 bits; compilers make worse of the loop.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt,bmi1,bmi2,avx512f,avx512bw,avx512vl,avx512vpopcntdq")]
#[inline]
#[expect(clippy::cast_possible_truncation)] // rows have fewer than 2³² bits
#[expect(clippy::cast_sign_loss)]
fn wide_common(left: &[u64], right: &[u64]) -> u32 {
    use std::arch::x86_64::{
        __mmask8, _mm512_add_epi64, _mm512_and_si512, _mm512_loadu_si512, _mm512_maskz_loadu_epi64,
        _mm512_popcnt_epi64, _mm512_reduce_add_epi64, _mm512_setzero_si512,
    };
    let length = left.len().min(right.len());
    let mut sums = _mm512_setzero_si512();
    let (left, right) = (left.as_ptr().cast::<i64>(), right.as_ptr().cast::<i64>());
    let mut place = 0;
    while place + LANES <= length {
        // SAFETY: both rows have `length` words, and loads need no alignment.
        let both = unsafe {
            _mm512_and_si512(
                _mm512_loadu_si512(left.add(place).cast()),
                _mm512_loadu_si512(right.add(place).cast()),
            )
        };
        sums = _mm512_add_epi64(sums, _mm512_popcnt_epi64(both));
        place += LANES;
    }
    if place < length {
        let lanes: __mmask8 = (1 << (length - place)) - 1;
        // SAFETY: the words behind the row are masked out, so they are not read.
        let both = unsafe {
            _mm512_and_si512(
                _mm512_maskz_loadu_epi64(lanes, left.add(place)),
                _mm512_maskz_loadu_epi64(lanes, right.add(place)),
            )
        };
        sums = _mm512_add_epi64(sums, _mm512_popcnt_epi64(both));
    }
    _mm512_reduce_add_epi64(sums) as u32
}

/// How many bits two rows have in common.
#[inline(always)]
fn common(left: &[u64], right: &[u64]) -> u32 {
    let mut count = 0;
    for (left, right) in left.iter().zip(right) {
        count += (left & right).count_ones();
    }
    count
}

fn counts(prefix: &[u64], field: &Field, rows: &[u32], counts: &mut Vec<u32>) {
    counts_with(prefix, field, rows, counts, common);
}

#[inline(always)]
fn counts_with(
    prefix: &[u64],
    field: &Field,
    rows: &[u32],
    counts: &mut Vec<u32>,
    common: impl Fn(&[u64], &[u64]) -> u32,
) {
    counts.resize(rows.len(), 0);
    if let [only] = *prefix {
        for (count, &row) in counts.iter_mut().zip(rows) {
            *count = (only & field.bits[row as usize]).count_ones();
        }
        return;
    }
    for (count, &row) in counts.iter_mut().zip(rows) {
        *count = common(prefix, field.row(row));
    }
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
    for &row in rows {
        if is_within(prefix, field.row(row)) {
            return true;
        }
    }
    false
}

/// Whether a row has all bits of the first.
#[inline(always)]
fn is_within(prefix: &[u64], row: &[u64]) -> bool {
    let (prefixes, prefix) = prefix.as_chunks::<LANES>();
    let (rows, row) = row.as_chunks::<LANES>();
    for (prefix, row) in prefixes.iter().zip(rows) {
        let mut missing = 0;
        for lane in 0..LANES {
            missing |= prefix[lane] & !row[lane];
        }
        if missing != 0 {
            return false;
        }
    }
    for (prefix, row) in prefix.iter().zip(row) {
        if prefix & !row != 0 {
            return false;
        }
    }
    true
}

fn reached(prefix: &[u64], field: &Field, rows: &[u32], least: u32) -> bool {
    reached_with(prefix, field, rows, least, common)
}

#[inline(always)]
fn reached_with(
    prefix: &[u64],
    field: &Field,
    rows: &[u32],
    least: u32,
    common: impl Fn(&[u64], &[u64]) -> u32,
) -> bool {
    for &row in rows {
        if common(prefix, field.row(row)) >= least {
            return true;
        }
    }
    false
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
    let mut all = 0;
    // Sums of 32 bits are added twice as fast.
    for chunk in numbers.chunks(1 << 20) {
        let mut some = 0;
        for &number in chunk {
            some += u32::from(number >= least);
        }
        all += u64::from(some);
    }
    all
}
