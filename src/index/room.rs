//! A large array straight from the system: its memory comes in large pages where there are any,
//! and goes back the moment it is dropped.
//!
//! What an allocator is given back it may keep; and windows are written all over an array, where
//! small pages cost more time than the writing.

use std::marker::PhantomData;
use std::mem::MaybeUninit;

use bytemuck::Pod;
use memmap2::{MmapMut, MmapOptions};

use crate::error::{Error, Result};

/// Bytes of a large page.
#[cfg(target_os = "linux")]
const LARGE: usize = 2 << 20;

/// A fixed number of elements, all zero at first.
pub struct Room<T> {
    map: Option<MmapMut>,
    bytes: usize,
    elements: PhantomData<T>,
}

impl<T> Default for Room<T> {
    /// No room at all.
    fn default() -> Self {
        Room { map: None, bytes: 0, elements: PhantomData }
    }
}

impl<T: Pod> Room<T> {
    /// Room for `length` elements.
    ///
    /// # Errors
    /// When the system has no such memory.
    pub fn new(length: usize) -> Result<Self> {
        let bytes = length.saturating_mul(size_of::<T>());
        let map = match bytes {
            0 => None,
            _ => Some(map(bytes).map_err(|cause| {
                Error::query(format!("the system gives no {bytes} bytes of memory"))
                    .hint("give --memory less")
                    .because(cause.to_string())
            })?),
        };
        Ok(Room { map, bytes, elements: PhantomData })
    }

    /// The elements.
    pub fn elements(&self) -> &[T] {
        self.map.as_ref().map_or(&[], |map| bytemuck::cast_slice(&map[..self.bytes]))
    }

    /// The elements, to be written.
    pub fn elements_mut(&mut self) -> &mut [T] {
        let bytes = self.bytes;
        self.map.as_mut().map_or(&mut [], |map| bytemuck::cast_slice_mut(&mut map[..bytes]))
    }
}

/// An empty array with room for so many elements, in large pages where there are any: for what is
/// looked at all over, or written once and soon dropped.
pub fn spacious<T>(length: usize) -> Vec<T> {
    let mut array = Vec::with_capacity(length);
    in_large_pages(array.spare_capacity_mut());
    array
}

/// Asks for large pages wherever whole ones fit; a system that has none does as well.
#[cfg(target_os = "linux")]
pub(super) fn in_large_pages<T>(memory: &mut [MaybeUninit<T>]) {
    let bytes = size_of_val(memory);
    let start = memory.as_mut_ptr().cast::<u8>();
    let skipped = start.align_offset(LARGE);
    let whole = bytes.saturating_sub(skipped) / LARGE * LARGE;
    if whole > 0 {
        // SAFETY: these bytes are ours, and what is in them stays the same.
        let _ = unsafe {
            rustix::mm::madvise(
                start.wrapping_add(skipped).cast(),
                whole,
                rustix::mm::Advice::LinuxHugepage,
            )
        };
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn in_large_pages<T>(_memory: &mut [MaybeUninit<T>]) {}

/// Asks for an element that will be read soon; a place behind the end does no harm.
#[inline(always)]
pub fn prefetch<T>(elements: &[T], place: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing that the program could see, and faults nowhere.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(elements.as_ptr().wrapping_add(place).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (elements, place);
}

fn map(bytes: usize) -> std::io::Result<MmapMut> {
    let map = MmapOptions::new().len(bytes).no_reserve_swap().map_anon()?;
    // A kernel that has no large pages says so; small ones do as well.
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_is_written_and_may_be_empty() {
        let mut room = Room::<u128>::new(1000).unwrap();
        room.elements_mut()[999] = 7;
        assert_eq!((room.elements().len(), room.elements()[0], room.elements()[999]), (1000, 0, 7));
        assert!(Room::<u64>::new(0).unwrap().elements().is_empty());
    }

    #[test]
    fn arrays_of_any_size_have_room() {
        for length in [0, 1, 1 << 17, (1 << 18) + 7, (1 << 20) + 1] {
            let mut array = spacious::<u64>(length);
            assert!(array.is_empty() && array.capacity() >= length);
            array.resize(length, 7);
            assert!(array.iter().all(|&element| element == 7));
        }
    }
}
