//! Reads whole numbers as the index packs them: seven bits a byte, the lowest first.

/// Takes the number that begins at a place, and moves the place behind it. `None` at the end, and
/// for numbers beyond 63 bits.
#[inline(always)]
pub(super) fn take(bytes: &[u8], at: &mut usize) -> Option<u64> {
    // Most are of one byte, and most others of two.
    let first = u64::from(*bytes.get(*at)?);
    if first < 0x80 {
        *at += 1;
        return Some(first);
    }
    let second = u64::from(*bytes.get(*at + 1)?);
    if second < 0x80 {
        *at += 2;
        return Some(first & 0x7f | second << 7);
    }
    take_long(bytes, at)
}

fn take_long(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
        shift += 7;
        if shift > 56 {
            return None;
        }
    }
}
